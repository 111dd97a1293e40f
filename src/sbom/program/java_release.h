// The file "release" at the top of a Java installation: KEY="VALUE" lines.
// Source: OpenJDK's make/ReleaseFile.gmk names the keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

struct JavaRelease {
  std::string package;  // "openjdk", "oracle-java", "graalvm"
  std::string version;  // "17.0.9", "1.8.0_302"
  std::string vendor;   // IMPLEMENTOR
  std::string runtime_version;
  std::vector<std::string> cpes;
};

/// kNotFound where TEXT is some other "release" file.
Result<JavaRelease> ParseJavaRelease(std::string_view text);

}  // namespace weir::sbom
