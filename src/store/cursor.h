// Cursors of pages: a few numbers as text. They come back from outside, so that
// everything is checked. Threading: pure functions.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/ids.h"

namespace weir::store {

inline constexpr std::size_t kMaxPage = 500;
inline std::size_t LimitOf(const PageRequest& page) {
  return std::clamp<std::size_t>(page.limit, 1, kMaxPage);
}

std::string MakeCursor(std::initializer_list<std::int64_t> numbers);
/// Empty text: no numbers. kInvalidArgument where TEXT is no cursor of COUNT numbers.
Result<std::vector<std::int64_t>> ParseCursor(std::string_view text, std::size_t count);

/// For "LIKE ? ESCAPE '\\'": has TEXT in it, whatever the case of ASCII letters. Far faster than lower and
/// instr.
std::string LikePattern(std::string_view text);

/// A page by position, for lists short enough to be gone through whole.
template <class T, class Fn>
Result<Page<T>> PageOf(std::size_t total, const PageRequest& page, const Fn& load) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(page.cursor, 1));
  std::size_t first = cursor.empty() || cursor[0] < 0 ? 0 : static_cast<std::size_t>(cursor[0]);
  first = std::min(first, total);
  std::size_t end = first + std::min(LimitOf(page), total - first);
  Page<T> out;
  out.total = total;
  for (std::size_t i = first; i < end; ++i) {
    Result<T> item = load(i);
    if (!item) return Err(item.error());
    out.items.push_back(std::move(*item));
  }
  if (end < total) out.next_cursor = MakeCursor({static_cast<std::int64_t>(end)});
  return out;
}

}  // namespace weir::store
