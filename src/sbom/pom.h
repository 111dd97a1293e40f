// Reads a Maven project file. Parents are not fetched: what only they say stays
// unknown, and is told apart from what the file says.
// Threading: pure functions. Errors: kMalformed where it is not XML, kLimitExceeded.
// Source: maven.apache.org/pom.html. DTDs and their entities are never processed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct PomDependency {
  std::string group, artifact;
  std::string version;      // interpolated; empty where the file does not say
  std::string raw_version;  // as written, if it could not be resolved
  std::string scope;        // "compile", "test", ...; empty = compile
};

struct Pom {
  std::string group, artifact,
      version;  // the parent's group and version where it has none; empty if unresolved
  std::vector<std::string> licenses;
  std::vector<PomDependency> dependencies;  // interpolated, managed versions filled in
};

Result<Pom> ParsePom(std::string_view text);

}  // namespace weir::sbom
