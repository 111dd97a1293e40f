#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/java_metadata.h"
#include "sbom/pom.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(data, data + size);
  static_cast<void>(weir::sbom::ParsePom(text));
  weir::sbom::ParseManifest(text);
  weir::sbom::ParseProperties(text);
  weir::sbom::ParseArchiveName(text);
  return 0;
}
