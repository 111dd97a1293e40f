// Lists of problems as bytes. Threading: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/sbom.h"

namespace weir::store {

std::string EncodeProblems(std::span<const model::Problem> problems);
/// Appends to OUT.
Result<void> DecodeProblems(Bytes bytes, std::vector<model::Problem>& out);

}  // namespace weir::store
