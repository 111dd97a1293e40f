#include "advisory/feeds/deb822.h"

#include "base/strings.h"

namespace weir::advisory {

std::string_view Field(const Paragraph& paragraph, std::string_view lower_case_name) {
  for (const auto& [name, value] : paragraph)
    if (name == lower_case_name) return value;
  return {};
}

bool NextParagraph(std::string_view& rest, Paragraph& out) {
  out.clear();
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (line.starts_with('#')) continue;
    if (Trim(line).empty()) {
      if (!out.empty()) return true;
      continue;
    }
    if (line[0] == ' ' || line[0] == '\t') {
      if (!out.empty()) out.back().second += "\n" + std::string(Trim(line));
      continue;
    }
    std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    out.emplace_back(ToLower(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  return !out.empty();
}

}  // namespace weir::advisory
