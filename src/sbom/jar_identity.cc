#include "sbom/jar_identity.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "sbom/java_groups.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

/// "org.apache.foo;singleton:=true" without its directives.
std::string_view WithoutDirectives(std::string_view value) { return Trim(value.substr(0, value.find(';'))); }

/// Could TEXT be a group id: dotted, lower case first, at least two parts, and not just a whole foundation?
bool LooksLikeGroup(std::string_view text) {
  if (!IsMavenToken(text) || text.find('.') == std::string_view::npos) return false;
  if (text[0] < 'a' || text[0] > 'z' || text.ends_with('.')) return false;
  for (std::string_view too_wide : {"org.apache", "org.eclipse", "com.sun", "com.oracle", "www.apache.org"})
    if (text == too_wide) return false;
  // "1.2.3" and "file.txt"-like values are kept out by the first letter and by the known suffixes.
  return !text.ends_with(".jar") && !text.ends_with(".com") && !text.ends_with(".org");
}

/// A module's name ends in the artifact's: "org.apache.commons.lang3" of commons-lang3 is in
/// org.apache.commons.
std::string GroupFromModule(std::string_view module, std::string_view artifact) {
  std::size_t dot = module.rfind('.');
  if (dot == std::string_view::npos) return std::string(module);
  std::string_view last = module.substr(dot + 1), front = module.substr(0, dot);
  bool repeats = artifact == last || (artifact.ends_with(last) && artifact.size() > last.size() &&
                                      !IsAlpha(artifact[artifact.size() - last.size() - 1]));
  return std::string(repeats && front.find('.') != std::string_view::npos ? front : module);
}

std::string ManifestGroup(const TextMap& manifest, std::string_view artifact) {
  for (std::string_view key : {"Group-Id", "Implementation-Vendor-Id"})
    if (std::string_view value = Get(manifest, key); LooksLikeGroup(value)) return std::string(value);
  // Nebula's Gradle plug-in: "org.elasticsearch#server;7.10.2".
  if (std::string_view title = Get(manifest, "Implementation-Title");
      title.find('#') != std::string_view::npos)
    if (std::string_view group = title.substr(0, title.find('#')); LooksLikeGroup(group))
      return std::string(group);
  for (std::string_view key : {"Bundle-SymbolicName", "Extension-Name", "Automatic-Module-Name",
                               "Specification-Vendor", "Implementation-Vendor", "Implementation-Title"}) {
    std::string_view value = WithoutDirectives(Get(manifest, key));
    if (!LooksLikeGroup(value)) continue;
    std::string group = GroupFromModule(value, artifact);
    if (LooksLikeGroup(group)) return group;
  }
  return {};
}

std::string ManifestVersion(const TextMap& manifest) {
  for (std::string_view key :
       {"Implementation-Version", "Plugin-Version", "Specification-Version", "Bundle-Version"}) {
    std::string_view value = Get(manifest, key);
    // "1.4.10-release-411 (1.4.10)": the version is the first word.
    value = value.substr(0, value.find(' '));
    if (IsMavenToken(value) && value.find_first_of("0123456789") != std::string_view::npos)
      return std::string(value);
  }
  return {};
}

/// The artifact's name where the file's name has no version ("app.jar").
std::string ManifestArtifact(const TextMap& manifest) {
  for (std::string_view key : {"Short-Name", "Implementation-Title", "Bundle-Name", "Extension-Name"}) {
    std::string_view value = WithoutDirectives(Get(manifest, key));
    bool id_like = IsMavenToken(value) && value == ToLower(value) &&
                   value.find('#') == std::string_view::npos && value.find('-') != std::string_view::npos;
    if (id_like) return std::string(value);
  }
  return {};
}

/// How well POM's artifact fits the file: 3 name and version, 2 name, 1 the file's name begins with it, 0
/// not.
int FileNameFit(const JarCoordinates& pom, const ArchiveName& file) {
  if (pom.artifact == file.artifact || pom.artifact == file.stem) return pom.version == file.version ? 3 : 2;
  if (file.stem == pom.artifact + "-" + pom.version) return 3;
  if (!file.stem.starts_with(pom.artifact) || file.stem.size() == pom.artifact.size()) return 0;
  char next = file.stem[pom.artifact.size()];
  return next == '-' || next == '_' || next == '.' ? 1 : 0;
}

bool ManifestNames(const TextMap& manifest, std::string_view artifact) {
  for (std::string_view key : {"Implementation-Title", "Specification-Title", "Bundle-Name",
                               "Bundle-SymbolicName", "Short-Name", "Extension-Name"}) {
    std::string_view value = WithoutDirectives(Get(manifest, key));
    if (EqualsIgnoreCase(value, artifact) || value.ends_with("." + std::string(artifact))) return true;
  }
  return false;
}

/// Index of the pom that describes the archive itself.
std::optional<std::size_t> MainPom(const JarEvidence& evidence, const ArchiveName& file) {
  const std::vector<JarCoordinates>& poms = evidence.poms;
  int best = 0;
  std::optional<std::size_t> at;
  for (std::size_t i = 0; i < poms.size(); ++i) {
    int fit = FileNameFit(poms[i], file) * 2 + (poms[i].from_xml ? 0 : 1);
    if (fit < 2) continue;
    // Among equals the longer artifact: of "foo" and "foo-bar", "foo-bar-1.0.jar" is the latter.
    if (fit > best || (fit == best && poms[i].artifact.size() > poms[*at].artifact.size())) {
      best = fit;
      at = i;
    }
  }
  if (at) return at;
  // A renamed archive: the only pom counts if the file's name does not speak for another artifact,
  // or the manifest speaks for the pom.
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < poms.size(); ++i) {
    if (ManifestNames(evidence.manifest, poms[i].artifact)) return i;
    bool same = only && poms[*only].artifact == poms[i].artifact && poms[*only].group == poms[i].group;
    if (only && !same) return std::nullopt;
    if (!only) only = i;
  }
  return only && file.version.empty() ? only : std::nullopt;
}

void FillFromManifest(const TextMap& manifest, const ArchiveName& file, JarIdentity& out) {
  bool tomcat = Get(manifest, "Implementation-Title") == "Apache Tomcat";
  std::string manifest_version = ManifestVersion(manifest);
  out.main.artifact = file.artifact;
  out.main.version = file.version.empty() ? manifest_version : file.version;
  if (file.version.empty() && KnownGroup(file.artifact, manifest_version).empty())
    if (std::string named = ManifestArtifact(manifest); !named.empty()) out.main.artifact = named;
  if (std::string_view artifact = tomcat ? TomcatArtifact(file.artifact) : std::string_view();
      !artifact.empty()) {
    out.main.artifact = artifact;
    out.main.group = "org.apache.tomcat";
  } else if (std::string_view group = KnownGroup(out.main.artifact, out.main.version); !group.empty()) {
    out.main.group = group;
  } else {
    out.main.group = ManifestGroup(manifest, out.main.artifact);
  }
  bool from_manifest = (file.version.empty() && !manifest_version.empty()) || !out.main.group.empty();
  out.source = from_manifest && !manifest.empty() ? JarSource::kManifest : JarSource::kFileName;
  out.has_main = true;
}

void AddBundleLicenses(const TextMap& manifest, JarCoordinates& main) {
  if (!main.licenses.empty()) return;
  std::string_view rest = Get(manifest, "Bundle-License");
  // A list; directives follow a ';'. Quoted names may hold a comma ("Apache License, Version 2.0").
  if (std::string whole = NormalizeLicense(rest);
      whole.find_first_of(", ;\"") == std::string::npos && !whole.empty()) {
    main.licenses.push_back(std::move(whole));
    return;
  }
  for (std::string_view piece : Split(rest, ',')) {
    std::string_view value = WithoutDirectives(piece);
    while (value.starts_with('"')) value.remove_prefix(1);
    while (value.ends_with('"')) value.remove_suffix(1);
    std::string license = NormalizeLicense(value);
    bool seen = std::find(main.licenses.begin(), main.licenses.end(), license) != main.licenses.end();
    if (!license.empty() && !seen && main.licenses.size() < 16) main.licenses.push_back(std::move(license));
  }
}

}  // namespace

std::string_view JarSourceName(JarSource source) {
  switch (source) {
    case JarSource::kPomProperties:
      return "pom.properties";
    case JarSource::kPomXml:
      return "pom.xml";
    case JarSource::kManifest:
      return "manifest";
    case JarSource::kFileName:
      return "file-name";
  }
  return "file-name";
}

JarIdentity IdentifyJar(JarEvidence evidence) {
  JarIdentity out;
  // New Relic's instrumentation modules carry the names of what they instrument.
  if (evidence.manifest.contains("Weave-Classes")) return out;
  ArchiveName file = ParseArchiveName(evidence.file_name);
  if (std::optional<std::size_t> at = MainPom(evidence, file)) {
    out.main = evidence.poms[*at];
    out.source = out.main.from_xml ? JarSource::kPomXml : JarSource::kPomProperties;
    out.has_main = true;
  } else if (!file.artifact.empty()) {
    FillFromManifest(evidence.manifest, file, out);
  }
  if (out.has_main) AddBundleLicenses(evidence.manifest, out.main);
  for (JarCoordinates& pom : evidence.poms) {
    auto same = [&](const JarCoordinates& other) {
      return other.group == pom.group && other.artifact == pom.artifact && other.version == pom.version;
    };
    if (out.has_main && same(out.main)) {
      if (out.main.licenses.empty()) out.main.licenses = pom.licenses;
      continue;
    }
    auto seen = std::find_if(out.shaded.begin(), out.shaded.end(), same);
    if (seen == out.shaded.end()) {
      out.shaded.push_back(std::move(pom));
    } else if (seen->licenses.empty()) {
      seen->licenses = std::move(pom.licenses);
    }
  }
  return out;
}

}  // namespace weir::sbom
