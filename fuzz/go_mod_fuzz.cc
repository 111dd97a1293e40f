#include <string>

#include "sbom/go_mod.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(weir::sbom::ParseGoMod(std::string(data, data + size)));
  return 0;
}
