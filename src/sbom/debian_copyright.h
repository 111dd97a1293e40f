// Licence names from Debian's /usr/share/doc/PACKAGE/copyright.
// Source: machine-readable copyright format 1.0 (DEP-5); Debian Policy 12.5 for the
// older free text, which points at /usr/share/common-licenses.
// Threading: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::sbom {

/// Short names as written there ("GPL-2+", "Expat"), sorted, each once.
std::vector<std::string> LicensesOfCopyright(std::string_view text);

}  // namespace weir::sbom
