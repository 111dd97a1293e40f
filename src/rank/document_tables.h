// For tests: the tables of docs/ranking.md.
#pragma once

#include <string>
#include <vector>

namespace weir::rank {

/// Cells of the rows with so many COLUMNS, in order; the first and the last cell are what stands outside.
std::vector<std::vector<std::string>> TableRows(std::size_t columns);

}  // namespace weir::rank
