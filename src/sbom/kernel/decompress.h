// gzip, xz and zstd data of outside origin, expanded in memory under a bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::sbom {

/// By the data's own magic. kLimitExceeded where the content has more than LIMIT bytes,
/// kUnsupported where it is none of the three.
Result<std::string> Decompress(std::string_view data, std::uint64_t limit);

}  // namespace weir::sbom
