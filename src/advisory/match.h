// Matching: which known vulnerabilities the packages of an SBOM have.
//
// OS packages by their distribution's own data (source package for dpkg, origin
// for apk, modularity for rpm), language packages by ecosystem and name, programs
// named by a version string by CPE. Never CPE for language packages.
// One finding per package and weakness: advisories that are aliases of each other
// are merged. Ignore rules and VEX close findings; nothing is dropped.
// Threading: pure functions over immutable input.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "model/scan_result.h"

namespace weir::advisory {

struct MatchOptions {
  bool by_cve = false;         // name findings by CVE where there is one
  bool match_declared = true;  // lockfile packages too
};

struct MatchResult {
  std::vector<model::Finding> findings;   // unranked, sorted by id, package, location
  std::vector<model::Coverage> coverage;  // every ecosystem in the SBOM
  std::vector<model::Problem> problems;   // versions that could not be read, and the like
};

MatchResult Match(const model::Sbom& sbom, const Index& index, const MatchOptions& options);

/// Coverage and problems of whole groups of packages as Match tells them, at little cost: no findings, and no
/// problems of single packages.
MatchResult CoverageOf(const model::Sbom& sbom, const Index& index, const MatchOptions& options);

/// The OSV ecosystem of a package ("Debian:12", "PyPI"); empty where there is none.
std::string EcosystemOf(const model::Package& package, const model::Distro& distro);

}  // namespace weir::advisory
