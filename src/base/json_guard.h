// Checks outside JSON before a recursive reader gets it. Threading: pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace weir {

/// kLimitExceeded where objects and arrays nest deeper than MAX_DEPTH. Does not check the syntax.
Result<void> CheckJsonDepth(std::string_view text, std::size_t max_depth = 128);

}  // namespace weir
