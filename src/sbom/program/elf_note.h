// The packaging note that distributions put into ELF files, .note.package.
// Source: systemd.io "Package Metadata for Executable Files" (note type 0xcafe1a7e, owner FDO).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::sbom {

struct PackageNote {
  std::string type, name, version, architecture, os, os_version, app_cpe;
};

/// SECTION is the raw content of .note.package. kNotFound where it holds no such note.
Result<PackageNote> ParsePackageNote(std::string_view section, bool big_endian);

}  // namespace weir::sbom
