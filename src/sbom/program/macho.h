// Segments and sections of Mach-O programs, and the parts of fat files.
// Source: Apple, mach-o/loader.h and mach-o/fat.h as described in "OS X ABI Mach-O File Format Reference".
#pragma once

#include <memory>

#include "sbom/program/image.h"

namespace weir::sbom {

Result<Image> ReadMachO(target::ByteSource& file);

/// One program of a fat file.
struct FatPart {
  std::uint64_t offset = 0, size = 0;
};
Result<std::vector<FatPart>> ReadFatParts(target::ByteSource& file);

}  // namespace weir::sbom
