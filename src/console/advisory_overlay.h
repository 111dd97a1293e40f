// Imported documents as a small index of their own. Threading: pure functions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "advisory/record.h"
#include "base/result.h"

namespace weir::console {

struct ParsedAdvisories {
  std::vector<advisory::Advisory> advisories;
  std::uint64_t malformed = 0;
  std::string first_error;
};
/// OSV JSON (one document, or an array of them) or our own YAML.
Result<ParsedAdvisories> ParseAdvisories(std::string_view text, bool is_yaml);
/// An index that owns its bytes; null for no advisories.
Result<std::shared_ptr<const advisory::Index>> IndexOf(const std::vector<advisory::Advisory>& advisories);
/// Whether INDEX has the advisory under the same source, at least as new.
bool Holds(const advisory::Index& index, const advisory::Advisory& advisory);

}  // namespace weir::console
