// The crates of a Cargo.lock file, versions 1 to 4. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct LockedCrate {
  std::string name, version;
  std::string source;                     // "registry+https://..."; empty for members of the workspace
  std::string checksum;                   // SHA-256
  std::vector<std::string> dependencies;  // "name", "name version" or "name version (source)"
};

Result<std::vector<LockedCrate>> ParseCargoLock(std::string_view text);

}  // namespace weir::sbom
