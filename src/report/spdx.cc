// SPDX 2.3 JSON. Source: spdx.github.io/spdx-spec/v2.3.
#include <map>
#include <set>

#include "base/strings.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/json_writer.h"
#include "report/license.h"
#include "report/text.h"

namespace weir::report {
namespace {

constexpr std::string_view kRootId = "SPDXRef-Asset";

std::string PackageRef(std::string_view id) { return "SPDXRef-Package-" + std::string(id); }

/// One valid expression for all licences of a package; those without an identifier go to EXTRACTED.
std::string Expression(const std::vector<std::string>& licenses,
                       std::map<std::string, std::string>& extracted) {
  std::vector<std::string> parts;
  for (const std::string& license : licenses) {
    if (Trim(license).empty()) continue;
    if (IsSpdxExpression(license)) {
      parts.push_back(licenses.size() > 1 && license.find(' ') != std::string::npos ? "(" + license + ")"
                                                                                    : license);
    } else {
      std::string ref = LicenseRef(license);
      extracted.emplace(ref, license);
      parts.push_back(ref);
    }
  }
  return parts.empty() ? "NOASSERTION" : Join(parts, " AND ");
}

std::string ChecksumName(std::string_view algorithm) {
  if (algorithm == "sha1") return "SHA1";
  if (algorithm == "sha256") return "SHA256";
  if (algorithm == "sha512") return "SHA512";
  return algorithm == "md5" ? "MD5" : "";
}

/// Well-formed enough for the format: thirteen parts of plain or quoted characters.
bool IsCpe23(std::string_view text) {
  if (!text.starts_with("cpe:2.3:")) return false;
  std::size_t colons = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\') {
      if (++i == text.size() || text[i] <= ' ' || text[i] == 0x7f) return false;
    } else if (c == ':') {
      ++colons;
      if (i + 1 == text.size() || text[i + 1] == ':') return false;
    } else if (!IsAlpha(c) && !IsDigit(c) && std::string_view("-._*?").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return colons == 12;
}

void WriteReference(JsonWriter& json, std::string_view category, std::string_view type,
                    std::string_view locator) {
  json.BeginObject()
      .Field("referenceCategory", category)
      .Field("referenceType", type)
      .Field("referenceLocator", locator)
      .EndObject();
}

void WritePackage(JsonWriter& json, const model::Package& p, std::map<std::string, std::string>& extracted) {
  std::string vendor = OneLine(p.vendor);
  json.BeginObject()
      .Field("SPDXID", PackageRef(p.id))
      .Field("name", p.name)
      .OptionalField("versionInfo", p.version);
  json.Field("supplier", Trim(vendor).empty() ? "NOASSERTION" : "Organization: " + std::string(Trim(vendor)));
  json.Field("downloadLocation", "NOASSERTION").Field("filesAnalyzed", false);
  if (!p.locations.empty()) json.Field("sourceInfo", "found in " + p.locations.front().path);
  json.Field("licenseConcluded", "NOASSERTION").Field("licenseDeclared", Expression(p.licenses, extracted));
  json.Field("copyrightText", "NOASSERTION");
  if (std::vector<model::Digest> digests = ValidDigests(p); !digests.empty()) {
    json.Key("checksums").BeginArray();
    for (const model::Digest& digest : digests)
      json.BeginObject()
          .Field("algorithm", ChecksumName(digest.algorithm))
          .Field("checksumValue", digest.hex)
          .EndObject();
    json.EndArray();
  }
  json.Key("externalRefs").BeginArray();
  if (!p.purl.empty()) WriteReference(json, "PACKAGE-MANAGER", "purl", p.purl);
  for (const std::string& cpe : p.cpes)
    if (IsCpe23(cpe)) WriteReference(json, "SECURITY", "cpe23Type", cpe);
  json.EndArray();
  if (!p.locations.empty() && !p.locations.front().layer.empty())
    json.Field("comment", "layer " + p.locations.front().layer);
  json.EndObject();
}

void WriteRelationship(JsonWriter& json, std::string_view from, std::string_view kind, std::string_view to) {
  json.BeginObject()
      .Field("spdxElementId", from)
      .Field("relationshipType", kind)
      .Field("relatedSpdxElement", to)
      .EndObject();
}

void WriteRelationships(JsonWriter& json, const model::Sbom& sbom,
                        const std::vector<const model::Package*>& listed) {
  json.Key("relationships").BeginArray();
  WriteRelationship(json, "SPDXRef-DOCUMENT", "DESCRIBES", kRootId);
  std::set<std::string_view> known;
  for (const model::Package* package : listed) {
    WriteRelationship(json, kRootId, "CONTAINS", PackageRef(package->id));
    known.insert(package->id);
  }
  for (const model::Relation& relation : sbom.relations) {
    if (!known.contains(relation.from) || !known.contains(relation.to)) continue;
    std::string from = PackageRef(relation.from), to = PackageRef(relation.to);
    switch (relation.kind) {
      case model::RelationKind::kContains:
        WriteRelationship(json, from, "CONTAINS", to);
        break;
      case model::RelationKind::kDependsOn:
        WriteRelationship(json, from, "DEPENDS_ON", to);
        break;
      case model::RelationKind::kOwns:
        WriteRelationship(json, from, "OTHER", to);
        break;
    }
  }
  json.EndArray();
}

std::string_view Purpose(model::AssetKind kind) {
  switch (kind) {
    case model::AssetKind::kImage:
    case model::AssetKind::kContainer:
      return "CONTAINER";
    case model::AssetKind::kHost:
      return "DEVICE";
    case model::AssetKind::kDirectory:
      return "FILE";
    default:
      return "APPLICATION";
  }
}

}  // namespace

std::string RenderSpdx(const model::ScanResult& result, const ReportOptions& options) {
  const model::Asset& asset = result.sbom.asset;
  std::vector<const model::Package*> listed = ListedPackages(result, options);
  std::string name = asset.name.empty() ? asset.id : asset.name;
  JsonWriter json;
  json.BeginObject()
      .Field("spdxVersion", "SPDX-2.3")
      .Field("dataLicense", "CC0-1.0")
      .Field("SPDXID", "SPDXRef-DOCUMENT");
  json.Field("name", name.empty() ? "asset" : name);
  json.Field("documentNamespace", "https://spdx.org/spdxdocs/weir-" + DocumentUuid(result));
  json.Key("creationInfo").BeginObject().Field("created", Timestamp(result));
  json.Key("creators")
      .BeginArray()
      .Value("Tool: weir-" + (result.tool_version.empty() ? "0" : result.tool_version))
      .EndArray();
  json.EndObject();
  json.Key("packages").BeginArray();
  json.BeginObject().Field("SPDXID", kRootId).Field("name", name.empty() ? "asset" : name);
  if (asset.id.starts_with("sha256:")) json.Field("versionInfo", asset.id);
  json.Field("downloadLocation", "NOASSERTION").Field("filesAnalyzed", false);
  json.Field("licenseConcluded", "NOASSERTION")
      .Field("licenseDeclared", "NOASSERTION")
      .Field("copyrightText", "NOASSERTION");
  json.Field("supplier", "NOASSERTION").Field("primaryPackagePurpose", Purpose(asset.kind)).EndObject();
  std::map<std::string, std::string> extracted;
  for (const model::Package* package : listed) WritePackage(json, *package, extracted);
  json.EndArray();
  if (!extracted.empty()) {
    json.Key("hasExtractedLicensingInfos").BeginArray();
    for (const auto& [ref, text] : extracted)
      json.BeginObject()
          .Field("licenseId", ref)
          .Field("extractedText", text)
          .Field("name", Cut(OneLine(text), 100))
          .EndObject();
    json.EndArray();
  }
  WriteRelationships(json, result.sbom, listed);
  return json.EndObject().Take();
}

}  // namespace weir::report
