// What can be said of a rule's expression without running it, and its forms in the
// dialects of the matchers.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "secret/rule.h"

namespace weir::secret {

/// PATTERN as RE2 understands it.
std::string ToRe2(std::string_view pattern, Rule::Syntax syntax);

}  // namespace weir::secret
