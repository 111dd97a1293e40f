// zlib streams of outside origin, inflated under a bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::sbom {

/// kLimitExceeded where the content has more than LIMIT bytes.
Result<std::string> InflateZlib(std::string_view compressed, std::uint64_t limit);

}  // namespace weir::sbom
