// Podman without a daemon: the state that containers/storage and libpod keep on
// disk. Source: github.com/containers/storage (overlay-containers/containers.json)
// and the OCI runtime bundle that libpod writes to userdata/config.json.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"
#include "discovery/proc_parse.h"

namespace weir::discovery {
namespace {

constexpr std::string_view kStorage = "var/lib/containers/storage/overlay-containers";
constexpr std::string_view kRun = "run/containers/storage/overlay-containers";
constexpr std::size_t kMaxContainers = 20'000;

/// The pid in the file, if that process is there and belongs to the container: pids are used again.
std::uint32_t RunningPid(const DiscoveryOptions& options, const model::Container& container) {
  auto text = ReadFile(UnderRoot(options, std::string(kRun) + "/" + container.id + "/userdata/pidfile"), 64);
  auto pid = text ? ParseUint(Trim(*text)) : std::nullopt;
  if (!pid || *pid == 0 || *pid > UINT32_MAX) return 0;
  auto cgroup = ReadFile(options.proc_root + "/" + std::to_string(*pid) + "/cgroup", 64 * 1024);
  if (!cgroup) return 0;
  auto owner = ParseCgroup(*cgroup);
  // With cgroups disabled or a parent of the user's own, the path holds no id; then the pid file has to do.
  if (owner && owner->id != container.id) return 0;
  return static_cast<std::uint32_t>(*pid);
}

}  // namespace

Result<std::vector<model::Container>> ParsePodmanContainers(std::string_view text) {
  WEIR_ASSIGN(Json document, ParseJson(text));
  if (!document.is_array()) return Err(Code::kMalformed, "the list of containers is not an array");
  std::vector<model::Container> out;
  for (const Json& entry : document) {
    model::Container container;
    container.runtime = "podman";
    container.id = TextOf(Member(entry, "id"));
    if (!IsContainerIdText(container.id)) return Err(Code::kMalformed, "a container without a proper id");
    if (const Json& names = Member(entry, "names"); names.is_array() && !names.empty())
      container.name = TextOf(names.front());
    container.image_id = TextOf(Member(entry, "image"));
    // libpod keeps its own facts as JSON inside a string.
    if (auto metadata = ParseJson(TextOf(Member(entry, "metadata")))) {
      container.image = TextOf(Member(*metadata, "image-name"));
      if (std::string name = TextOf(Member(*metadata, "name")); !name.empty()) container.name = name;
    }
    out.push_back(std::move(container));
    if (out.size() > kMaxContainers) return Err(Code::kLimitExceeded, "more than 20,000 containers");
  }
  return out;
}

void ListPodmanState(const DiscoveryOptions& options, bool all, std::vector<model::Container>& out,
                     std::vector<Error>& errors) {
  std::string list = UnderRoot(options, std::string(kStorage) + "/containers.json");
  auto text = ReadFile(list, kMaxJsonBytes);
  if (!text) {
    if (text.error().code != Code::kNotFound) errors.push_back(text.error().Context("podman"));
    return;
  }
  auto containers = ParsePodmanContainers(*text);
  if (!containers) {
    errors.push_back(containers.error().Context("podman: " + list));
    return;
  }
  for (model::Container& container : *containers) {
    container.pid = RunningPid(options, container);
    container.state = container.pid != 0 ? "running" : "exited";
    if (container.pid == 0 && !all) continue;
    std::string bundle =
        UnderRoot(options, std::string(kStorage) + "/" + container.id + "/userdata/config.json");
    if (auto config = ReadFile(bundle, kMaxJsonBytes)) {
      if (auto applied = ApplyOciConfig(*config, container); !applied)
        errors.push_back(applied.error().Context("podman: " + bundle));
    }
    out.push_back(std::move(container));
  }
}

}  // namespace weir::discovery
