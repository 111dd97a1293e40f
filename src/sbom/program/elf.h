// Section and segment tables of ELF files, 32 and 64 bits, both byte orders.
// Source: the System V ABI, chapters 4 and 5.
#pragma once

#include "sbom/program/image.h"

namespace weir::sbom {

Result<Image> ReadElf(target::ByteSource& file);

}  // namespace weir::sbom
