// Version schemes: order of versions exactly as each ecosystem defines it.
//
// EncodeVersion turns a version into a key whose byte order (memcmp, shorter
// first on a common prefix) is the version order, so that ranges compare without
// parsing at match time. Keys of different schemes never compare. Only for Maven do
// CompareVersions and the keys differ: its order has circles, and keys take builds for
// different Java runtimes as one version (version/maven.cc).
// Threading: pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::advisory {

enum class Scheme : std::uint8_t {
  kDeb,
  kRpm,
  kApk,
  kSemver,
  kNpm,
  kPep440,
  kMaven,
  kGem,
  kGo,
  kNuget,
  kComposer,
  kFuzzy,
};

std::string_view SchemeName(Scheme scheme);  // "deb", "rpm", ...
Result<Scheme> ParseScheme(std::string_view name);

/// kMalformed where VERSION is not one in SCHEME (kFuzzy, kMaven, kRpm take anything).
Result<std::string> EncodeVersion(Scheme scheme, std::string_view version);
Result<std::strong_ordering> CompareVersions(Scheme scheme, std::string_view a, std::string_view b);

}  // namespace weir::advisory
