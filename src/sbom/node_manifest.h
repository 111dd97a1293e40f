// Reads a package.json. Threading: pure functions. Errors: kMalformed, kLimitExceeded.
// Source: docs.npmjs.com, "package.json".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct NodeManifest {
  std::string name, version;  // either may be empty: such a file marks a folder, it is no package
  std::vector<std::string> licenses;
  std::string author;
  std::string resolved;                   // where old clients installed it from
  std::vector<std::string> dependencies;  // names, optional ones included
};

/// TEXT is padded in place for the parser.
Result<NodeManifest> ParseNodeManifest(std::string text);

/// Can NAME be a package's name: "name" or "@scope/name", without blanks or further slashes?
bool IsNodeName(std::string_view name);
/// "v1.2.3" and "=1.2.3" are 1.2.3, as npm reads them.
std::string CleanNodeVersion(std::string_view version);

}  // namespace weir::sbom
