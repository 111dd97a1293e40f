#include <string>

#include "sbom/program/go_buildinfo.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  weir::sbom::GoBuildInfo info;
  weir::sbom::ParseModuleInfo(text, info);
  static_cast<void>(weir::sbom::MainModuleVersion(info));
  static_cast<void>(weir::sbom::GoToolchainVersion(text));
  return 0;
}
