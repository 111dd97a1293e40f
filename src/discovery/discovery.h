// What runs: processes, sockets, containers. Read from /proc and from the
// container runtimes' sockets and state folders; read-only, bounded, no shell.
// Threading: functions are independent of each other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/runtime.h"

namespace weir::discovery {

struct DiscoveryOptions {
  std::string proc_root = "/proc";  // tests give a made-up one
  std::string host_root = "/";      // for runtimes' sockets and state folders
  bool containers = true;
  bool imports = true;  // follow imports of script interpreters
  std::uint32_t max_processes = 100'000;
  std::uint32_t max_mapped_files = 4'096;  // per process
};

/// All that runs on this host. Never fails as a whole; what could not be read is counted in the snapshot.
Result<model::RuntimeSnapshot> TakeSnapshot(const DiscoveryOptions& options);

/// Running (and, with ALL, stopped) containers of docker, podman and containerd, with their merged root and
/// first pid. Problems of one runtime do not hide the others; they are appended to ERRORS if given.
std::vector<model::Container> ListContainers(const DiscoveryOptions& options, bool all,
                                             std::vector<Error>* errors);
/// Images that docker, podman and containerd have stored, dangling ones too, each once a runtime; docker's
/// through its socket, the others from their state on disk. Problems are appended to ERRORS if given. Open
/// one with target::OpenLocalImage.
///
/// Costs a file or a request for each runtime and no more while nothing changes: a caller that polls may
/// watch ImageStateFiles instead.
std::vector<model::ImageInfo> ListImages(const DiscoveryOptions& options, std::vector<Error>* errors);
/// Files whose change tells that podman's or containerd's images changed; docker's events come over its
/// socket.
std::vector<std::string> ImageStateFiles(const DiscoveryOptions& options);
/// By id, unique id prefix (with or without "sha256:") or name ("alpine", "alpine:3", in full). RUNTIME empty
/// = any.
Result<model::ImageInfo> FindImage(const DiscoveryOptions& options, std::string_view runtime,
                                   std::string_view name);

/// By full id, unique id prefix or name; RUNTIME empty = any. kNotFound, or kInvalidArgument where the name
/// is ambiguous.
Result<model::Container> FindContainer(const DiscoveryOptions& options, std::string_view runtime,
                                       std::string_view name);

}  // namespace weir::discovery
