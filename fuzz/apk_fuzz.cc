#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto cataloger = weir::sbom::MakeApkCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"lib/apk/db/installed", std::string(data, data + size)}});
  return 0;
}
