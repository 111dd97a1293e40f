#include "store/cursor.h"

#include <charconv>

#include "base/strings.h"

namespace weir::store {

std::string MakeCursor(std::initializer_list<std::int64_t> numbers) {
  std::string out;
  for (std::int64_t number : numbers) {
    if (!out.empty()) out += '.';
    out += std::to_string(number);
  }
  return out;
}

Result<std::vector<std::int64_t>> ParseCursor(std::string_view text, std::size_t count) {
  std::vector<std::int64_t> out;
  if (text.empty()) return out;
  for (std::string_view piece : Split(text, '.')) {
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), number);
    bool whole = error == std::errc() && end == piece.data() + piece.size();
    if (!whole || out.size() == count)
      return Err(Code::kInvalidArgument, "the cursor is not one of this list");
    out.push_back(number);
  }
  if (out.size() != count) return Err(Code::kInvalidArgument, "the cursor is not one of this list");
  return out;
}

std::string LikePattern(std::string_view text) {
  std::string out = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace weir::store
