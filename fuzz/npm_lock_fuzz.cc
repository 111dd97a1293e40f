#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto cataloger = weir::sbom::MakeNodeLockCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"package-lock.json", std::string(data, data + size)}});
  return 0;
}
