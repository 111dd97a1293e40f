// A look at the structure of outside YAML before a tree is built of it: bounded
// size and depth, no anchors or aliases (which can blow up). Threading: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace weir::advisory {

Result<void> CheckYaml(std::string_view text, std::size_t max_bytes, int max_depth);

}  // namespace weir::advisory
