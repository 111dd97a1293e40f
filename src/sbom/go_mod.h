// The requirements of a go.mod file. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::sbom {

struct GoModRequirement {
  std::string path, version;  // after replacement
  bool indirect = false;
  bool replaced = false;
  std::string replaces;            // "path@version" as written
  std::string replaced_by_folder;  // then path and version are those as written
};

struct GoModFile {
  std::string module;
  std::vector<GoModRequirement> requirements;
};

/// Lines that are no go.mod directives are skipped.
GoModFile ParseGoMod(std::string_view text);

}  // namespace weir::sbom
