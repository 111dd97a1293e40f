#include "target/git_parse.h"

#include <limits>

#include "base/strings.h"

namespace weir::target {

std::string GitRawId(std::string_view hex) {
  if (hex.size() % 2 != 0) return {};
  auto value = [](char c) {
    if (IsDigit(c)) return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int high = value(hex[i]), low = value(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

GitText ParseGitText(std::string_view text) {
  GitText out;
  while (!text.empty()) {
    std::string_view line = NextPiece(text, '\n');
    if (line.empty()) break;
    if (line.starts_with("tree ") && out.tree.empty()) {
      out.tree = GitRawId(line.substr(5));
    } else if (line.starts_with("committer ") || line.starts_with("tagger ")) {
      // "NAME <ADDRESS> SECONDS ZONE"; the name may hold anything.
      std::string_view rest = line.substr(std::min(line.size(), line.rfind('>') + 1));
      while (rest.starts_with(' ')) rest.remove_prefix(1);
      std::uint64_t seconds = ParseUint(NextPiece(rest, ' ')).value_or(0);
      if (seconds <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        out.time = static_cast<std::int64_t>(seconds);
    }
  }
  out.message = text;
  return out;
}

bool NextGitTreeEntry(std::string_view& rest, std::size_t id_bytes, GitTreeEntry& out) {
  constexpr std::size_t kMaxModeDigits = 7;
  out.mode = 0;
  std::size_t space = rest.find(' ');
  if (space == 0 || space == std::string_view::npos || space > kMaxModeDigits) return false;
  for (char c : rest.substr(0, space)) {
    if (c < '0' || c > '7') return false;
    out.mode = out.mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  std::size_t end = rest.find('\0', space);
  if (end == std::string_view::npos || end == space + 1 || rest.size() - end - 1 < id_bytes) return false;
  out.name = rest.substr(space + 1, end - space - 1);
  out.id = rest.substr(end + 1, id_bytes);
  rest.remove_prefix(end + 1 + id_bytes);
  return true;
}

}  // namespace weir::target
