// Times as text. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace weir {

/// Of seconds since 1970, UTC: "2026-11-23T12:00:00Z". Empty for what no calendar has.
std::string FormatRfc3339(std::int64_t seconds);

}  // namespace weir
