// Times of the store as RFC 3339 texts in UTC, and back. Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/ids.h"

namespace weir::console {

/// "2026-11-26T01:02:03Z"
std::string TimeText(store::TimeMs time);
/// Date and time with "Z" or an offset, fractions allowed; nothing for anything else, or outside 1970 to
/// 9999.
std::optional<store::TimeMs> ParseTime(std::string_view text);

}  // namespace weir::console
