// Whole programs: ELF, PE and Mach-O tables, Go and Rust data, notes, version strings.
#include <string>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string content(data, data + size);
  auto cataloger = weir::sbom::MakeProgramCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"usr/bin/python3.11", content}});
  return 0;
}
