// The two formats of VEX documents. Threading: pure functions.
#pragma once

#include <vector>

#include "advisory/feeds/json.h"
#include "advisory/ignore.h"
#include "base/result.h"

namespace weir::advisory {

inline constexpr std::size_t kMaxVexStatements = 500'000;

Result<std::vector<VexStatement>> ReadOpenVex(JsonValue document);
Result<std::vector<VexStatement>> ReadCsaf(JsonValue document);

}  // namespace weir::advisory
