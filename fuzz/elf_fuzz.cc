#include <string>

#include "sbom/program/elf.h"
#include "sbom/program/go_buildinfo.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = weir::target::MakeMemorySource(std::string(data, data + size));
  if (auto image = weir::sbom::ReadElf(*file)) static_cast<void>(weir::sbom::ReadGoBuildInfo(*file, *image));

  return 0;
}
