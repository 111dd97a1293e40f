#include <string>

#include "sbom/program/go_buildinfo.h"
#include "sbom/program/macho.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = weir::target::MakeMemorySource(std::string(data, data + size));
  if (auto image = weir::sbom::ReadMachO(*file))
    static_cast<void>(weir::sbom::ReadGoBuildInfo(*file, *image));
  static_cast<void>(weir::sbom::ReadFatParts(*file));
  return 0;
}
