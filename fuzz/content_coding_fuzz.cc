// Compressed request bodies, within a bound.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "net/content_coding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  constexpr std::size_t kLimit = 1U << 20U;
  std::string body(AsText(std::as_bytes(std::span(data, size))));
  for (std::string_view coding : {"gzip", "zstd"})
    if (auto decoded = net::DecodeContent(coding, body, kLimit); decoded && decoded->size() > kLimit)
      __builtin_trap();
  return 0;
}
