#include <cstddef>
#include <cstdint>
#include <string_view>

#include "advisory/update/debian_mirror.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  std::string_view text(static_cast<const char*>(bytes), size);
  static_cast<void>(weir::advisory::ParseSourcesIndex(text, "http://mirror", "Debian:12"));
  return 0;
}
