#include <cstdint>
#include <string>

#include "sbom/gem_formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  static_cast<void>(weir::sbom::ParseGemspec(text, text.substr(0, 40)));
  static_cast<void>(weir::sbom::ParseGemfileLock(text));
  return 0;
}
