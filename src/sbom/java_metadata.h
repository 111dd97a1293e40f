// The small texts from which a Java archive is identified: manifest, properties
// and the archive's own file name. Threading: pure functions.
// Source: JAR File Specification (manifest), java.util.Properties (load).
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace weir::sbom {

using TextMap = std::map<std::string, std::string, std::less<>>;

/// The main section of a MANIFEST.MF, continuation lines joined. At most 1000 attributes.
TextMap ParseManifest(std::string_view text);
/// A .properties file; unicode escapes are kept as they are. At most 1000 keys.
TextMap ParseProperties(std::string_view text);
/// The value of KEY, or empty.
std::string_view Get(const TextMap& map, std::string_view key);

/// "log4j-1.2-api-2.14.1.jar" is {"log4j-1.2-api", "2.14.1", ""}.
struct ArchiveName {
  std::string stem;      // without folder and suffix
  std::string artifact;  // the stem where there is no version
  std::string version;   // empty where the name has none
};
ArchiveName ParseArchiveName(std::string_view path);

/// Could TEXT be a Maven artifact or group id or version: no blanks, no "${", at most 200 bytes?
bool IsMavenToken(std::string_view text);

}  // namespace weir::sbom
