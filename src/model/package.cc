#include "model/package.h"

#include <array>
#include <cstdio>

#include "base/hash.h"

namespace weir::model {
namespace {

struct TypeRow {
  PackageType type;
  std::string_view name, language;
};

constexpr TypeRow kTypes[] = {
    {PackageType::kUnknown, "unknown", ""},
    {PackageType::kDeb, "deb", ""},
    {PackageType::kRpm, "rpm", ""},
    {PackageType::kApk, "apk", ""},
    {PackageType::kMaven, "maven", "java"},
    {PackageType::kNpm, "npm", "javascript"},
    {PackageType::kPypi, "pypi", "python"},
    {PackageType::kGolang, "golang", "go"},
    {PackageType::kCargo, "cargo", "rust"},
    {PackageType::kGem, "gem", "ruby"},
    {PackageType::kComposer, "composer", "php"},
    {PackageType::kNuget, "nuget", "dotnet"},
    {PackageType::kConda, "conda", ""},
    {PackageType::kBitnami, "bitnami", ""},
    {PackageType::kWordpress, "wordpress", "php"},
    {PackageType::kKernel, "kernel", ""},
    {PackageType::kKernelModule, "kernel-module", ""},
    {PackageType::kBinary, "binary", ""},
};

const TypeRow& Row(PackageType type) {
  for (const TypeRow& row : kTypes)
    if (row.type == type) return row;
  return kTypes[0];
}

}  // namespace

std::string_view PackageTypeName(PackageType type) { return Row(type).name; }
std::string_view PackageLanguage(PackageType type) { return Row(type).language; }

PackageType ParsePackageType(std::string_view name) {
  for (const TypeRow& row : kTypes)
    if (row.name == name) return row.type;
  return PackageType::kUnknown;
}

std::string ComputePackageId(const Package& package) {
  std::string text;
  for (std::string_view part : {PackageTypeName(package.type), std::string_view(package.name),
                                std::string_view(package.version), std::string_view(package.arch)}) {
    text += part;
    text += '\0';
  }
  if (!package.locations.empty()) {
    text += package.locations.front().path;
    text += '\0';
    text += package.locations.front().layer;
  }
  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(Hash64(text)));
  return hex.data();
}

std::string_view RelationName(RelationKind kind) {
  switch (kind) {
    case RelationKind::kContains:
      return "contains";
    case RelationKind::kDependsOn:
      return "depends-on";
    case RelationKind::kOwns:
      return "owns";
  }
  return "contains";
}

}  // namespace weir::model
