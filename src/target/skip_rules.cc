#include "target/skip_rules.h"

#include <linux/magic.h>

#include <algorithm>

namespace weir::target {
namespace {

// Numbers of statfs(2) that linux/magic.h does not list.
constexpr long kAutofs = 0x0187, kMqueue = 0x19800202, kConfigfs = 0x62656570, kFuseControl = 0x65735543,
               kRpcPipefs = 0x67596969, kNfsd = 0x6e667364, kHugetlbfs = 0x958458f6, kEfivarfs = 0xde5e81e4,
               kOpenprom = 0x9fa1, kResctrl = 0x7655821, kPstorefs = 0x6165676C, kBinderfs = 0x6c6f6f70;

constexpr long kPseudo[] = {PROC_SUPER_MAGIC,
                            SYSFS_MAGIC,
                            DEVPTS_SUPER_MAGIC,
                            CGROUP_SUPER_MAGIC,
                            CGROUP2_SUPER_MAGIC,
                            DEBUGFS_MAGIC,
                            TRACEFS_MAGIC,
                            SECURITYFS_MAGIC,
                            SELINUX_MAGIC,
                            SMACK_MAGIC,
                            BPF_FS_MAGIC,
                            NSFS_MAGIC,
                            BINFMTFS_MAGIC,
                            AAFS_MAGIC,
                            DAXFS_MAGIC,
                            PIPEFS_MAGIC,
                            SOCKFS_MAGIC,
                            kAutofs,
                            kMqueue,
                            kConfigfs,
                            kFuseControl,
                            kRpcPipefs,
                            kNfsd,
                            kHugetlbfs,
                            kEfivarfs,
                            kOpenprom,
                            kResctrl,
                            kPstorefs,
                            kBinderfs};

/// PATH ends with the components of TAIL.
bool EndsWithPath(std::string_view path, std::string_view tail) {
  return path.ends_with(tail) && (path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/');
}

}  // namespace

bool IsContainerStorage(std::string_view path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return false;
  std::string_view name = path.substr(slash + 1), parent = path.substr(0, slash);
  if (name.starts_with("io.containerd.snapshotter")) return true;
  if (name == "storage")
    return EndsWithPath(parent, "var/lib/containers") || EndsWithPath(parent, ".local/share/containers");
  constexpr std::string_view kDrivers[] = {"overlay2", "overlay", "fuse-overlayfs", "vfs", "aufs",
                                           "btrfs",    "zfs"};
  if (std::find(std::begin(kDrivers), std::end(kDrivers), name) == std::end(kDrivers)) return false;
  return EndsWithPath(parent, "var/lib/docker") || EndsWithPath(parent, ".local/share/docker");
}

bool IsPseudoFileSystem(long magic) {
  return std::find(std::begin(kPseudo), std::end(kPseudo), magic) != std::end(kPseudo);
}

bool KeepsChangeTimes(long magic) {
  constexpr long kZfs = 0x2fc12fc1, kBcachefs = 0xca451a4e, kErofs = static_cast<long>(0xE0F5E1E2);
  constexpr long kLocal[] = {EXT4_SUPER_MAGIC,
                             XFS_SUPER_MAGIC,
                             BTRFS_SUPER_MAGIC,
                             F2FS_SUPER_MAGIC,
                             OVERLAYFS_SUPER_MAGIC,
                             SQUASHFS_MAGIC,
                             kZfs,
                             kBcachefs,
                             kErofs};
  return std::find(std::begin(kLocal), std::end(kLocal), magic) != std::end(kLocal);
}

bool IsOverlay(long magic) { return magic == OVERLAYFS_SUPER_MAGIC; }

bool IsRuntimeTmpfs(long magic, std::string_view path, bool host) {
  if (magic != TMPFS_MAGIC) return false;
  if (path == "dev" || path.starts_with("dev/")) return true;
  return host && (path == "run" || path.starts_with("run/"));
}

bool IsContainerMount(long magic, std::string_view path) {
  return magic == OVERLAYFS_SUPER_MAGIC && (EndsWithPath(path, "merged") || EndsWithPath(path, "rootfs"));
}

}  // namespace weir::target
