// containerd: the bundle that each running task has below its state folder.
// Source: github.com/containerd/containerd, docs/ops.md and runtime/v2.

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"
#include "discovery/rooted_fs.h"

namespace weir::discovery {
namespace {

/// State folders: its own, and those of Kubernetes distributions that bring their own containerd.
constexpr const char* kTaskFolders[] = {
    "run/containerd/io.containerd.runtime.v2.task",
    "run/k3s/containerd/io.containerd.runtime.v2.task",  // k3s, RKE2
    "run/k0s/containerd/io.containerd.runtime.v2.task",
    "var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
};
constexpr std::size_t kMaxTasks = 20'000;

void AddTask(const DiscoveryOptions& options, const std::string& tasks, const std::string& space,
             const std::string& id, std::vector<model::Container>& out, std::vector<Error>& errors) {
  std::string bundle = tasks + "/" + space + "/" + id;
  auto pid_text = ReadFile(bundle + "/init.pid", 64);
  auto pid = pid_text ? ParseUint(Trim(*pid_text)) : std::nullopt;
  if (!pid || *pid == 0 || *pid > UINT32_MAX) return;  // being made or already gone
  model::Container container;
  container.id = id;
  // docker runs its containers as containerd tasks in a namespace of its own.
  container.runtime = space == "moby" ? "docker" : "containerd";
  container.pid = static_cast<std::uint32_t>(*pid);
  if (RootOfPid(options, container.pid).empty()) return;
  container.state = "running";
  std::string path = bundle + "/config.json";
  auto text = ReadFile(path, kMaxJsonBytes);
  Result<void> applied = text ? ApplyOciConfig(*text, container) : Result<void>(Err(text.error()));
  if (!applied && applied.error().code != Code::kNotFound)
    errors.push_back(applied.error().Context("containerd: " + path));
  container.root_path = bundle + "/rootfs";
  if (container.name.empty()) container.name = id;
  out.push_back(std::move(container));
}

void ListTasks(const DiscoveryOptions& options, const std::string& tasks, std::vector<model::Container>& out,
               std::vector<Error>& errors) {
  UniqueFd folder(::open(tasks.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    if (errno == EACCES || errno == EPERM) errors.push_back(ErrnoError(errno, "containerd: " + tasks));
    return;
  }
  std::vector<std::string> spaces = ListAt(folder.get(), ".", 1'000);
  std::sort(spaces.begin(), spaces.end());
  for (const std::string& space : spaces) {
    std::vector<std::string> ids = ListAt(folder.get(), space.c_str(), kMaxTasks);
    std::sort(ids.begin(), ids.end());
    for (const std::string& id : ids) AddTask(options, tasks, space, id, out, errors);
  }
}

}  // namespace

void ListContainerd(const DiscoveryOptions& options, std::vector<model::Container>& out,
                    std::vector<Error>& errors) {
  for (const char* tasks : kTaskFolders) ListTasks(options, UnderRoot(options, tasks), out, errors);
}

}  // namespace weir::discovery
