// Docker Engine API. Source: docs.docker.com/engine/api, /containers/json and /containers/{id}/json.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"

namespace weir::discovery {
namespace {

constexpr std::size_t kMaxContainers = 20'000;

/// NetworkSettings.Ports: {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": null}.
void ReadPorts(const Json& ports, model::Container& out) {
  if (!ports.is_object()) return;
  std::set<std::pair<std::uint16_t, std::uint16_t>> found;
  for (const auto& [key, bindings] : ports.items()) {
    auto inside = ParseUint(std::string_view(key).substr(0, key.find('/')));
    if (!inside || *inside == 0 || *inside > 0xffff || !bindings.is_array()) continue;
    for (const Json& binding : bindings) {
      // Published on loopback only: not reachable from outside, so not published in our sense.
      if (model::ScopeOfAddress(TextOf(Member(binding, "HostIp"))) == model::AddressScope::kLoopback)
        continue;
      auto outside = ParseUint(TextOf(Member(binding, "HostPort")));
      if (outside && *outside > 0 && *outside <= 0xffff)
        found.emplace(static_cast<std::uint16_t>(*outside), static_cast<std::uint16_t>(*inside));
    }
  }
  out.published_ports.assign(found.begin(), found.end());
}

void ListSocket(const std::string& socket, const char* runtime, bool all, const SocketGet& get,
                std::vector<model::Container>& out, std::vector<Error>& errors) {
  auto text = get(socket, all ? "/containers/json?all=1" : "/containers/json");
  // No such socket is the normal case of a runtime that is not installed.
  if (!text) {
    if (text.error().code != Code::kNotFound) errors.push_back(text.error().Context(runtime));
    return;
  }
  auto ids = ParseDockerList(*text);
  if (!ids) {
    errors.push_back(ids.error().Context(std::string(runtime) + ": list of containers"));
    return;
  }
  for (const std::string& id : *ids) {
    auto body = get(socket, "/containers/" + id + "/json");
    auto container = body ? ParseDockerInspect(*body) : Result<model::Container>(Err(body.error()));
    if (!container) {
      // Removed between the two calls is not an error.
      if (container.error().code != Code::kNotFound)
        errors.push_back(container.error().Context(std::string(runtime) + ": container " + id));
      continue;
    }
    container->runtime = runtime;
    out.push_back(std::move(*container));
  }
}

}  // namespace

Result<std::vector<std::string>> ParseDockerList(std::string_view text) {
  WEIR_ASSIGN(Json document, ParseJson(text));
  if (!document.is_array()) return Err(Code::kMalformed, "the list of containers is not an array");
  std::vector<std::string> out;
  for (const Json& entry : document) {
    // The id becomes part of a URL: only what has the form of one goes on.
    std::string id = TextOf(Member(entry, "Id"));
    if (!IsContainerIdText(id)) return Err(Code::kMalformed, "a container without a proper id");
    out.push_back(std::move(id));
    if (out.size() > kMaxContainers) return Err(Code::kLimitExceeded, "more than 20,000 containers");
  }
  return out;
}

Result<model::Container> ParseDockerInspect(std::string_view text) {
  WEIR_ASSIGN(Json document, ParseJson(text));
  model::Container out;
  out.id = TextOf(Member(document, "Id"));
  if (!IsContainerIdText(out.id)) return Err(Code::kMalformed, "a container without a proper id");
  out.name = TextOf(Member(document, "Name"));
  if (out.name.starts_with('/')) out.name.erase(0, 1);
  const Json& config = Member(document, "Config");
  out.image = TextOf(Member(config, "Image"));
  if (out.image.empty()) out.image = TextOf(Member(document, "ImageName"));  // podman's own spelling
  out.image_id = TextOf(Member(document, "Image"));
  const Json& state = Member(document, "State");
  out.state = TextOf(Member(state, "Status"));
  out.pid = static_cast<std::uint32_t>(std::min<std::uint64_t>(NumberOf(Member(state, "Pid")), UINT32_MAX));
  out.root_path = TextOf(Member(Member(Member(document, "GraphDriver"), "Data"), "MergedDir"));
  out.privileged = IsTrue(Member(Member(document, "HostConfig"), "Privileged"));
  if (const Json& labels = Member(config, "Labels"); labels.is_object())
    for (const auto& [key, value] : labels.items()) out.labels.emplace_back(key, TextOf(value));
  ReadPorts(Member(Member(document, "NetworkSettings"), "Ports"), out);
  ApplyLabels(out);
  return out;
}

void ListDocker(const DiscoveryOptions& options, bool all, const SocketGet& get,
                std::vector<model::Container>& out, std::vector<Error>& errors) {
  ListSocket(UnderRoot(options, "var/run/docker.sock"), "docker", all, get, out, errors);
}

void ListPodmanService(const DiscoveryOptions& options, bool all, const SocketGet& get,
                       std::vector<model::Container>& out, std::vector<Error>& errors) {
  ListSocket(UnderRoot(options, "run/podman/podman.sock"), "podman", all, get, out, errors);
}

}  // namespace weir::discovery
