#include "sbom/dotnet/project_xml.h"

#include <algorithm>
#include <pugixml.hpp>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxReferences = 50'000;

/// "1.2.3" from "1.2.3" or "[1.2.3]"; empty for anything open.
std::string PlainVersion(std::string_view text) {
  text = Trim(text);
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  bool plain = !text.empty() && IsDigit(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || IsAlpha(c) || c == '.' || c == '-' || c == '+';
  });
  return plain ? std::string(text) : std::string();
}

void Add(std::string_view name, std::string_view version, bool development,
         std::vector<NugetReference>& out) {
  std::string plain = PlainVersion(version);
  if (name.empty() || plain.empty() || out.size() >= kMaxReferences) return;
  out.push_back({ToValidUtf8(Trim(name)), std::move(plain), development});
}

}  // namespace

Result<std::vector<NugetReference>> ParseProjectXml(std::string_view text) {
  pugi::xml_document document;
  pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default);
  if (!parsed) return Err(Code::kMalformed, std::string("not XML: ") + parsed.description());
  std::vector<NugetReference> out;
  pugi::xml_node root = document.document_element();
  for (pugi::xml_node package : root.children("package"))
    Add(package.attribute("id").value(), package.attribute("version").value(),
        package.attribute("developmentDependency").as_bool(), out);
  for (pugi::xml_node group : root.children("ItemGroup")) {
    for (pugi::xml_node item : group.children()) {
      std::string_view kind = item.name();
      if (kind != "PackageReference" && kind != "PackageVersion" && kind != "GlobalPackageReference")
        continue;
      std::string_view name = item.attribute("Include").value();
      if (name.empty()) name = item.attribute("Update").value();
      std::string_view version = item.attribute("Version").value();
      if (version.empty()) version = item.child("Version").text().get();
      std::string_view assets = item.attribute("PrivateAssets").value();
      if (assets.empty()) assets = item.child("PrivateAssets").text().get();
      Add(name, version, EqualsIgnoreCase(assets, "all"), out);
    }
  }
  return out;
}

}  // namespace weir::sbom
