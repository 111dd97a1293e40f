// Streams a TOML text through a JsonHandler. An element of an array of tables has an
// empty key, as an array's element has; Enter and Leave enclose each such table.
// Types are not told apart: what is no string, array, table or boolean goes to Number.
// Duplicate keys are not refused; the reader is for finding, not for checking.
// Threading: one walk a handler. Errors: kMalformed with the line, kLimitExceeded. Source: toml.io 1.0.
#pragma once

#include <string_view>

#include "base/result.h"
#include "sbom/json_walk.h"

namespace weir::sbom {

Result<void> WalkToml(std::string_view text, const JsonLimits& limits, JsonHandler& handler);

}  // namespace weir::sbom
