#include "sbom/pom.h"

#include <pugixml.hpp>

#include "base/strings.h"
#include "sbom/java_metadata.h"
#include "sbom/license_names.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxDependencies = 20'000;
constexpr std::size_t kMaxProperties = 5000;
constexpr std::size_t kMaxValue = 1024;
constexpr int kMaxInterpolations = 16;

std::string_view Child(const pugi::xml_node& node, const char* name) { return Trim(node.child_value(name)); }

class Reader {
 public:
  explicit Reader(const pugi::xml_node& project) : project_(project) {}

  Pom Read() {
    ReadProperties();
    Pom pom;
    pom.artifact = Resolve(Child(project_, "artifactId"));
    pom.group = Resolve(Get(properties_, "project.groupId"));
    pom.version = Resolve(Get(properties_, "project.version"));
    for (pugi::xml_node license : project_.child("licenses").children("license")) {
      std::string_view name = Child(license, "name");
      if (name.empty()) name = Child(license, "url");
      if (!name.empty() && pom.licenses.size() < 16) pom.licenses.push_back(NormalizeLicense(name));
    }
    ReadManaged();
    ReadDependencies(project_.child("dependencies"), pom);
    for (pugi::xml_node profile : project_.child("profiles").children("profile"))
      ReadDependencies(profile.child("dependencies"), pom);
    return pom;
  }

 private:
  void ReadProperties() {
    pugi::xml_node parent = project_.child("parent");
    auto own_or_parent = [&](const char* name) {
      std::string_view own = Child(project_, name);
      return std::string(own.empty() ? Child(parent, name) : own);
    };
    for (pugi::xml_node property : project_.child("properties").children())
      if (properties_.size() < kMaxProperties)
        properties_.emplace(property.name(), Trim(property.child_value()));
    std::string group = own_or_parent("groupId"), version = own_or_parent("version");
    for (const char* prefix : {"project.", "pom.", ""}) {
      properties_.emplace(std::string(prefix) + "groupId", group);
      properties_.emplace(std::string(prefix) + "version", version);
      properties_.emplace(std::string(prefix) + "artifactId", Child(project_, "artifactId"));
      properties_.emplace(std::string(prefix) + "parent.version", Child(parent, "version"));
      properties_.emplace(std::string(prefix) + "parent.groupId", Child(parent, "groupId"));
    }
  }

  /// TEXT with every ${name} replaced; empty where one is unknown.
  std::string Resolve(std::string_view text) const {
    std::string out(text);
    for (int i = 0; i < kMaxInterpolations; ++i) {
      std::size_t begin = out.find("${");
      if (begin == std::string::npos) return out;
      std::size_t end = out.find('}', begin);
      if (end == std::string::npos) return {};
      auto at = properties_.find(std::string_view(out).substr(begin + 2, end - begin - 2));
      if (at == properties_.end() || out.size() + at->second.size() > kMaxValue) return {};
      out.replace(begin, end + 1 - begin, std::string(at->second));
    }
    return {};
  }

  void ReadManaged() {
    for (pugi::xml_node node :
         project_.child("dependencyManagement").child("dependencies").children("dependency")) {
      if (managed_.size() >= kMaxDependencies) return;
      std::string key = Resolve(Child(node, "groupId")) + ":" + Resolve(Child(node, "artifactId"));
      managed_.emplace(key, Child(node, "version"));
      if (std::string_view scope = Child(node, "scope"); !scope.empty()) managed_scopes_.emplace(key, scope);
    }
  }

  void ReadDependencies(const pugi::xml_node& list, Pom& pom) const {
    for (pugi::xml_node node : list.children("dependency")) {
      if (pom.dependencies.size() >= kMaxDependencies) return;
      PomDependency dependency;
      dependency.group = Resolve(Child(node, "groupId"));
      dependency.artifact = Resolve(Child(node, "artifactId"));
      if (!IsMavenToken(dependency.group) || !IsMavenToken(dependency.artifact)) continue;
      std::string key = dependency.group + ":" + dependency.artifact;
      dependency.raw_version = Child(node, "version");
      if (dependency.raw_version.empty()) dependency.raw_version = Get(managed_, key);
      dependency.version = Resolve(dependency.raw_version);
      dependency.scope = Child(node, "scope");
      if (dependency.scope.empty()) dependency.scope = Get(managed_scopes_, key);
      // "[1.2]" is exactly that version; "[1.2,2)" is a range and stays open.
      if (dependency.version.starts_with('[') && dependency.version.ends_with(']') &&
          dependency.version.find(',') == std::string::npos)
        dependency.version = dependency.version.substr(1, dependency.version.size() - 2);
      if (!IsMavenToken(dependency.version) || dependency.version.find_first_of("[(") != std::string::npos)
        dependency.version.clear();
      pom.dependencies.push_back(std::move(dependency));
    }
  }

  pugi::xml_node project_;
  TextMap properties_, managed_, managed_scopes_;
};

}  // namespace

Result<Pom> ParsePom(std::string_view text) {
  static constexpr std::size_t kMaxBytes = 8U << 20U;
  if (text.size() > kMaxBytes) return Err(Code::kLimitExceeded, "pom: larger than 8 MiB");
  pugi::xml_document document;
  pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default);
  if (!parsed) return Err(Code::kMalformed, std::string("pom: ") + parsed.description());
  pugi::xml_node project = document.child("project");
  if (!project) return Err(Code::kMalformed, "pom: no <project>");
  return Reader(project).Read();
}

}  // namespace weir::sbom
