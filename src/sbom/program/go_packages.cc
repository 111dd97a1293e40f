#include "sbom/program/go_packages.h"

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kFoundBy = "go-binary";
constexpr std::size_t kMaxSettingBytes = 1'024;

/// A replacement by a folder has no version; what it replaced is the best that is known.
bool ReplacedByFolder(const GoModule& module) {
  return module.replace_path.starts_with('.') || module.replace_path.starts_with('/') ||
         (!module.replace_path.empty() &&
          (module.replace_version.empty() || module.replace_version == "(devel)"));
}

model::Package ModulePackage(const GoModule& module, const model::Location& location) {
  model::Package package;
  package.type = model::PackageType::kGolang;
  package.name = module.path;
  package.version = module.version == "(devel)" ? std::string() : module.version;
  package.found_by = kFoundBy;
  package.locations.push_back(location);
  std::string_view sum = module.sum;
  if (!module.replace_path.empty()) {
    if (ReplacedByFolder(module)) {
      package.properties.emplace_back("go:replaced-by", ToValidUtf8(module.replace_path));
    } else {
      package.properties.emplace_back("go:replaces", ToValidUtf8(module.path + "@" + module.version));
      package.name = module.replace_path;
      package.version = module.replace_version;
      sum = module.replace_sum;
    }
  }
  if (!sum.empty()) package.properties.emplace_back("go:sum", sum);
  return package;
}

}  // namespace

void EmitGoPackages(const GoBuildInfo& info, std::shared_ptr<const model::GoSymbols> symbols,
                    const model::Location& location, Emitter& out) {
  std::string main_id;
  if (!info.main.path.empty()) {
    model::Package main = ModulePackage(info.main, location);
    if (info.main.replace_path.empty()) main.version = MainModuleVersion(info);
    main.go_symbols = symbols;
    main.properties.emplace_back("go:main-package", ToValidUtf8(info.main_package));
    main.properties.emplace_back("go:toolchain", ToValidUtf8(info.go_version));
    for (const auto& [key, value] : info.settings)
      main.properties.emplace_back("go:build:" + ToValidUtf8(key),
                                   ToValidUtf8(value.substr(0, kMaxSettingBytes)));
    main_id = out.Add(std::move(main));
  }
  auto add = [&](model::Package package) {
    package.go_symbols = symbols;
    std::string id = out.Add(std::move(package));
    if (main_id.empty()) return;
    out.Relate(main_id, id, model::RelationKind::kContains);
  };
  for (const GoModule& dependency : info.dependencies)
    if (!dependency.path.empty()) add(ModulePackage(dependency, location));
  if (std::string version = GoToolchainVersion(info.go_version); !version.empty()) {
    GoModule standard_library;
    standard_library.path = "stdlib";
    standard_library.version = version;
    add(ModulePackage(standard_library, location));
  }
}

}  // namespace weir::sbom
