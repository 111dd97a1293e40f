#include <string>

#include "sbom/cargo_lock.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(weir::sbom::ParseCargoLock(std::string(data, data + size)));
  return 0;
}
