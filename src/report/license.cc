#include "report/license.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/strings.h"

namespace weir::report {
namespace {

// Sorted, for binary search.
constexpr auto kIds = std::to_array<std::string_view>({
    "0BSD",
    "AFL-2.1",
    "AFL-3.0",
    "AGPL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-1.0",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0",
    "Artistic-1.0-Perl",
    "Artistic-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-2-Clause-Patent",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSD-4-Clause",
    "BSD-4-Clause-UC",
    "BSL-1.0",
    "BUSL-1.1",
    "Beerware",
    "BlueOak-1.0.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "CPL-1.0",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "Elastic-2.0",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "FTL",
    "GFDL-1.1",
    "GFDL-1.2",
    "GFDL-1.2-or-later",
    "GFDL-1.3",
    "GFDL-1.3-or-later",
    "GPL-1.0",
    "GPL-1.0-only",
    "GPL-1.0-or-later",
    "GPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ICU",
    "IJG",
    "ISC",
    "JSON",
    "LGPL-2.0",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-1.0",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "MulanPSL-2.0",
    "NCSA",
    "OFL-1.1",
    "OLDAP-2.8",
    "OpenSSL",
    "PHP-3.0",
    "PHP-3.01",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Ruby",
    "SSPL-1.0",
    "Sleepycat",
    "TCL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "ZPL-2.1",
    "Zend-2.0",
    "Zlib",
    "blessing",
    "bzip2-1.0.6",
    "curl",
    "libpng-2.0",
    "libtiff",
    "zlib-acknowledgement",
});
static_assert(std::is_sorted(kIds.begin(), kIds.end()));

constexpr std::string_view kExceptions[] = {"Classpath-exception-2.0", "LLVM-exception",
                                            "GCC-exception-3.1",       "OpenSSL-exception",
                                            "Linux-syscall-note",      "Bison-exception-2.2"};

}  // namespace

bool IsSpdxLicenseId(std::string_view text) { return std::binary_search(kIds.begin(), kIds.end(), text); }

bool IsSpdxExpression(std::string_view text) {
  enum class Want { kOperand, kOperator, kException } want = Want::kOperand;
  int depth = 0;
  bool takes_exception = false;  // only a single licence does, and only one
  while (true) {
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
    if (text.empty()) return want == Want::kOperator && depth == 0;
    if (text[0] == '(' || text[0] == ')') {
      bool opens = text[0] == '(';
      if (want != (opens ? Want::kOperand : Want::kOperator)) return false;
      depth += opens ? 1 : -1;
      if (depth < 0) return false;
      takes_exception = false;
      text.remove_prefix(1);
      continue;
    }
    std::string_view word = text.substr(0, text.find_first_of(" ()"));
    text.remove_prefix(word.size());
    if (want == Want::kOperator) {
      if (word != "AND" && word != "OR" && (word != "WITH" || !takes_exception)) return false;
      want = word == "WITH" ? Want::kException : Want::kOperand;
    } else if (want == Want::kException) {
      if (std::find(std::begin(kExceptions), std::end(kExceptions), word) == std::end(kExceptions))
        return false;
      want = Want::kOperator;
      takes_exception = false;
    } else {
      std::string_view id = word.ends_with('+') ? word.substr(0, word.size() - 1) : word;
      if (!IsSpdxLicenseId(id)) return false;
      want = Want::kOperator;
      takes_exception = true;
    }
  }
}

std::string LicenseRef(std::string_view text) {
  std::string out = "LicenseRef-";
  for (char c : text.substr(0, 60)) out += IsAlpha(c) || IsDigit(c) || c == '.' ? c : '-';
  return out + "-" + DigestHex(DigestKind::kSha256, AsBytes(text)).substr(0, 8);
}

}  // namespace weir::report
