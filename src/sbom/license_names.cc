#include "sbom/license_names.h"

#include "base/strings.h"

namespace weir::sbom {
namespace {

struct Row {
  std::string_view written, id;
};

// Written: lower case, without scheme, "www.", "the ", trailing slash or file suffix.
constexpr Row kNames[] = {
    {"apache license, version 2.0", "Apache-2.0"},
    {"apache license version 2.0", "Apache-2.0"},
    {"apache license 2.0", "Apache-2.0"},
    {"apache 2.0", "Apache-2.0"},
    {"apache 2", "Apache-2.0"},
    {"apache-2", "Apache-2.0"},
    {"apache 2.0 license", "Apache-2.0"},
    {"apache license v2.0", "Apache-2.0"},
    {"apache software license, version 2.0", "Apache-2.0"},
    {"apache software license - version 2.0", "Apache-2.0"},
    {"asl 2.0", "Apache-2.0"},
    {"al2", "Apache-2.0"},
    {"apache.org/licenses/license-2.0", "Apache-2.0"},
    {"opensource.org/licenses/apache-2.0", "Apache-2.0"},
    {"mit license", "MIT"},
    {"mit-license", "MIT"},
    {"expat license", "MIT"},
    {"opensource.org/licenses/mit", "MIT"},
    {"opensource.org/licenses/mit-license", "MIT"},
    {"osi approved :: mit license", "MIT"},
    {"osi approved :: isc license (iscl)", "ISC"},
    {"isc license", "ISC"},
    {"bsd 3-clause", "BSD-3-Clause"},
    {"bsd 3-clause license", "BSD-3-Clause"},
    {"3-clause bsd license", "BSD-3-Clause"},
    {"bsd-3-clause license", "BSD-3-Clause"},
    {"new bsd license", "BSD-3-Clause"},
    {"modified bsd license", "BSD-3-Clause"},
    {"revised bsd license", "BSD-3-Clause"},
    {"opensource.org/licenses/bsd-3-clause", "BSD-3-Clause"},
    {"bsd 2-clause", "BSD-2-Clause"},
    {"bsd 2-clause license", "BSD-2-Clause"},
    {"simplified bsd license", "BSD-2-Clause"},
    {"opensource.org/licenses/bsd-2-clause", "BSD-2-Clause"},
    {"osi approved :: apache software license", "Apache-2.0"},
    {"osi approved :: mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"},
    {"mozilla public license 2.0", "MPL-2.0"},
    {"mozilla public license, version 2.0", "MPL-2.0"},
    {"mozilla.org/mpl/2.0", "MPL-2.0"},
    {"osi approved :: python software foundation license", "PSF-2.0"},
    {"psf license", "PSF-2.0"},
    {"eclipse public license 1.0", "EPL-1.0"},
    {"eclipse public license - v 1.0", "EPL-1.0"},
    {"eclipse public license v1.0", "EPL-1.0"},
    {"eclipse.org/legal/epl-v10", "EPL-1.0"},
    {"eclipse public license 2.0", "EPL-2.0"},
    {"eclipse public license v2.0", "EPL-2.0"},
    {"eclipse public license v. 2.0", "EPL-2.0"},
    {"eclipse public license - v 2.0", "EPL-2.0"},
    {"eclipse.org/legal/epl-2.0", "EPL-2.0"},
    {"eclipse.org/legal/epl-v20", "EPL-2.0"},
    {"eclipse distribution license - v 1.0", "BSD-3-Clause"},
    {"eclipse.org/org/documents/edl-v10", "BSD-3-Clause"},
    {"gnu lesser general public license v2.1 or later", "LGPL-2.1-or-later"},
    {"gnu lesser general public license, version 2.1", "LGPL-2.1-only"},
    {"gnu.org/licenses/lgpl-2.1", "LGPL-2.1-only"},
    {"gnu.org/licenses/old-licenses/lgpl-2.1", "LGPL-2.1-only"},
    {"gnu.org/licenses/lgpl-3.0", "LGPL-3.0-only"},
    {"gnu general public license, version 2 with the gnu classpath exception",
     "GPL-2.0-only WITH Classpath-exception-2.0"},
    {"gpl2 w/ cpe", "GPL-2.0-only WITH Classpath-exception-2.0"},
    {"openjdk.java.net/legal/gplv2+ce", "GPL-2.0-only WITH Classpath-exception-2.0"},
    {"osi approved :: gnu general public license v3 (gplv3)", "GPL-3.0-only"},
    {"osi approved :: gnu general public license v2 (gplv2)", "GPL-2.0-only"},
    {"osi approved :: gnu lesser general public license v3 (lgplv3)", "LGPL-3.0-only"},
    {"osi approved :: gnu lesser general public license v3 or later (lgplv3+)", "LGPL-3.0-or-later"},
    {"osi approved :: gnu lesser general public license v2 or later (lgplv2+)", "LGPL-2.0-or-later"},
    {"osi approved :: gnu general public license v3 or later (gplv3+)", "GPL-3.0-or-later"},
    {"osi approved :: gnu general public license v2 or later (gplv2+)", "GPL-2.0-or-later"},
    {"osi approved :: gnu affero general public license v3", "AGPL-3.0-only"},
    {"osi approved :: the unlicense (unlicense)", "Unlicense"},
    {"cddl + gplv2 with classpath exception", "CDDL-1.1 OR GPL-2.0-only WITH Classpath-exception-2.0"},
    {"cc0", "CC0-1.0"},
    {"cc0 1.0 universal (cc0 1.0) public domain dedication", "CC0-1.0"},
    {"creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"},
    {"bouncy castle licence", "MIT"},
    {"unlicense", "Unlicense"},
};

}  // namespace

std::string NormalizeLicense(std::string_view text) {
  std::string_view first_line = Trim(text);
  first_line = Trim(first_line.substr(0, first_line.find_first_of("\r\n")));
  std::string lower = ToLower(first_line);
  std::string_view key = lower;
  for (std::string_view prefix : {"license :: ", "https://", "http://", "www.", "the "})
    if (key.starts_with(prefix)) key.remove_prefix(prefix.size());
  for (std::string_view suffix : {"/", ".txt", ".html", ".php"})
    if (key.ends_with(suffix)) key.remove_suffix(suffix.size());
  for (const Row& row : kNames)
    if (row.written == key) return std::string(row.id);
  static constexpr std::size_t kMaxBytes = 200;
  std::string_view shown = first_line;
  for (std::string_view prefix : {"License :: OSI Approved :: ", "License :: "})
    if (shown.starts_with(prefix)) {
      shown.remove_prefix(prefix.size());
      break;
    }
  return ToValidUtf8(shown.substr(0, kMaxBytes));
}

}  // namespace weir::sbom
