// What the objects of git say: commits, tags and trees.
// Format: git's Documentation/gitformat-*.txt and gitcore-tutorial. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::target {

struct GitText {
  std::string tree;       // commits: raw id; empty where the commit is damaged
  std::int64_t time = 0;  // commits: of the committer, tags: of the tagger; seconds since 1970
  std::string_view message;
};

/// A commit or a tag. The message points into TEXT.
GitText ParseGitText(std::string_view text);

struct GitTreeEntry {
  std::uint32_t mode =
      0;  // as git has it: 040000 folder, 100644 and 100755 files, 120000 link, 160000 submodule
  std::string_view name, id;
};
/// Takes the next entry off REST; false at the end, or where REST is no tree.
bool NextGitTreeEntry(std::string_view& rest, std::size_t id_bytes, GitTreeEntry& out);

/// Lower-case hexadecimal digits to raw bytes; empty for any other text.
std::string GitRawId(std::string_view hex);

}  // namespace weir::target
