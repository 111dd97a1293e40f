// Web addresses from package metadata. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace weir::sbom {

/// URL without "user:password@", which lockfiles of private registries often hold, and
/// without query (tokens); at most 1000 bytes of valid UTF-8.
std::string PublicUrl(std::string_view url);

}  // namespace weir::sbom
