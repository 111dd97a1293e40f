// debian/changelog: which version fixed which CVE. Source: deb-changelog(5).
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::advisory {

struct ChangelogFix {
  std::string cve;
  std::string
      version;       // of the oldest entry that names the CVE: later ones speak of regressions and the like
  std::string date;  // YYYY-MM-DD of that entry, or empty
  std::string line;  // the line that names it
};

/// TEXT may be cut off at its end, as that is the oldest part. Sorted by CVE.
std::vector<ChangelogFix> ReadChangelogFixes(std::string_view text);

}  // namespace weir::advisory
