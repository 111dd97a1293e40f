#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/node_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static_cast<void>(weir::sbom::ParseNodeManifest(std::string(data, data + size)));
  return 0;
}
