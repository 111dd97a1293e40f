// Package URLs. Source: github.com/package-url/purl-spec.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/distro.h"
#include "model/package.h"

namespace weir::model {

struct Purl {
  std::string type, namespace_path, name, version, subpath;
  std::vector<std::pair<std::string, std::string>> qualifiers;  // sorted by key
  std::string ToString() const;
};

Result<Purl> ParsePurl(std::string_view text);
/// purl of a package found on a system with DISTRO (used for deb, rpm and apk).
std::string BuildPurl(const Package& package, const Distro& distro);
/// Type, name, version, arch, source (upstream qualifier) and epoch from a purl: the inverse of BuildPurl.
Result<Package> PackageFromPurl(std::string_view text);
/// Distro named by a purl's "distro" qualifier ("debian-12"), where it has one.
Distro DistroFromPurl(std::string_view text);

}  // namespace weir::model
