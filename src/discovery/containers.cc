#include "discovery/containers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/json.h"
#include "discovery/proc_parse.h"
#include "discovery/rooted_fs.h"
#include "net/http_client.h"

namespace weir::discovery {
namespace {

bool IsDirectory(const std::string& path) {
  struct stat info{};
  return !path.empty() && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string_view Label(const model::Container& container, std::string_view key) {
  for (const auto& [name, value] : container.labels)
    if (name == key) return value;
  return {};
}

/// The same container as two sources tell it: the service knows more than the state files.
void MergeInto(std::vector<model::Container>& all, model::Container&& container) {
  for (model::Container& known : all) {
    if (known.id != container.id) continue;
    if (known.pid == 0) known.pid = container.pid;
    if (known.root_path.empty()) known.root_path = std::move(container.root_path);
    known.privileged = known.privileged || container.privileged;
    return;
  }
  all.push_back(std::move(container));
}

/// Containers that run, but that no runtime told us of.
void AddFromCgroups(const DiscoveryOptions& options, std::vector<model::Container>& out) {
  UniqueFd proc(::open(options.proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!proc) return;
  std::vector<std::uint32_t> pids;
  for (const std::string& name : ListAt(proc.get(), ".", options.max_processes + std::size_t{4096}))
    if (auto pid = ParseUint(name); pid && *pid <= UINT32_MAX)
      pids.push_back(static_cast<std::uint32_t>(*pid));
  std::sort(pids.begin(), pids.end());
  for (std::uint32_t pid : pids) {
    auto text = ReadProcFile(proc.get(), (std::to_string(pid) + "/cgroup").c_str(), 64 * 1024);
    if (auto container = text ? ParseCgroup(*text) : std::nullopt)
      AddSeenContainer(options, container->id, container->runtime, pid, out);
  }
}

}  // namespace

bool IsContainerIdText(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

std::string UnderRoot(const DiscoveryOptions& options, std::string_view path) {
  std::string out = options.host_root;
  if (!out.ends_with('/')) out += '/';
  out += path;
  return out;
}

std::string RootOfPid(const DiscoveryOptions& options, std::uint32_t pid) {
  std::string path = options.proc_root + "/" + std::to_string(pid) + "/root";
  return pid != 0 && IsDirectory(path) ? path : std::string();
}

SocketGet HttpSocketGet() {
  // Made at the first socket that is there: most hosts have none, and the library takes a while to start.
  auto lazy = std::make_shared<std::unique_ptr<net::HttpClient>>();
  return [lazy](const std::string& socket, const std::string& path) -> Result<std::string> {
    if (::access(socket.c_str(), F_OK) != 0) return Err(Code::kNotFound, socket + ": no such socket");
    net::HttpRequest request;
    request.url = "http://localhost" + path;
    request.unix_socket = socket;
    request.max_body_bytes = kMaxJsonBytes;
    request.connect_timeout_seconds = 2;
    request.total_timeout_seconds = 20;
    if (!*lazy) *lazy = std::make_unique<net::HttpClient>();
    auto response = (*lazy)->Fetch(request);
    if (!response) return Err(response.error());
    if (response->status == 404) return Err(Code::kNotFound, path + ": not found");
    if (response->status != 200)
      return Err(Code::kUnavailable, path + ": HTTP status " + std::to_string(response->status));
    return std::move(response->body);
  };
}

void ApplyLabels(model::Container& container) {
  auto set = [&](std::string& field, std::initializer_list<std::string_view> keys) {
    for (std::string_view key : keys)
      if (field.empty()) field = Label(container, key);
  };
  set(container.pod_name,
      {"io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri-o.KubeName"});
  set(container.pod_namespace, {"io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace",
                                "io.kubernetes.cri-o.Namespace"});
  set(container.name, {"io.kubernetes.container.name", "io.kubernetes.cri.container-name", "nerdctl/name"});
  set(container.image,
      {"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "io.podman.annotations.image"});
  // It keeps its containers where podman keeps its own.
  if (!Label(container, "io.kubernetes.cri-o.ContainerType").empty()) {
    container.runtime = "cri-o";
    // The storage knows it by a name made of the pod's parts.
    if (std::string_view name = Label(container, "io.kubernetes.container.name"); !name.empty())
      container.name = name;
  }
  if (EqualsIgnoreCase(Label(container, "io.podman.annotations.privileged"), "true"))
    container.privileged = true;
}

Result<void> ApplyOciConfig(std::string_view text, model::Container& container) {
  WEIR_ASSIGN(Json document, ParseJson(text));
  if (!document.is_object()) return Err(Code::kMalformed, "the bundle's configuration is not an object");
  if (const Json& annotations = Member(document, "annotations"); annotations.is_object())
    for (const auto& [key, value] : annotations.items()) container.labels.emplace_back(key, TextOf(value));
  std::sort(container.labels.begin(), container.labels.end());
  if (container.root_path.empty()) container.root_path = TextOf(Member(Member(document, "root"), "path"));
  const Json& effective = Member(Member(Member(document, "process"), "capabilities"), "effective");
  if (effective.is_array())
    for (const Json& capability : effective)
      if (TextOf(capability) == "CAP_SYS_ADMIN") container.privileged = true;
  ApplyLabels(container);
  return {};
}

void AddSeenContainer(const DiscoveryOptions& options, std::string_view id, std::string_view runtime,
                      std::uint32_t pid, std::vector<model::Container>& out) {
  for (model::Container& known : out) {
    if (known.id != id) continue;
    if (known.pid == 0) {
      known.pid = pid;
      known.state = "running";
    }
    return;
  }
  model::Container container;
  container.id = std::string(id);
  container.runtime = std::string(runtime);
  container.pid = pid;
  container.state = "running";
  container.root_path = RootOfPid(options, pid);
  out.push_back(std::move(container));
}

std::vector<model::Container> ListOfRuntimes(const DiscoveryOptions& options, bool all,
                                             std::vector<Error>& errors) {
  std::vector<model::Container> found, out;
  SocketGet get = HttpSocketGet();
  ListDocker(options, all, get, found, errors);
  ListPodmanService(options, all, get, found, errors);
  ListPodmanState(options, all, found, errors);
  ListContainerd(options, found, errors);
  for (model::Container& container : found) MergeInto(out, std::move(container));
  for (model::Container& container : out) {
    // The merged folder of a runtime with a mount namespace of its own is there, but empty or missing for us.
    std::string live = RootOfPid(options, container.pid);
    std::string merged =
        container.root_path.empty()
            ? ""
            : UnderRoot(options, container.root_path.substr(container.root_path.starts_with('/') ? 1 : 0));
    if (container.root_path.starts_with(options.host_root) && IsDirectory(container.root_path))
      merged = container.root_path;
    container.root_path = !live.empty() ? live : IsDirectory(merged) ? merged : std::string();
    std::sort(container.labels.begin(), container.labels.end());
  }
  return out;
}

std::vector<model::Container> ListContainers(const DiscoveryOptions& options, bool all,
                                             std::vector<Error>* errors) {
  std::vector<Error> ignored;
  std::vector<model::Container> out = ListOfRuntimes(options, all, errors != nullptr ? *errors : ignored);
  AddFromCgroups(options, out);
  std::sort(out.begin(), out.end(), [](const model::Container& a, const model::Container& b) {
    return std::tie(a.runtime, a.name, a.id) < std::tie(b.runtime, b.name, b.id);
  });
  return out;
}

Result<model::Container> FindContainer(const DiscoveryOptions& options, std::string_view runtime,
                                       std::string_view name) {
  if (name.empty()) return Err(Code::kInvalidArgument, "no container named");
  std::vector<Error> errors;
  std::vector<model::Container> all = ListContainers(options, true, &errors);
  std::vector<const model::Container*> by_name, by_prefix;
  for (const model::Container& container : all) {
    if (!runtime.empty() && container.runtime != runtime) continue;
    if (container.id == name) return container;
    if (container.name == name) by_name.push_back(&container);
    if (container.id.starts_with(name)) by_prefix.push_back(&container);
  }
  const auto& found = by_name.empty() ? by_prefix : by_name;
  std::string wanted(name);
  if (found.size() == 1) return *found.front();
  if (found.size() > 1)
    return Err(Code::kInvalidArgument, "container " + wanted + ": " + std::to_string(found.size()) +
                                           " match; name the runtime or give more of the id");
  std::string message = "container " + wanted + ": none of that name or id";
  // A runtime that could not be asked may well have it: say so.
  for (const Error& error : errors) message += "; " + error.message;
  return Err(errors.empty() ? Code::kNotFound : Code::kUnavailable, message);
}

}  // namespace weir::discovery
