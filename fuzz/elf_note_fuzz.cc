#include <string>

#include "sbom/program/elf_note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(data, data + size);
  static_cast<void>(weir::sbom::ParsePackageNote(text, false));
  static_cast<void>(weir::sbom::ParsePackageNote(text, true));
  return 0;
}
