// The container runtimes, one file each: what their socket or state folder says.
// Parsing is apart from reading, so that it can be tested and fuzzed alone.
// Threading: functions are independent of each other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/discovery.h"
#include "model/runtime.h"

namespace weir::discovery {

// --- docker, and podman's service, which speaks the same API --------------
/// Ids from GET /containers/json.
Result<std::vector<std::string>> ParseDockerList(std::string_view text);
/// One container from GET /containers/ID/json.
Result<model::Container> ParseDockerInspect(std::string_view text);
/// Body of GET PATH over the unix socket SOCKET.
using SocketGet = std::function<Result<std::string>(const std::string& socket, const std::string& path)>;
void ListDocker(const DiscoveryOptions& options, bool all, const SocketGet& get,
                std::vector<model::Container>& out, std::vector<Error>& errors);
void ListPodmanService(const DiscoveryOptions& options, bool all, const SocketGet& get,
                       std::vector<model::Container>& out, std::vector<Error>& errors);

// --- podman without its service --------------------------------------------
/// storage's containers.json.
Result<std::vector<model::Container>> ParsePodmanContainers(std::string_view text);
void ListPodmanState(const DiscoveryOptions& options, bool all, std::vector<model::Container>& out,
                     std::vector<Error>& errors);

// --- containerd --------------------------------------------------------------
void ListContainerd(const DiscoveryOptions& options, std::vector<model::Container>& out,
                    std::vector<Error>& errors);

/// Names, pod, root and privilege from an OCI runtime bundle's config.json, where CONTAINER lacks them.
Result<void> ApplyOciConfig(std::string_view text, model::Container& container);
/// Sets what labels or annotations say: pod and name.
void ApplyLabels(model::Container& container);

// --- images ---------------------------------------------------------------------
/// GET /images/json.
Result<std::vector<model::ImageInfo>> ParseDockerImages(std::string_view text);
/// storage's images.json, with the sizes that its layers.json (may be empty) gives.
Result<std::vector<model::ImageInfo>> ParsePodmanImageList(std::string_view images, std::string_view layers);
void ListDockerImages(const DiscoveryOptions& options, const SocketGet& get,
                      std::vector<model::ImageInfo>& out, std::vector<Error>& errors);
void ListPodmanImages(const DiscoveryOptions& options, std::vector<model::ImageInfo>& out,
                      std::vector<Error>& errors);
void ListContainerdImages(const DiscoveryOptions& options, std::vector<model::ImageInfo>& out,
                          std::vector<Error>& errors);
/// Storage folders of podman and containerd's root folders, those that are there.
std::vector<std::string> PodmanStores(const DiscoveryOptions& options);
std::vector<std::string> ContainerdStores(const DiscoveryOptions& options);
/// "sha256:" and 64 lower-case hexadecimal digits.
bool IsDigestText(std::string_view text);
/// RFC 3339 of seconds since 1970; empty where that is no sane time.
std::string TimeText(std::int64_t seconds);

// --- shared ---------------------------------------------------------------------
SocketGet HttpSocketGet();
/// Containers that a runtime's socket or state names.
std::vector<model::Container> ListOfRuntimes(const DiscoveryOptions& options, bool all,
                                             std::vector<Error>& errors);
/// Adds one for the process PID, seen in the cgroup of container ID, if none has that id.
void AddSeenContainer(const DiscoveryOptions& options, std::string_view id, std::string_view runtime,
                      std::uint32_t pid, std::vector<model::Container>& out);
/// ROOT/PATH.
std::string UnderRoot(const DiscoveryOptions& options, std::string_view path);
/// /proc/PID/root, if that process is there.
std::string RootOfPid(const DiscoveryOptions& options, std::uint32_t pid);
bool IsContainerIdText(std::string_view text);

}  // namespace weir::discovery
