// Section table and data directories of Windows programs (PE/COFF).
// Source: Microsoft, "PE Format".
#pragma once

#include "sbom/program/image.h"

namespace weir::sbom {

/// kUnsupported for files that begin with MZ but are no PE (DOS programs).
Result<Image> ReadPe(target::ByteSource& file);

}  // namespace weir::sbom
