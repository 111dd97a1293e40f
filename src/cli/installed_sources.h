// Which Debian source packages a root has: what `weir db update --packages-of` asks about.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace weir::cli {

/// Sorted names. kNotFound where ROOT has no Debian packages.
Result<std::vector<std::string>> InstalledDebianSources(const std::string& root);

}  // namespace weir::cli
