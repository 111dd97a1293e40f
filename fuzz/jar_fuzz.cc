#include <cstddef>
#include <cstdint>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weir::sbom::CatalogOptions options;
  options.limits.max_archive_entries = 10'000;
  options.limits.max_memory_file_bytes = 4U << 20U;
  auto cataloger = weir::sbom::MakeJarCataloger(options);
  weir::sbom::RunCataloger(*cataloger, {{"fuzz-1.0.jar", std::string(data, data + size)}});
  return 0;
}
