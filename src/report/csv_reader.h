// For tests: reads CSV back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::report {

/// Cells of RFC 4180 text, strict: a quote may only stand where it must. Empty where TEXT is not valid.
std::vector<std::vector<std::string>> ReadCsv(std::string_view text);

}  // namespace weir::report
