#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(data, data + size);
  auto cataloger = weir::sbom::MakePythonLockCataloger({});
  weir::sbom::RunCataloger(
      *cataloger,
      {{"requirements.txt", text}, {"setup.py", text}, {"Pipfile.lock", text}, {"uv.lock", text}});
  return 0;
}
