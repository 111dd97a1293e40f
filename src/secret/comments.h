// Comments beside a secret by which people say that it is none.
// Threading: pure functions.
#pragma once

#include <string_view>

namespace weir::secret {

/// The marker that LINE holds ("gitleaks:allow"); empty where there is none.
std::string_view FindComment(std::string_view line);

}  // namespace weir::secret
