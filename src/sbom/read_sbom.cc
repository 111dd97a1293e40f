// SBOM documents as targets: CycloneDX 1.4-1.6 JSON, SPDX 2.2-2.3 JSON, our own.
// What a document says is taken as written; components that cannot be identified
// are problems, so that a half-understood document never looks clean.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_map>

#include "base/hash.h"
#include "base/json_guard.h"
#include "base/strings.h"
#include "model/purl.h"
#include "sbom/sbom.h"

namespace weir::sbom {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

const Json& List(const Json& object, const char* key) {
  static const Json kEmpty = Json::array();
  if (!object.is_object()) return kEmpty;
  auto at = object.find(key);
  return at != object.end() && at->is_array() ? *at : kEmpty;
}

const Json& Child(const Json& object, const char* key) {
  static const Json kNone = Json::object();
  if (!object.is_object()) return kNone;
  auto at = object.find(key);
  return at != object.end() && at->is_object() ? *at : kNone;
}

/// What the readers of the formats fill.
struct Document {
  model::Sbom sbom;
  target::ProblemLog problems;
  std::unordered_map<std::string, std::string> id_of_ref;  // reference in the document -> package id

  void Add(model::Package package, const std::string& ref) {
    if (package.locations.empty()) package.locations.push_back({sbom.asset.name, ""});
    package.id = model::ComputePackageId(package);
    if (!ref.empty()) id_of_ref.emplace(ref, package.id);
    if (sbom.distro.empty() && model::IsOsPackage(package.type))
      sbom.distro = model::DistroFromPurl(package.purl);
    sbom.packages.push_back(std::move(package));
  }
  void Relate(const std::string& from, const std::string& to, model::RelationKind kind) {
    auto a = id_of_ref.find(from), b = id_of_ref.find(to);
    if (a != id_of_ref.end() && b != id_of_ref.end() && a->second != b->second)
      sbom.relations.push_back({a->second, b->second, kind});
  }
};

/// A package from its purl, or a program from its CPE; an error names what is missing.
Result<model::Package> Identify(const std::string& purl, const std::string& cpe, const std::string& name,
                                const std::string& version) {
  model::Package package;
  if (!purl.empty()) {
    WEIR_ASSIGN(package, model::PackageFromPurl(purl));
  } else if (!cpe.empty()) {
    package.type = model::PackageType::kBinary;
    package.name = name;
  } else {
    return Err(Code::kUnsupported, "no purl and no CPE: cannot be matched");
  }
  if (package.version.empty()) package.version = version;
  if (package.type == model::PackageType::kPypi)
    package.name = ReplaceAll(ReplaceAll(ToLower(package.name), "_", "-"), ".", "-");
  if (!cpe.empty() && package.type == model::PackageType::kBinary) package.cpes.push_back(cpe);
  return package;
}

// --- CycloneDX

std::string Property(const Json& component, std::string_view name) {
  for (const Json& property : List(component, "properties"))
    if (Text(property, "name") == name) return Text(property, "value");
  return "";
}

void ReadCdxLicenses(const Json& component, model::Package& package) {
  for (const Json& row : List(component, "licenses")) {
    std::string text = Text(row, "expression");
    const Json& license = Child(row, "license");
    if (text.empty()) text = Text(license, "id");
    if (text.empty()) text = Text(license, "name");
    if (!text.empty()) package.licenses.push_back(std::move(text));
  }
}

void ReadCdxLocations(const Json& component, model::Package& package) {
  for (const Json& row : List(Child(component, "evidence"), "occurrences"))
    if (std::string path = Text(row, "location"); !path.empty())
      package.locations.push_back({path, Text(row, "additionalContext")});
  // syft and trivy keep paths in properties of their own.
  std::string path = Property(component, "syft:location:0:path");
  if (path.empty()) path = Property(component, "aquasecurity:trivy:FilePath");
  while (path.starts_with('/')) path.erase(0, 1);
  if (package.locations.empty() && !path.empty())
    package.locations.push_back({path, Property(component, "syft:location:0:layerID")});
}

void ReadCdxComponent(const Json& component, Document& document, int depth) {
  std::string type = Text(component, "type"), name = Text(component, "name"),
              version = Text(component, "version");
  if (type == "operating-system" && Text(component, "purl").empty()) {
    document.sbom.distro.id = ToLower(name);
    document.sbom.distro.version_id = version;
    document.sbom.distro.pretty_name = Text(component, "description");
  } else if (type != "file" || !Text(component, "purl").empty()) {
    Result<model::Package> package = Identify(Text(component, "purl"), Text(component, "cpe"), name, version);
    if (!package) {
      document.problems.Add(package.error().code, name + " " + version, package.error().message);
    } else {
      package->found_by = "cyclonedx";
      package->vendor = Text(Child(component, "supplier"), "name");
      ReadCdxLicenses(component, *package);
      ReadCdxLocations(component, *package);
      for (const Json& row : List(component, "hashes"))
        package->digests.push_back({ReplaceAll(ToLower(Text(row, "alg")), "-", ""), Text(row, "content")});
      if (Property(component, "weir:scope") == "declared") package->scope = model::Scope::kDeclared;
      std::string source = Property(component, "aquasecurity:trivy:SrcName");
      if (!source.empty()) package->source_name = source;
      document.Add(std::move(*package), Text(component, "bom-ref"));
    }
  }
  constexpr int kMaxDepth = 16;
  if (depth >= kMaxDepth && !List(component, "components").empty()) {
    document.problems.Add(Code::kLimitExceeded, name + " " + version,
                          "components nested too deep were not read");
    return;
  }
  for (const Json& child : List(component, "components")) ReadCdxComponent(child, document, depth + 1);
}

void ReadCycloneDx(const Json& json, Document& document) {
  const Json& root = Child(Child(json, "metadata"), "component");
  if (std::string name = Text(root, "name"); !name.empty())
    document.sbom.asset.labels.emplace_back("name", name);
  document.sbom.asset.id = Text(json, "serialNumber");
  // What the writer could not read, if it was us: our answer about its document is as incomplete.
  for (const Json& property : List(Child(json, "metadata"), "properties"))
    if (Text(property, "name") == "weir:problem")
      document.problems.Add(Code::kMalformed, "", Text(property, "value"));
  for (const Json& component : List(json, "components")) ReadCdxComponent(component, document, 0);
  for (const Json& row : List(json, "dependencies"))
    for (const Json& to : List(row, "dependsOn"))
      if (to.is_string())
        document.Relate(Text(row, "ref"), to.get<std::string>(), model::RelationKind::kDependsOn);
}

// --- SPDX

void ReadSpdxPackage(const Json& row, Document& document) {
  std::string name = Text(row, "name"), version = Text(row, "versionInfo"), purl, cpe;
  for (const Json& reference : List(row, "externalRefs")) {
    std::string type = Text(reference, "referenceType");
    if (type == "purl" && purl.empty()) purl = Text(reference, "referenceLocator");
    if (type == "cpe23Type" && cpe.empty()) cpe = Text(reference, "referenceLocator");
  }
  std::string purpose = Text(row, "primaryPackagePurpose");
  if (purpose == "OPERATING-SYSTEM" || purpose == "OPERATING_SYSTEM") {
    document.sbom.distro.id = ToLower(name);
    document.sbom.distro.version_id = version;
    return;
  }
  bool root = purpose == "CONTAINER" || purpose == "DEVICE" || purpose == "FILE" || purpose == "SOURCE" ||
              purpose == "APPLICATION";
  Result<model::Package> package = Identify(purl, cpe, name, version);
  if (!package) {
    if (!root) document.problems.Add(package.error().code, name + " " + version, package.error().message);
    return;
  }
  if (package->type == model::PackageType::kBinary && package->cpes.empty() && root)
    return;  // the described asset itself
  package->found_by = "spdx";
  for (const char* key : {"licenseConcluded", "licenseDeclared"}) {
    std::string license = Text(row, key);
    if (license.empty() || license == "NOASSERTION" || license == "NONE") continue;
    package->licenses.push_back(license);
    break;
  }
  std::string where = Text(row, "sourceInfo");
  if (where.starts_with("found in ")) package->locations.push_back({where.substr(9), ""});
  for (const Json& sum : List(row, "checksums"))
    package->digests.push_back({ToLower(Text(sum, "algorithm")), Text(sum, "checksumValue")});
  document.Add(std::move(*package), Text(row, "SPDXID"));
}

void ReadSpdx(const Json& json, Document& document) {
  document.sbom.asset.id = Text(json, "documentNamespace");
  if (std::string name = Text(json, "name"); !name.empty())
    document.sbom.asset.labels.emplace_back("name", name);
  for (const Json& row : List(json, "packages")) ReadSpdxPackage(row, document);
  for (const Json& row : List(json, "relationships")) {
    std::string kind = Text(row, "relationshipType"), from = Text(row, "spdxElementId"),
                to = Text(row, "relatedSpdxElement");
    if (kind == "DEPENDS_ON") document.Relate(from, to, model::RelationKind::kDependsOn);
    if (kind == "DEPENDENCY_OF") document.Relate(to, from, model::RelationKind::kDependsOn);
    if (kind == "CONTAINS") document.Relate(from, to, model::RelationKind::kContains);
  }
}

// --- our own

void ReadOwn(const Json& json, Document& document) {
  const Json& asset = Child(json, "asset");
  document.sbom.asset.id = Text(asset, "id");
  document.sbom.asset.labels.emplace_back("name", Text(asset, "name"));
  const Json& distro = Child(json, "distro");
  document.sbom.distro.id = Text(distro, "id");
  document.sbom.distro.version_id = Text(distro, "version_id");
  document.sbom.distro.codename = Text(distro, "codename");
  document.sbom.distro.pretty_name = Text(distro, "name");
  for (const Json& like : List(distro, "id_like"))
    if (like.is_string()) document.sbom.distro.id_like.push_back(like.get<std::string>());
  for (const Json& row : List(json, "packages")) {
    model::Package p;
    p.type = model::ParsePackageType(Text(row, "type"));
    p.name = Text(row, "name");
    p.version = Text(row, "version");
    if (p.type == model::PackageType::kUnknown || p.name.empty()) {
      document.problems.Add(Code::kUnsupported, p.name, "package of unknown type");
      continue;
    }
    p.arch = Text(row, "arch");
    p.purl = Text(row, "purl");
    p.source_name = Text(row, "source_name");
    p.source_version = Text(row, "source_version");
    p.module_known = row.contains("module");
    p.module = Text(row, "module");
    p.vendor = Text(row, "vendor");
    p.origin = Text(row, "origin");
    p.found_by = Text(row, "found_by");
    p.owned_by = Text(row, "owned_by");
    if (Text(row, "scope") == "declared") p.scope = model::Scope::kDeclared;
    p.development = row.value("development", Json(false)) == Json(true);
    for (const Json& license : List(row, "licenses"))
      if (license.is_string()) p.licenses.push_back(license.get<std::string>());
    for (const Json& cpe : List(row, "cpes"))
      if (cpe.is_string()) p.cpes.push_back(cpe.get<std::string>());
    for (const Json& at : List(row, "locations"))
      p.locations.push_back({Text(at, "path"), Text(at, "layer")});
    for (const auto& [algorithm, hex] : Child(row, "digests").items())
      if (hex.is_string()) p.digests.push_back({algorithm, hex.get<std::string>()});
    for (const Json& property : List(row, "properties"))
      p.properties.emplace_back(Text(property, "name"), Text(property, "value"));
    document.Add(std::move(p), Text(row, "id"));
  }
  for (const Json& row : List(json, "relations")) {
    std::string kind = Text(row, "kind");
    document.Relate(Text(row, "from"), Text(row, "to"),
                    kind == "owns"         ? model::RelationKind::kOwns
                    : kind == "depends-on" ? model::RelationKind::kDependsOn
                                           : model::RelationKind::kContains);
  }
  for (const Json& row : List(json, "problems"))
    document.problems.Add(Code::kMalformed, Text(row, "path"), Text(row, "message"));
}

void Sort(model::Sbom& sbom) {
  auto key = [](const model::Package& p) {
    return std::tie(p.type, p.name, p.version, p.arch, p.locations.front(), p.id);
  };
  std::sort(sbom.packages.begin(), sbom.packages.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  sbom.packages.erase(std::unique(sbom.packages.begin(), sbom.packages.end(),
                                  [](const auto& a, const auto& b) { return a.id == b.id; }),
                      sbom.packages.end());
  std::sort(sbom.relations.begin(), sbom.relations.end());
  sbom.relations.erase(std::unique(sbom.relations.begin(), sbom.relations.end()), sbom.relations.end());
}

}  // namespace

Result<model::Sbom> ReadSbom(std::string_view text, std::string_view name) {
  auto malformed = [&](std::string_view why) {
    return Err(Code::kMalformed, std::string(name) + ": " + std::string(why));
  };
  if (Result<void> depth = CheckJsonDepth(text); !depth) return Err(depth.error().Context(name));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return malformed("not a JSON object");
  Document document;
  document.sbom.asset.kind = model::AssetKind::kSbom;
  document.sbom.asset.name = std::string(name);
  if (Text(json, "bomFormat") == "CycloneDX") {
    ReadCycloneDx(json, document);
  } else if (std::string version = Text(json, "spdxVersion"); version.starts_with("SPDX-2.")) {
    ReadSpdx(json, document);
  } else if (Text(json, "schema").starts_with("weir-scan/")) {
    ReadOwn(json, document);
  } else {
    return malformed("neither CycloneDX JSON, SPDX 2 JSON nor weir JSON");
  }
  if (document.sbom.asset.id.empty())
    document.sbom.asset.id = "sha256:" + DigestHex(DigestKind::kSha256, AsBytes(text));
  for (model::Package& package : document.sbom.packages)
    if (package.purl.empty()) package.purl = model::BuildPurl(package, document.sbom.distro);
  Sort(document.sbom);
  document.sbom.problems = document.problems.Take();
  return std::move(document.sbom);
}

}  // namespace weir::sbom
