// ">=2.0 <2.15.0": the ranges of the starter format (docs/advisories.md).
// Threading: pure functions.
#pragma once

#include <string_view>

#include "advisory/record.h"
#include "base/result.h"

namespace weir::advisory {

/// kMalformed for anything that is not one range, and for a version that SCHEME refuses.
Result<VersionRange> ParseRangeText(Scheme scheme, std::string_view text);

}  // namespace weir::advisory
