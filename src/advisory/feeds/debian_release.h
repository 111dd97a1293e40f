// Debian's codenames and numbers. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace weir::advisory {

/// "bookworm" -> "Debian:12", "sid" -> "Debian:sid"; empty for a name that is not a release's.
std::string DebianEcosystem(std::string_view codename);

}  // namespace weir::advisory
