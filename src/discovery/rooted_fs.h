// Small reads below one folder: /proc/PID, or a process's own root.
//
// Below a process's root everything is hostile: paths are resolved by the kernel
// with openat2(RESOLVE_IN_ROOT), so that no link leads out, and only regular files are read.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace weir::discovery {

class RootedFs {
 public:
  /// A folder; an unusable one makes every later call fail.
  explicit RootedFs(const std::string& path);

  bool ok() const { return static_cast<bool>(fd_); }
  /// The regular file's bytes; kLimitExceeded where it has more than MAX_BYTES.
  Result<std::string> Read(const std::string& path, std::uint64_t max_bytes) const;
  /// Names in a folder, "." and ".." left out, unsorted; at most MAX_ENTRIES.
  std::vector<std::string> List(const std::string& path, std::size_t max_entries) const;
  bool IsFolder(const std::string& path) const;

 private:
  UniqueFd Open(const std::string& path, int flags) const;
  UniqueFd fd_;
};

/// Opens PATH below FOLDER refusing every symbolic link, for kernels before 5.6, which lack openat2.
/// What is reached through links only (lib64 of a virtual environment) is then not found.
UniqueFd OpenWithoutLinks(int folder, const std::string& path, int flags);

/// Reads of one file under a trusted pseudo file system, by path relative to FOLDER.
/// At most MAX_BYTES; the rest is left out and CUT set, because a socket table is worth having even in part.
Result<std::string> ReadProcFile(int folder, const char* path, std::uint64_t max_bytes, bool* cut = nullptr);
/// Text of a symbolic link; empty where there is none or it cannot be read.
std::string ReadLinkAt(int folder, const char* path);
/// Names in FOLDER/PATH, unsorted, at most MAX_ENTRIES; CUT is set where there were more.
std::vector<std::string> ListAt(int folder, const char* path, std::size_t max_entries, bool* cut = nullptr);

}  // namespace weir::discovery
