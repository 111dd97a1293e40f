#include "report/csv_reader.h"

#include <algorithm>

namespace weir::report {

std::vector<std::vector<std::string>> ReadCsv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    std::vector<std::string> row;
    for (bool more = true; more;) {
      std::string cell;
      if (text.starts_with('"')) {
        text.remove_prefix(1);
        while (!text.starts_with('"') || text.substr(1).starts_with('"')) {
          if (text.empty()) return {};
          if (text.starts_with('"')) text.remove_prefix(1);
          cell += text[0];
          text.remove_prefix(1);
        }
        text.remove_prefix(1);
      } else {
        std::size_t end = text.find_first_of(",\r\"");
        cell = text.substr(0, end);
        text.remove_prefix(std::min(end, text.size()));
      }
      row.push_back(cell);
      more = text.starts_with(',');
      if (more) text.remove_prefix(1);
    }
    if (!text.starts_with("\r\n")) return {};
    text.remove_prefix(2);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace weir::report
