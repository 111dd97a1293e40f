// Finds what a text wraps: base64 (of either alphabet, over several lines, of gzip or of
// UTF-16), hexadecimal digits, percent escapes, and UTF-16 in whatever it stands in.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace weir::secret {

struct Wrapped {
  std::size_t from = 0, to = 0;            // in the text: what wraps it
  std::string_view text;                   // plain, with what is around it; valid during the call
  std::size_t body_from = 0, body_to = 0;  // of TEXT: what was wrapped
  std::string_view how;                    // "base64", "base64+gzip", "hex", "percent", "utf-16", ...
  std::uint32_t unit = 0;                  // bytes for each byte of TEXT, where that is fixed
};
using TakeWrapped = std::function<void(const Wrapped&)>;

/// Gives what begins from FROM to TO to TAKE; about BUDGET bytes of it at most.
void FindWrapped(std::string_view text, std::size_t from, std::size_t to, std::size_t budget,
                 const TakeWrapped& take);

}  // namespace weir::secret
