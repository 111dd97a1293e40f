#include <cstddef>
#include <cstdint>
#include <string_view>

#include "advisory/feeds/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  weir::advisory::KeepingSink sink;
  static_cast<void>(weir::advisory::ReadAlpineSecdb({static_cast<const char*>(bytes), size}, sink));
  return 0;
}
