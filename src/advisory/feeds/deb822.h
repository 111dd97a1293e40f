// Paragraphs of "Field: value" lines: Debian's control format (RFC 822's shape).
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::advisory {

/// Fields with names in lower case; continuation lines are joined with '\n'.
using Paragraph = std::vector<std::pair<std::string, std::string>>;

std::string_view Field(const Paragraph& paragraph, std::string_view lower_case_name);
/// Takes the next paragraph off REST; false at the end. Comment lines are left out.
bool NextParagraph(std::string_view& rest, Paragraph& out);

}  // namespace weir::advisory
