#include "advisory/feeds/range_text.h"

#include <string>

#include "base/strings.h"

namespace weir::advisory {
namespace {

Error Bad(std::string_view text, std::string_view why) {
  return {Code::kMalformed, "range \"" + std::string(text) + "\": " + std::string(why)};
}

std::string_view TakeOperator(std::string_view& word) {
  std::size_t length = word.find_first_not_of("<>=");
  if (length == word.npos) length = word.size();
  std::string_view out = word.substr(0, length);
  word.remove_prefix(length);
  return out;
}

/// Puts one bound into RANGE; false where there is one of its kind already, or the operator is unknown.
bool ApplyBound(std::string_view op, std::string_view version, VersionRange& range) {
  bool has_end = !range.fixed.empty() || !range.last_affected.empty();
  if (op == ">=" || op == ">") {
    if (!range.introduced.empty() || has_end) return false;  // the lower bound comes first
    range.introduced = version;
    range.introduced_exclusive = op == ">";
    return true;
  }
  if (has_end) return false;
  if (op == "<") {
    range.fixed = version;
    return true;
  }
  if (op == "<=") {
    range.last_affected = version;
    return true;
  }
  return false;
}

}  // namespace

Result<VersionRange> ParseRangeText(Scheme scheme, std::string_view text) {
  VersionRange range;
  std::string_view rest = Trim(text);
  if (rest == "*") return range;
  if (rest.empty()) return Err(Bad(text, "it is empty"));
  while (!rest.empty()) {
    std::string_view word = NextPiece(rest, ' ');
    if (word.empty()) continue;
    std::string_view op = TakeOperator(word);
    if (word.empty()) return Err(Bad(text, "a bound has no version, or a space before it"));
    if (auto key = EncodeVersion(scheme, word); !key) return Err(Bad(text, key.error().message));
    if (!ApplyBound(op, word, range))
      return Err(Bad(text, "wanted at most one of \">=\" and \">\", then at most one of \"<\" and \"<=\""));
  }
  if (range.introduced.empty()) return range;
  const std::string& end = range.fixed.empty() ? range.last_affected : range.fixed;
  if (end.empty()) return range;
  WEIR_ASSIGN(std::strong_ordering order, CompareVersions(scheme, range.introduced, end));
  bool may_be_equal = range.fixed.empty() && !range.introduced_exclusive;
  if (order == std::strong_ordering::greater || (order == std::strong_ordering::equal && !may_be_equal))
    return Err(Bad(text, "it holds no version"));
  return range;
}

}  // namespace weir::advisory
