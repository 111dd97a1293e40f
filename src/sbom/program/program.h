// What the program cataloger and the collector both need to know.
#pragma once

#include <string_view>

namespace weir::sbom {

/// found_by of packages that only an ELF note tells of. The collector drops those
/// whose files an OS package owns: its database has said it better.
inline constexpr std::string_view kElfNoteFinder = "elf-note";

}  // namespace weir::sbom
