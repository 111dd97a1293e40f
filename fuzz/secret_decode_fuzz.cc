#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "secret/unwrap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string text(data + 2, data + size);
  std::size_t from = std::min<std::size_t>(data[0], text.size());
  std::size_t to = text.size() - std::min<std::size_t>(data[1], text.size() - from);
  weir::secret::FindWrapped(text, from, to, 1U << 20U, [&](const weir::secret::Wrapped& wrapped) {
    if (wrapped.from >= wrapped.to || wrapped.to > text.size() || wrapped.body_from > wrapped.body_to ||
        wrapped.body_to > wrapped.text.size() || wrapped.how.empty())
      std::abort();
  });
  return 0;
}
