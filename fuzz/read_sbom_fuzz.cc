#include <cstdint>

#include "sbom/sbom.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(
      weir::sbom::ReadSbom({static_cast<const char*>(static_cast<const void*>(data)), size}, "fuzz"));
  return 0;
}
