// NuGet packages that .NET project files ask for: packages.config, *.csproj and its
// like, Directory.Packages.props. Source: learn.microsoft.com/nuget, "packages.config
// reference", "PackageReference in project files", "Central Package Management".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct NugetReference {
  std::string name, version;
  bool development = false;
};

/// References with a plain version only: ranges, wildcards and variables name none.
Result<std::vector<NugetReference>> ParseProjectXml(std::string_view text);

}  // namespace weir::sbom
