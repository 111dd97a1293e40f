// debian/changelog: which version fixed which CVE. Source: deb-changelog(5).
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::advisory {

struct ChangelogFix {
  std::string cve;
  // The lowest version that has the fix: of the oldest entry that names the CVE (later ones speak of
  // regressions and the like), or of a backport entered above it.
  std::string version;
  std::string date;  // YYYY-MM-DD of that entry, or empty
  std::string line;  // the line that names it
};

/// TEXT may be cut off at its end, as that is the oldest part. Sorted by CVE.
std::vector<ChangelogFix> ReadChangelogFixes(std::string_view text);

}  // namespace weir::advisory
