// Decides what a Java archive is, from what was read out of it.
//
// The order: the one plausible pom.properties, then pom.xml, then the manifest, then
// the file name. Any further pom is a library that was merged in ("shaded").
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sbom/java_metadata.h"

namespace weir::sbom {

struct JarCoordinates {
  std::string group, artifact, version;  // group may be empty; version may be empty for kFileName
  std::vector<std::string> licenses;
  bool from_xml = false;  // pom.xml instead of pom.properties
};

struct JarEvidence {
  std::string file_name;  // of the archive
  TextMap manifest;
  std::vector<JarCoordinates> poms;  // group, artifact, version complete
};

enum class JarSource : std::uint8_t { kPomProperties, kPomXml, kManifest, kFileName };
std::string_view JarSourceName(JarSource source);

struct JarIdentity {
  JarCoordinates main;
  JarSource source = JarSource::kFileName;
  std::vector<JarCoordinates> shaded;
  bool has_main = false;  // false: the archive is a mere container, or must not be reported
};

JarIdentity IdentifyJar(JarEvidence evidence);

}  // namespace weir::sbom
