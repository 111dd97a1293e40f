// Calendar days. Threading: pure functions.
#pragma once

#include <string>

#include "store/ids.h"

namespace weir::store {

/// YYYY-MM-DD, UTC.
std::string DayOf(TimeMs time);

}  // namespace weir::store
