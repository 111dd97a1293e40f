// Which Maven group an artifact belongs to, for archives that do not say.
//
// Advisories are keyed by "group:artifact", so a wrong group hides every known
// weakness of a library. The table holds what is common in production and is
// published without Maven metadata inside (built with Gradle, Ant or bnd).
// Threading: pure functions.
#pragma once

#include <string_view>

namespace weir::sbom {

/// The group of ARTIFACT, or empty. VERSION decides where a project moved ("groovy" 3 and 4).
std::string_view KnownGroup(std::string_view artifact, std::string_view version);

/// The published artifact name of a jar of an Apache Tomcat distribution
/// ("catalina" is tomcat-catalina), or empty.
std::string_view TomcatArtifact(std::string_view file_stem);

}  // namespace weir::sbom
