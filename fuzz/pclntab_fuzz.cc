#include <string>

#include "sbom/program/go_symbols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = weir::target::MakeMemorySource(std::string(data, data + size));
  weir::sbom::Image image;
  image.sections.push_back({".gopclntab", 0, 0, size, true, false, false});
  static_cast<void>(weir::sbom::ReadGoSymbols(*file, image, "main"));
  return 0;
}
