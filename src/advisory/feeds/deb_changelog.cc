#include "advisory/feeds/deb_changelog.h"

#include <array>
#include <map>

#include "advisory/feeds/reader.h"
#include "advisory/version.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxEntries = 2000, kMaxFixes = 20'000;

/// "openssl (3.0.11-1~deb12u2) bookworm-security; urgency=medium" -> the version; empty for any other line.
std::string_view VersionOfHeading(std::string_view line) {
  if (line.empty() || line[0] == ' ' || line[0] == '\t') return {};
  std::size_t open = line.find(" ("), close = line.find(')');
  if (open == line.npos || close == line.npos || close < open || line.find(';', close) == line.npos)
    return {};
  return line.substr(open + 2, close - open - 2);
}

/// " -- Name <mail>  Mon, 25 Sep 2023 20:41:00 +0200" -> "2023-09-25"
std::string DateOfTrailer(std::string_view line) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::size_t comma = line.rfind(", ");
  if (comma == line.npos) return {};
  std::string_view rest = Trim(line.substr(comma + 2));
  auto day = ParseUint(NextPiece(rest, ' '));
  std::string_view month = NextPiece(rest, ' ');
  auto year = ParseUint(NextPiece(rest, ' '));
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (month != kMonths[i] || !day || !year || *day < 1 || *day > 31 || *year < 1990 || *year > 9999)
      continue;
    auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(*year) + "-" + two(i + 1) + "-" + two(*day);
  }
  return {};
}

/// Takes the next CVE id off REST; empty at its end.
std::string NextCve(std::string_view& rest) {
  for (;;) {
    std::size_t at = rest.find("CVE-");
    if (at == rest.npos) return {};
    rest.remove_prefix(at);
    std::size_t end = 4;
    while (end < rest.size() && (IsDigit(rest[end]) || (end == 8 && rest[end] == '-'))) ++end;
    std::string id(rest.substr(0, end));
    rest.remove_prefix(4);
    if (IsCve(id)) return id;
  }
}

}  // namespace

std::vector<ChangelogFix> ReadChangelogFixes(std::string_view text) {
  struct Found {
    ChangelogFix fix;
    std::size_t entry = 0;  // that named it last
  };
  std::map<std::string, Found> found;
  std::vector<ChangelogFix*> undated;  // of the entry at hand: the date comes last
  // The lowest version from the top down to the entry at hand. All of these have its fixes, and a backport
  // ("1.3~deb12u1", entered above "1.3") is lower than what it was made from.
  std::string lowest;
  std::size_t entries = 0;
  while (!text.empty() && entries <= kMaxEntries && found.size() < kMaxFixes) {
    std::string_view line = NextLine(text);
    std::string_view heading = VersionOfHeading(line);
    if (!heading.empty()) {
      std::string version = CleanLine(heading, 200);
      Result<std::strong_ordering> order = CompareVersions(Scheme::kDeb, version, lowest);
      if (lowest.empty() || (order && *order < 0)) lowest = std::move(version);
      undated.clear();
      ++entries;
    } else if (line.starts_with(" -- ")) {
      std::string date = DateOfTrailer(line);
      for (ChangelogFix* fix : undated) fix->date = date;
      undated.clear();
    } else if (!lowest.empty()) {
      std::string_view rest = line;
      for (std::string cve = NextCve(rest); !cve.empty(); cve = NextCve(rest)) {
        auto& [fix, entry] = found[cve];
        bool again = entry == entries;
        if (!again) undated.push_back(&fix);
        entry = entries;
        std::string_view shown = Trim(line);
        while (shown.starts_with('*') || shown.starts_with('-') || shown.starts_with('+'))
          shown = Trim(shown.substr(1));
        fix = {cve, lowest, again ? fix.date : "", CleanLine(shown, 200)};
      }
    }
  }
  std::vector<ChangelogFix> out;
  for (auto& [cve, one] : found) out.push_back(std::move(one.fix));
  return out;
}

}  // namespace weir::advisory
