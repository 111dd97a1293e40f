// JSON from container runtimes: parsed without exceptions, bounded in depth, and
// read with accessors that give an empty value where a member is missing or of
// another kind.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::discovery {

using Json = nlohmann::json;

inline constexpr std::uint64_t kMaxJsonBytes = 32ULL << 20U;

/// kMalformed where TEXT is not JSON or nests deeper than 64.
Result<Json> ParseJson(std::string_view text);
/// Member KEY of OBJECT; a null value where there is none.
const Json& Member(const Json& object, const char* key);
std::string TextOf(const Json& value);
std::uint64_t NumberOf(const Json& value);
bool IsTrue(const Json& value);

}  // namespace weir::discovery
