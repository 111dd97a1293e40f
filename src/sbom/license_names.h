// Licence names and addresses as packages write them, to SPDX identifiers.
// Threading: pure functions. Source of the identifiers: spdx.org/licenses.
#pragma once

#include <string>
#include <string_view>

namespace weir::sbom {

/// The SPDX identifier for a name, a web address or a PyPI classifier that is known
/// for sure; otherwise TEXT, trimmed and on one line, at most 200 bytes. May be empty.
std::string NormalizeLicense(std::string_view text);

}  // namespace weir::sbom
