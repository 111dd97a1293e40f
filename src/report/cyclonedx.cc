// CycloneDX 1.6 JSON. Source: cyclonedx.org/docs/1.6/json.
#include <algorithm>
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

constexpr std::string_view kRootRef = "asset", kDistroRef = "distro";

std::string_view ComponentType(model::AssetKind kind) {
  switch (kind) {
    case model::AssetKind::kImage:
    case model::AssetKind::kContainer:
      return "container";
    case model::AssetKind::kHost:
      return "device";
    case model::AssetKind::kDirectory:
      return "file";
    case model::AssetKind::kProcess:
    case model::AssetKind::kSbom:
      return "application";
  }
  return "application";
}

std::string_view ComponentType(model::PackageType type) {
  if (type == model::PackageType::kBinary || type == model::PackageType::kBitnami) return "application";
  if (type == model::PackageType::kKernel) return "operating-system";
  if (type == model::PackageType::kKernelModule) return "device-driver";
  return "library";
}

std::string HashName(std::string_view algorithm) {
  if (algorithm == "sha1") return "SHA-1";
  if (algorithm == "sha256") return "SHA-256";
  if (algorithm == "sha512") return "SHA-512";
  return algorithm == "md5" ? "MD5" : "";
}

void WriteProperty(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.BeginObject().Field("name", name).Field("value", value).EndObject();
}

void WriteLicenses(JsonWriter& json, const std::vector<std::string>& licenses) {
  if (std::all_of(licenses.begin(), licenses.end(), [](const auto& text) { return Trim(text).empty(); }))
    return;
  json.Key("licenses").BeginArray();
  // The schema takes one expression alone, or any number of single licences.
  if (licenses.size() == 1 && !IsSpdxLicenseId(licenses[0]) && IsSpdxExpression(licenses[0])) {
    json.BeginObject().Field("expression", licenses[0]).EndObject();
  } else {
    for (const std::string& license : licenses)
      if (!Trim(license).empty())
        json.BeginObject()
            .Key("license")
            .BeginObject()
            .Field(IsSpdxLicenseId(license) ? "id" : "name", license)
            .EndObject()
            .EndObject();
  }
  json.EndArray();
}

void WriteComponent(JsonWriter& json, const model::Package& p) {
  json.BeginObject().Field("type", ComponentType(p.type)).Field("bom-ref", p.id);
  if (!p.vendor.empty()) json.Key("supplier").BeginObject().Field("name", p.vendor).EndObject();
  std::size_t colon = p.type == model::PackageType::kMaven ? p.name.rfind(':') : std::string::npos;
  if (colon != std::string::npos) json.Field("group", p.name.substr(0, colon));
  json.Field("name", colon == std::string::npos ? p.name : p.name.substr(colon + 1))
      .Field("version", p.version);
  json.Field("scope", p.development ? "optional" : "required");
  if (std::vector<model::Digest> digests = ValidDigests(p); !digests.empty()) {
    json.Key("hashes").BeginArray();
    for (const model::Digest& digest : digests)
      json.BeginObject().Field("alg", HashName(digest.algorithm)).Field("content", digest.hex).EndObject();
    json.EndArray();
  }
  WriteLicenses(json, p.licenses);
  if (!p.cpes.empty()) json.Field("cpe", p.cpes.front());
  json.OptionalField("purl", p.purl);
  if (!p.locations.empty()) {
    json.Key("evidence").BeginObject().Key("occurrences").BeginArray();
    for (const model::Location& location : p.locations) {
      json.BeginObject()
          .Field("location", location.path)
          .OptionalField("additionalContext", location.layer)
          .EndObject();
    }
    json.EndArray().EndObject();
  }
  json.Key("properties").BeginArray();
  WriteProperty(json, "weir:type", model::PackageTypeName(p.type));
  WriteProperty(json, "weir:found-by", p.found_by);
  WriteProperty(json, "weir:scope", p.scope == model::Scope::kDeclared ? "declared" : "installed");
  WriteProperty(json, "weir:source-name", p.source_name);
  WriteProperty(json, "weir:source-version", p.source_version);
  WriteProperty(json, "weir:owned-by", p.owned_by);
  for (const auto& [key, value] : p.properties) WriteProperty(json, "weir:" + key, value);
  json.EndArray().EndObject();
}

void WriteMetadata(JsonWriter& json, const model::ScanResult& result) {
  const model::Asset& asset = result.sbom.asset;
  json.Key("metadata").BeginObject().Field("timestamp", Timestamp(result));
  json.Key("tools").BeginObject().Key("components").BeginArray().BeginObject();
  json.Field("type", "application").Field("name", "weir").OptionalField("version", result.tool_version);
  json.EndObject().EndArray().EndObject();
  json.Key("component").BeginObject().Field("type", ComponentType(asset.kind)).Field("bom-ref", kRootRef);
  json.Field("name", asset.name.empty() ? asset.id : asset.name);
  if (asset.id.starts_with("sha256:")) json.Field("version", asset.id);
  json.EndObject();
  json.Key("properties").BeginArray();
  WriteProperty(json, "weir:asset-kind", model::AssetKindName(asset.kind));
  WriteProperty(json, "weir:asset-id", asset.id);
  for (const model::Layer& layer : asset.layers) WriteProperty(json, "weir:layer", layer.diff_id);
  for (const std::string& gap : CoverageGaps(result)) WriteProperty(json, "weir:coverage-gap", gap);
  for (const model::Problem& problem : result.sbom.problems)
    WriteProperty(json, "weir:problem", (problem.path.empty() ? "" : problem.path + ": ") + problem.message);
  json.EndArray().EndObject();
}

using Edges = std::map<std::string_view, std::set<std::string_view>>;

/// What the asset itself holds: the packages that nothing needs, then one of each ring that
/// would else hang in the air, so that every component is reached from the root.
std::vector<std::string_view> RootEdges(const Edges& edges, const std::set<std::string_view>& targets,
                                        const std::vector<const model::Package*>& listed) {
  std::vector<std::string_view> roots, open;
  std::set<std::string_view> seen;
  auto reach = [&](std::string_view root) {
    if (!seen.insert(root).second) return;
    roots.push_back(root);
    open.push_back(root);
    while (!open.empty()) {
      auto from = edges.find(open.back());
      open.pop_back();
      if (from == edges.end()) continue;
      for (std::string_view to : from->second)
        if (seen.insert(to).second) open.push_back(to);
    }
  };
  for (const model::Package* package : listed)
    if (!targets.contains(package->id)) reach(package->id);
  for (const model::Package* package : listed) reach(package->id);
  return roots;
}

void WriteDependencies(JsonWriter& json, const model::Sbom& sbom,
                       const std::vector<const model::Package*>& listed) {
  Edges edges;
  std::set<std::string_view> known, reached;
  for (const model::Package* package : listed) known.insert(package->id);
  for (const model::Relation& relation : sbom.relations) {
    if (relation.kind == model::RelationKind::kOwns || !known.contains(relation.to) ||
        !known.contains(relation.from) || relation.from == relation.to)
      continue;
    edges[relation.from].insert(relation.to);
    reached.insert(relation.to);
  }
  json.Key("dependencies").BeginArray();
  json.BeginObject().Field("ref", kRootRef).Key("dependsOn").BeginArray();
  if (!sbom.distro.empty()) json.Value(kDistroRef);
  for (std::string_view ref : RootEdges(edges, reached, listed)) json.Value(ref);
  json.EndArray().EndObject();
  for (const auto& [from, to] : edges) {
    json.BeginObject().Field("ref", from).Key("dependsOn").BeginArray();
    for (std::string_view ref : to) json.Value(ref);
    json.EndArray().EndObject();
  }
  json.EndArray();
}

std::string_view SeverityWord(model::Severity severity) {
  return severity == model::Severity::kNegligible ? "info" : model::SeverityName(severity);
}

std::string_view Method(std::string_view version) {
  if (version == "2.0") return "CVSSv2";
  if (version == "3.0") return "CVSSv3";
  return version == "4.0" ? "CVSSv4" : "CVSSv31";
}

void WriteRatings(JsonWriter& json, const model::Vulnerability& v) {
  json.Key("ratings").BeginArray();
  for (const model::Cvss& cvss : v.cvss)
    json.BeginObject()
        .Key("score")
        .Number(cvss.base_score, 1)
        .Field("severity", SeverityWord(model::SeverityOfScore(cvss.base_score)))
        .Field("method", Method(cvss.version))
        .Field("vector", cvss.vector)
        .EndObject();
  json.BeginObject();
  if (!v.severity_source.empty())
    json.Key("source").BeginObject().Field("name", v.severity_source).EndObject();
  json.Field("severity", SeverityWord(v.severity)).Field("method", "other").EndObject().EndArray();
}

void WriteAnalysis(JsonWriter& json, const model::Finding& f) {
  std::string_view state = "in_triage";
  if (f.status == model::FindingStatus::kNotAffected) state = "not_affected";
  if (f.status == model::FindingStatus::kFixedByVex) state = "resolved";
  if (f.status == model::FindingStatus::kOpen) return;
  json.Key("analysis")
      .BeginObject()
      .Field("state", state)
      .OptionalField("detail", f.status_reason)
      .EndObject();
}

/// NUMBER makes the reference unique. A finding of a package that is not listed affects the asset.
void WriteVulnerability(JsonWriter& json, const model::Finding& f, const std::set<std::string_view>& known,
                        std::size_t number) {
  const model::Vulnerability& v = f.vulnerability;
  std::string_view affected = known.contains(f.package_id) ? std::string_view(f.package_id) : kRootRef;
  json.BeginObject().Field("bom-ref", "finding-" + std::to_string(number)).Field("id", v.id);
  json.Key("source").BeginObject().Field("name", v.source).EndObject();
  if (!v.aliases.empty()) {
    json.Key("references").BeginArray();
    for (const std::string& alias : v.aliases)
      json.BeginObject()
          .Field("id", alias)
          .Key("source")
          .BeginObject()
          .Field("name", v.source)
          .EndObject()
          .EndObject();
    json.EndArray();
  }
  WriteRatings(json, v);
  json.Key("cwes").BeginArray();
  for (const std::string& cwe : v.cwes)
    if (std::optional<std::uint64_t> weakness =
            ParseUint(cwe.starts_with("CWE-") ? std::string_view(cwe).substr(4) : cwe);
        weakness && *weakness >= 1)
      json.Value(*weakness);
  json.EndArray().OptionalField("description", v.summary);
  if (!f.fixed_versions.empty())
    json.Field("recommendation", "Upgrade " + f.package_name + " to " + Join(f.fixed_versions, " or "));
  json.OptionalField("published", AsDateTime(v.published)).OptionalField("updated", AsDateTime(v.modified));
  WriteAnalysis(json, f);
  json.Key("affects").BeginArray().BeginObject().Field("ref", affected).EndObject().EndArray();
  json.Key("properties").BeginArray();
  WriteProperty(json, "weir:rank", Decimal(f.rank.score, 1));
  WriteProperty(json, "weir:known-exploited", v.known_exploited ? "true" : "false");
  if (v.epss) WriteProperty(json, "weir:epss", Decimal(*v.epss, 5));
  WriteProperty(json, "weir:status", model::FindingStatusName(f.status));
  json.EndArray().EndObject();
}

}  // namespace

std::string RenderCycloneDx(const model::ScanResult& result, const ReportOptions& options) {
  std::vector<const model::Package*> listed = ListedPackages(result, options);
  JsonWriter json;
  json.BeginObject()
      .Field("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")
      .Field("bomFormat", "CycloneDX");
  json.Field("specVersion", "1.6")
      .Field("serialNumber", "urn:uuid:" + DocumentUuid(result))
      .Field("version", std::uint64_t{1});
  WriteMetadata(json, result);
  json.Key("components").BeginArray();
  const model::Distro& distro = result.sbom.distro;
  if (!distro.empty()) {
    json.BeginObject()
        .Field("type", "operating-system")
        .Field("bom-ref", kDistroRef)
        .Field("name", distro.id);
    json.Field("version", distro.version_id).OptionalField("description", distro.pretty_name).EndObject();
  }
  std::set<std::string_view> known;
  for (const model::Package* package : listed) {
    WriteComponent(json, *package);
    known.insert(package->id);
  }
  json.EndArray();
  WriteDependencies(json, result.sbom, listed);
  if (result.matched) {
    json.Key("vulnerabilities").BeginArray();
    std::size_t number = 0;
    for (const model::Finding& finding : result.findings) WriteVulnerability(json, finding, known, ++number);
    json.EndArray();
  }
  return json.EndObject().Take();
}

}  // namespace weir::report
