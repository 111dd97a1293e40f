// Declared Java dependencies: pom.xml and Gradle's lockfiles.
#include <algorithm>

#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/java_metadata.h"
#include "sbom/pom.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kName = "maven-manifest";
constexpr std::uint64_t kMaxBytes = 8U << 20U;

model::Package Declared(std::string_view group, std::string_view artifact, std::string_view version,
                        const target::File& file) {
  model::Package package;
  package.type = model::PackageType::kMaven;
  package.name = std::string(group) + ":" + std::string(artifact);
  package.version = version;
  package.scope = model::Scope::kDeclared;
  package.locations.push_back(file.location());
  package.found_by = kName;
  return package;
}

class MavenManifestCataloger final : public Cataloger {
 public:
  std::string_view name() const override { return kName; }
  std::span<const Interest> interests() const override { return interests_; }
  // A pom.xml under META-INF/maven belongs to an unpacked archive, not to a project.
  bool Wants(const target::Entry& entry) const override {
    return entry.path.find("META-INF/maven/") == std::string_view::npos;
  }

  void Visit(target::File& file, Emitter& out) override {
    Result<std::string> text = file.content().ReadAll(kMaxBytes);
    if (!text) return out.Problem(text.error(), file.entry().path);
    if (file.entry().name == "pom.xml") {
      VisitPom(file, *text, out);
    } else {
      VisitGradle(file, *text, out);
    }
  }

 private:
  static void VisitPom(const target::File& file, std::string_view text, Emitter& out) {
    Result<Pom> pom = ParsePom(text);
    if (!pom) return out.Problem(pom.error(), file.entry().path);
    for (const PomDependency& dependency : pom->dependencies) {
      model::Package package = Declared(dependency.group, dependency.artifact, dependency.version, file);
      package.development = dependency.scope == "test";
      if (!dependency.scope.empty()) package.properties.emplace_back("maven:scope", dependency.scope);
      if (package.version.empty())
        package.properties.emplace_back("maven:version-unresolved",
                                        dependency.raw_version.empty() ? "managed by a parent or an import"
                                                                       : ToValidUtf8(dependency.raw_version));
      out.Add(std::move(package));
    }
  }

  // "group:artifact:version=configuration,configuration"; docs.gradle.org, "Locking versions".
  static void VisitGradle(const target::File& file, std::string_view text, Emitter& out) {
    std::uint64_t odd = 0;
    bool build = file.entry().name == "buildscript-gradle.lockfile";
    while (!text.empty()) {
      std::string_view line = Trim(NextLine(text));
      if (line.empty() || line[0] == '#' || line.starts_with("empty=")) continue;
      std::size_t equals = line.find('=');
      std::vector<std::string_view> parts = Split(line.substr(0, equals), ':');
      if (parts.size() != 3 || !std::all_of(parts.begin(), parts.end(), IsMavenToken)) {
        ++odd;
        continue;
      }
      model::Package package = Declared(parts[0], parts[1], parts[2], file);
      package.development = build || (equals != std::string_view::npos && OnlyTests(line.substr(equals + 1)));
      out.Add(std::move(package));
    }
    if (odd != 0)
      out.Problem(Code::kMalformed, file.entry().path,
                  "gradle.lockfile: " + std::to_string(odd) + " lines are not group:artifact:version");
  }

  static bool OnlyTests(std::string_view configurations) {
    std::vector<std::string_view> names = Split(configurations, ',');
    return std::all_of(names.begin(), names.end(), [](std::string_view name) {
      return ToLower(name).find("test") != std::string::npos || name.starts_with("checkstyle") ||
             name.starts_with("jacoco");
    });
  }

  std::vector<Interest> interests_{{Interest::Kind::kName, "pom.xml"},
                                   {Interest::Kind::kName, "gradle.lockfile"},
                                   {Interest::Kind::kName, "buildscript-gradle.lockfile"}};
};

}  // namespace

std::unique_ptr<Cataloger> MakeMavenManifestCataloger(const CatalogOptions&) {
  return std::make_unique<MavenManifestCataloger>();
}

}  // namespace weir::sbom
