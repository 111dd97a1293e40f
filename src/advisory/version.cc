#include "advisory/version.h"

#include <array>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"

namespace weir::advisory {
namespace {

struct SchemeRow {
  Scheme scheme;
  std::string_view name;
  Result<std::string> (*encode)(std::string_view);
};

constexpr std::array kSchemes = {
    SchemeRow{Scheme::kDeb, "deb", EncodeDeb},
    SchemeRow{Scheme::kRpm, "rpm", EncodeRpm},
    SchemeRow{Scheme::kApk, "apk", EncodeApk},
    SchemeRow{Scheme::kSemver, "semver", EncodeSemver},
    SchemeRow{Scheme::kNpm, "npm", EncodeNpm},
    SchemeRow{Scheme::kPep440, "pep440", EncodePep440},
    SchemeRow{Scheme::kMaven, "maven", EncodeMaven},
    SchemeRow{Scheme::kGem, "gem", EncodeGem},
    SchemeRow{Scheme::kGo, "go", EncodeGo},
    SchemeRow{Scheme::kNuget, "nuget", EncodeNuget},
    SchemeRow{Scheme::kComposer, "composer", EncodeComposer},
    SchemeRow{Scheme::kFuzzy, "fuzzy", EncodeFuzzy},
};

const SchemeRow& RowOf(Scheme scheme) {
  for (const SchemeRow& row : kSchemes) {
    if (row.scheme == scheme) return row;
  }
  CheckFailed("a known version scheme", __FILE__, __LINE__);
}

}  // namespace

std::string_view SchemeName(Scheme scheme) { return RowOf(scheme).name; }

Result<Scheme> ParseScheme(std::string_view name) {
  std::string known;
  for (const SchemeRow& row : kSchemes) {
    if (row.name == name) return row.scheme;
    known += known.empty() ? "" : ", ";
    known += row.name;
  }
  return Err(Code::kInvalidArgument, "no version scheme \"" + std::string(name) + "\"; there are: " + known);
}

Result<std::string> EncodeVersion(Scheme scheme, std::string_view version) {
  if (version.size() > kMaxVersionBytes) {
    return Err(Code::kLimitExceeded, "a version of " + std::to_string(version.size()) + " bytes");
  }
  return RowOf(scheme).encode(version);
}

Result<std::strong_ordering> CompareVersions(Scheme scheme, std::string_view a, std::string_view b) {
  WEIR_ASSIGN(std::string key_a, EncodeVersion(scheme, a));
  WEIR_ASSIGN(std::string key_b, EncodeVersion(scheme, b));
  if (scheme == Scheme::kMaven) return CompareMaven(a, b);
  return key_a.compare(key_b) <=> 0;
}

}  // namespace weir::advisory
