#include "rank/document_tables.h"

#include "base/file.h"
#include "base/strings.h"

namespace weir::rank {

std::vector<std::vector<std::string>> TableRows(std::size_t columns) {
  auto text = ReadFile(std::string(WEIR_SOURCE_DIR) + "/docs/ranking.md", 1U << 20U);
  std::vector<std::vector<std::string>> out;
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (!line.starts_with("| ")) continue;
    std::vector<std::string> cells;
    for (std::string_view cell : Split(line, '|')) cells.emplace_back(Trim(cell));
    if (cells.size() == columns + 2) out.push_back(cells);
  }
  return out;
}

}  // namespace weir::rank
