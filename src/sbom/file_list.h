// The lists of installed files that OS package databases keep, reduced to
// hashes: a system has some 300,000 such paths, of which a scan asks for a few
// thousand. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace weir::sbom {

/// Hashes paths below PREFIX ("" for a system at the target's root, else "chroot/sub/").
class PathHasher {
 public:
  explicit PathHasher(std::string_view prefix) : prefix_size_(prefix.size()), path_(prefix) {}
  /// PATH as the database spells it: leading "/" or "./" are dropped. 0 for the root itself.
  std::uint64_t operator()(std::string_view path) {
    while (path.starts_with('/') || path.starts_with("./")) path.remove_prefix(1);
    if (path.empty() || path == ".") return 0;
    if (prefix_size_ == 0) return Hash64(path);
    path_.resize(prefix_size_);
    path_ += path;
    return Hash64(path_);
  }

 private:
  std::size_t prefix_size_;
  std::string path_;
};

/// Both stop after two million files: those beyond have no owner, and are matched by themselves.
/// dpkg's info/NAME.list: one path a line, a folder before what is in it. Folders are left out where that
/// shows.
std::vector<std::uint64_t> HashFileList(std::string_view text, std::string_view prefix);
/// NAME.md5sums: "digest  path" lines.
std::vector<std::uint64_t> HashMd5Sums(std::string_view text, std::string_view prefix);

/// The part of PATH before ENDING, where it ends so at a '/': SystemRoot("chroot/var/lib/dpkg",
/// "var/lib/dpkg") is "chroot/". Sets FOUND to whether it does.
std::string_view SystemRoot(std::string_view path, std::string_view ending, bool& found);

}  // namespace weir::sbom
