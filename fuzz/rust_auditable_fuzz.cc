#include <string>

#include "sbom/program/rust_auditable.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  static_cast<void>(weir::sbom::ParseRustAuditable(text));
  return 0;
}
