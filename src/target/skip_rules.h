// Which folders of a live tree are not walked, and why.
// Threading: pure functions.
#pragma once

#include <string_view>

namespace weir::target {

/// Layers of containers and images as docker, podman and containerd store them. PATH from the root.
bool IsContainerStorage(std::string_view path);

/// A file system that shows the kernel's state and not files (proc, sysfs, cgroup ...). MAGIC as in
/// statfs(2).
bool IsPseudoFileSystem(long magic);

/// A local file system that stamps every change of a file with a time of its own (ctime) that nobody sets.
/// Not those whose times come from elsewhere (network, FUSE), nor tmpfs, where writing through a mapping
/// leaves no mark.
bool KeepsChangeTimes(long magic);
bool IsOverlay(long magic);

/// A tmpfs at PATH that holds devices or runtime state and not software.
bool IsRuntimeTmpfs(long magic, std::string_view path, bool host);

/// A container's merged root, mounted inside the host's tree.
bool IsContainerMount(long magic, std::string_view path);

}  // namespace weir::target
