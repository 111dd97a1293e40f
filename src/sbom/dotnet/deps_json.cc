#include "sbom/dotnet/deps_json.h"

#include <simdjson.h>

#include <map>

#include "base/strings.h"

namespace weir::sbom {
namespace {

namespace dom = simdjson::dom;
constexpr std::size_t kMaxLibraries = 50'000, kMaxFiles = 500'000, kMaxDependencies = 5'000;

std::string Text(const dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

bool Object(const dom::object& parent, std::string_view key, dom::object& out) {
  // Keys with slashes and dots are plain keys here, not pointers.
  return parent.at_key(key).get(out) == simdjson::SUCCESS;
}

/// The framework that the program runs on, else the first.
bool ChosenTarget(const dom::object& document, dom::object& chosen) {
  dom::object targets, runtime;
  if (!Object(document, "targets", targets)) return false;
  std::string name;
  std::string_view plain;
  if (Object(document, "runtimeTarget", runtime)) name = Text(runtime, "name");
  if (document["runtimeTarget"].get(plain) == simdjson::SUCCESS) name = plain;
  if (!name.empty() && Object(targets, name, chosen)) return true;
  for (auto field : targets) return field.value.get(chosen) == simdjson::SUCCESS;
  return false;
}

void AddFiles(const dom::object& library, DotnetLibrary& out, std::size_t& total) {
  for (std::string_view kind : {"runtime", "native", "runtimeTargets"}) {
    dom::object assets;
    if (!Object(library, kind, assets)) continue;
    for (auto asset : assets) {
      std::string_view path = asset.key;
      std::string_view name = path.substr(path.find_last_of("/\\") + 1);
      // "_._" stands for "nothing, on purpose".
      if (name.empty() || name == "_._" || ++total > kMaxFiles) continue;
      out.has_assets = true;
      out.files.push_back(ToLower(name));
    }
  }
}

void AddDependencies(const dom::object& library, DotnetLibrary& out) {
  dom::object dependencies;
  if (!Object(library, "dependencies", dependencies)) return;
  for (auto field : dependencies) {
    std::string_view version;
    if (field.value.get(version) != simdjson::SUCCESS || out.dependencies.size() >= kMaxDependencies)
      continue;
    out.dependencies.emplace_back(std::string(field.key), std::string(version));
  }
}

Error NotJson(std::string_view what) {
  return {Code::kMalformed, std::string(what) + ": not the JSON it should be"};
}

}  // namespace

Result<std::vector<DotnetLibrary>> ParseDepsJson(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  dom::parser parser;
  dom::object document, target, libraries;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS)
    return Err(NotJson("deps.json"));
  if (!ChosenTarget(document, target)) return Err(NotJson("deps.json"));
  bool has_libraries = Object(document, "libraries", libraries);
  std::vector<DotnetLibrary> out;
  std::size_t files = 0;
  for (auto field : target) {
    dom::object entry, facts;
    std::size_t slash = field.key.rfind('/');
    if (slash == std::string_view::npos || field.value.get(entry) != simdjson::SUCCESS) continue;
    if (out.size() == kMaxLibraries) return Err(Code::kLimitExceeded, "deps.json: too many libraries");
    DotnetLibrary library;
    library.name = field.key.substr(0, slash);
    library.version = field.key.substr(slash + 1);
    if (has_libraries && Object(libraries, field.key, facts)) {
      library.type = Text(facts, "type");
      library.sha512 = Text(facts, "sha512");
    }
    AddFiles(entry, library, files);
    AddDependencies(entry, library);
    out.push_back(std::move(library));
  }
  return out;
}

Result<std::vector<DotnetLibrary>> ParseNugetLock(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  dom::parser parser;
  dom::object document, frameworks;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS ||
      !Object(document, "dependencies", frameworks))
    return Err(NotJson("packages.lock.json"));
  std::map<std::pair<std::string, std::string>, DotnetLibrary> found;
  for (auto framework : frameworks) {
    dom::object packages;
    if (framework.value.get(packages) != simdjson::SUCCESS) continue;
    for (auto field : packages) {
      dom::object entry;
      if (field.value.get(entry) != simdjson::SUCCESS) continue;
      DotnetLibrary library;
      library.name = field.key;
      library.version = Text(entry, "resolved");
      library.type = Text(entry, "type");
      library.sha512 = Text(entry, "contentHash");
      if (library.version.empty() || EqualsIgnoreCase(library.type, "project")) continue;
      AddDependencies(entry, library);
      // What a package asks for is a range; what it got is the locked version of that name.
      for (auto& [name, version] : library.dependencies) {
        dom::object other;
        version = Object(packages, name, other) ? Text(other, "resolved") : std::string();
      }
      if (found.size() >= kMaxLibraries)
        return Err(Code::kLimitExceeded, "packages.lock.json: too many packages");
      std::pair<std::string, std::string> key(library.name, library.version);
      found.emplace(std::move(key), std::move(library));
    }
  }
  std::vector<DotnetLibrary> out;
  for (auto& [key, library] : found) out.push_back(std::move(library));
  return out;
}

}  // namespace weir::sbom
