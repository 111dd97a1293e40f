// Licence texts as SPDX wants them. The list holds the licences that packages
// really carry, not all of SPDX; what is not in it is named, never guessed.
// Source: spdx.org/licenses (identifiers). Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::report {

/// A licence identifier of the list.
bool IsSpdxLicenseId(std::string_view text);
/// An identifier, or identifiers of the list joined by AND, OR, WITH and parentheses.
bool IsSpdxExpression(std::string_view text);
/// "LicenseRef-..." for a licence that has no identifier; the same text gives the same reference.
std::string LicenseRef(std::string_view text);

}  // namespace weir::report
