#include <cstddef>
#include <cstdint>
#include <string_view>

#include "advisory/feeds/apt_sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  static_cast<void>(weir::advisory::ParseDeb822Sources({static_cast<const char*>(bytes), size}));
  return 0;
}
