// *.deps.json: the packages that a .NET program was published with.
// Source: dotnet/sdk, documentation/specs/runtime-configuration-file.md.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct DotnetLibrary {
  std::string name, version;
  std::string type;                // "package", "project", "runtimepack", "reference" ...
  std::string sha512;              // base64, as written
  bool has_assets = false;         // files of it are there at run time
  std::vector<std::string> files;  // their names, lower-case, without folders
  std::vector<std::pair<std::string, std::string>> dependencies;  // name, version
};

Result<std::vector<DotnetLibrary>> ParseDepsJson(std::string_view text);

/// packages.lock.json: what is locked for all frameworks together.
Result<std::vector<DotnetLibrary>> ParseNugetLock(std::string_view text);

}  // namespace weir::sbom
