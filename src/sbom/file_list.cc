#include "sbom/file_list.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::sbom {
namespace {

// Of one list; the largest real packages have some 100,000 files.
constexpr std::size_t kMostFiles = 2'000'000;

}  // namespace

std::vector<std::uint64_t> HashFileList(std::string_view text, std::string_view prefix) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(std::min(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), kMostFiles));
  PathHasher hash(prefix);
  std::string_view path = NextLine(text);
  while ((!path.empty() || !text.empty()) && hashes.size() < kMostFiles) {
    std::string_view next = NextLine(text);
    path = path.substr(0, path.find('\t'));  // opkg may add mode and link target
    bool folder = next.size() > path.size() && next[path.size()] == '/' && next.starts_with(path);
    if (!folder)
      if (std::uint64_t value = hash(path); value != 0) hashes.push_back(value);
    path = next;
  }
  hashes.shrink_to_fit();
  return hashes;
}

std::vector<std::uint64_t> HashMd5Sums(std::string_view text, std::string_view prefix) {
  std::vector<std::uint64_t> hashes;
  PathHasher hash(prefix);
  while (!text.empty() && hashes.size() < kMostFiles) {
    std::string_view line = NextLine(text);
    std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    std::string_view path = Trim(line.substr(space));
    if (std::uint64_t value = hash(path); value != 0) hashes.push_back(value);
  }
  return hashes;
}

std::string_view SystemRoot(std::string_view path, std::string_view ending, bool& found) {
  found = path.ends_with(ending) &&
          (path.size() == ending.size() || path[path.size() - ending.size() - 1] == '/');
  return found ? path.substr(0, path.size() - ending.size()) : std::string_view();
}

}  // namespace weir::sbom
