#include <cstddef>
#include <cstdint>
#include <string_view>

#include "advisory/feeds/deb_changelog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const void* bytes = data;
  static_cast<void>(weir::advisory::ReadChangelogFixes({static_cast<const char*>(bytes), size}));
  return 0;
}
