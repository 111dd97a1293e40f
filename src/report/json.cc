// Our own JSON: everything a scan knows. Its shape is docs/json.md.
#include <map>

#include "report/content_formats.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/json_writer.h"
#include "report/text.h"

namespace weir::report {
namespace {

void WriteAsset(JsonWriter& json, const model::Sbom& sbom) {
  const model::Asset& asset = sbom.asset;
  json.Key("asset").BeginObject();
  json.Field("kind", model::AssetKindName(asset.kind)).Field("id", asset.id).Field("name", asset.name);
  json.OptionalField("image", asset.image);
  if (!asset.layers.empty()) {
    json.Key("layers").BeginArray();
    for (const model::Layer& layer : asset.layers)
      json.BeginObject()
          .Field("diff_id", layer.diff_id)
          .OptionalField("digest", layer.digest)
          .OptionalField("command", layer.command)
          .EndObject();
    json.EndArray();
  }
  if (!asset.labels.empty()) {
    json.Key("labels").BeginObject();
    for (const auto& [key, value] : std::map(asset.labels.begin(), asset.labels.end()))
      json.Field(key, value);
    json.EndObject();
  }
  json.EndObject();
  json.Key("distro").BeginObject();
  json.OptionalField("id", sbom.distro.id).OptionalField("version_id", sbom.distro.version_id);
  json.OptionalField("codename", sbom.distro.codename).OptionalField("name", sbom.distro.pretty_name);
  json.ListField("id_like", sbom.distro.id_like).EndObject();
}

void WriteLocation(JsonWriter& json, const model::Location& location) {
  json.BeginObject().Field("path", location.path).OptionalField("layer", location.layer).EndObject();
}

void WritePackage(JsonWriter& json, const model::Package& p) {
  json.BeginObject().Field("id", p.id).Field("type", model::PackageTypeName(p.type)).Field("name", p.name);
  json.Field("version", p.version).OptionalField("arch", p.arch).OptionalField("purl", p.purl);
  json.OptionalField("language", model::PackageLanguage(p.type));
  json.OptionalField("source_name", p.source_name).OptionalField("source_version", p.source_version);
  if (p.module_known) json.Field("module", p.module);
  json.Field("scope", p.scope == model::Scope::kDeclared ? "declared" : "installed");
  if (p.development) json.Field("development", true);
  json.OptionalField("vendor", p.vendor)
      .OptionalField("origin", p.origin)
      .OptionalField("owned_by", p.owned_by);
  json.ListField("licenses", p.licenses).ListField("cpes", p.cpes);
  json.Key("locations").BeginArray();
  for (const model::Location& location : p.locations) WriteLocation(json, location);
  json.EndArray();
  if (std::vector<model::Digest> digests = ValidDigests(p); !digests.empty()) {
    json.Key("digests").BeginObject();
    for (const model::Digest& digest : digests) json.Field(digest.algorithm, digest.hex);
    json.EndObject();
  }
  if (!p.properties.empty()) {
    json.Key("properties").BeginArray();
    for (const auto& [key, value] : p.properties)
      json.BeginObject().Field("name", key).Field("value", value).EndObject();
    json.EndArray();
  }
  json.OptionalField("found_by", p.found_by).EndObject();
}

void WritePackages(JsonWriter& json, const model::Sbom& sbom) {
  json.Key("packages").BeginArray();
  for (const model::Package& package : sbom.packages) WritePackage(json, package);
  json.EndArray().Key("relations").BeginArray();
  for (const model::Relation& relation : sbom.relations)
    json.BeginObject()
        .Field("from", relation.from)
        .Field("to", relation.to)
        .Field("kind", model::RelationName(relation.kind))
        .EndObject();
  json.EndArray();
}

void WriteRank(JsonWriter& json, const model::Rank& rank) {
  json.Key("rank").BeginObject().Key("score").Number(rank.score, 1);
  WriteReasons(json, rank);
  json.EndObject();
}

void WriteVulnerability(JsonWriter& json, const model::Vulnerability& v) {
  json.Field("id", v.id)
      .ListField("aliases", v.aliases)
      .Field("source", v.source)
      .OptionalField("summary", v.summary);
  json.Field("severity", model::SeverityName(v.severity)).OptionalField("severity_source", v.severity_source);
  if (!v.cvss.empty()) {
    json.Key("cvss").BeginArray();
    for (const model::Cvss& cvss : v.cvss)
      json.BeginObject()
          .Field("version", cvss.version)
          .Field("vector", cvss.vector)
          .Key("base_score")
          .Number(cvss.base_score, 1)
          .EndObject();
    json.EndArray();
  }
  json.Field("known_exploited", v.known_exploited);
  if (v.known_exploited)
    json.Field("ransomware", v.ransomware).OptionalField("known_exploited_since", v.known_exploited_since);
  if (v.epss) json.Key("epss").Number(*v.epss, 5);
  if (v.epss_percentile) json.Key("epss_percentile").Number(*v.epss_percentile, 5);
  json.ListField("cwes", v.cwes).ListField("references", v.references);
  json.OptionalField("published", v.published).OptionalField("modified", v.modified);
}

void WriteFinding(JsonWriter& json, const model::Finding& f) {
  json.BeginObject();
  WriteVulnerability(json, f.vulnerability);
  json.Key("package").BeginObject().Field("id", f.package_id).Field("name", f.package_name);
  json.Field("version", f.package_version).Field("type", model::PackageTypeName(f.package_type));
  json.Key("location");
  WriteLocation(json, f.location);
  json.EndObject();
  json.Key("match")
      .BeginObject()
      .Field("kind", model::MatchKindName(f.match))
      .Field("ecosystem", f.matched_ecosystem);
  json.Field("name", f.matched_name).Field("affected", f.affected_range).EndObject();
  json.Key("fix")
      .BeginObject()
      .Field("state", model::FixStateName(f.fix_state))
      .ListField("versions", f.fixed_versions, true);
  json.EndObject()
      .Field("status", model::FindingStatusName(f.status))
      .OptionalField("status_reason", f.status_reason);
  WriteRank(json, f.rank);
  json.EndObject();
}

void WriteRuntime(JsonWriter& json, const model::ScanResult& result) {
  const model::RuntimeSnapshot& runtime = result.runtime;
  json.Key("runtime").BeginObject().Field("taken", runtime.taken);
  if (!runtime.taken) {
    json.EndObject();
    return;
  }
  json.Field("host", runtime.host_name).Field("kernel", runtime.kernel);
  json.Field("unreadable_processes", runtime.unreadable_processes);
  json.Field("truncated_lists", runtime.truncated_lists).ListField("problems", runtime.problems);
  json.Key("processes").BeginArray();
  for (const model::Process* process : ShownProcesses(result)) {
    const model::Process& p = *process;
    json.BeginObject()
        .Field("pid", std::uint64_t{p.pid})
        .Field("parent", std::uint64_t{p.parent})
        .Field("name", p.name);
    json.OptionalField("executable", p.executable)
        .ListField("arguments", p.arguments)
        .Field("user", p.user_name);
    json.Field("privileged", p.privileged).OptionalField("container", p.container_id);
    json.Key("listening").BeginArray();
    for (const model::ListeningSocket& s : p.listening)
      json.BeginObject()
          .Field("protocol", s.protocol)
          .Field("address", s.address)
          .Field("port", std::uint64_t{s.port})
          .Field("scope", model::AddressScopeName(s.scope))
          .EndObject();
    json.EndArray().Key("connections").BeginArray();
    for (const model::Connection& c : p.connections)
      json.BeginObject()
          .Field("protocol", c.protocol)
          .Field("local_address", c.local_address)
          .Field("local_port", std::uint64_t{c.local_port})
          .Field("remote_address", c.remote_address)
          .Field("remote_port", std::uint64_t{c.remote_port})
          .Field("inbound", c.inbound)
          .Field("remote_scope", model::AddressScopeName(c.remote_scope))
          .EndObject();
    json.EndArray().EndObject();
  }
  json.EndArray().Key("containers").BeginArray();
  for (const model::Container& c : runtime.containers)
    json.BeginObject()
        .Field("id", c.id)
        .Field("name", c.name)
        .Field("image", c.image)
        .Field("runtime", c.runtime)
        .Field("pid", std::uint64_t{c.pid})
        .Field("state", c.state)
        .EndObject();
  json.EndArray().EndObject();
}

void WriteCoverage(JsonWriter& json, const model::ScanResult& result) {
  json.Key("sources").BeginArray();
  for (const model::SourceInfo& s : result.sources)
    json.BeginObject()
        .Field("name", s.name)
        .Field("records", s.records)
        .OptionalField("fetched_at", s.fetched_at)
        .OptionalField("data_date", s.data_date)
        .OptionalField("url", s.url)
        .EndObject();
  json.EndArray().Key("coverage").BeginArray();
  for (const model::Coverage& row : result.coverage)
    json.BeginObject()
        .Field("ecosystem", row.ecosystem)
        .Field("packages", row.packages)
        .Field("checked", !row.sources.empty())
        .Field("starter_only", row.starter_only)
        .ListField("sources", row.sources, true)
        .EndObject();
  json.EndArray();
}

}  // namespace

std::string RenderJson(const model::ScanResult& result, const ReportOptions& options) {
  static_cast<void>(options);
  const model::Sbom& sbom = result.sbom;
  JsonWriter json;
  json.BeginObject()
      .Field("schema", "weir-scan/1")
      .Field("tool", "weir")
      .OptionalField("version", result.tool_version);
  json.Field("started_at", result.started_at);
  WriteAsset(json, sbom);
  json.Key("stats")
      .BeginObject()
      .Field("files", sbom.stats.files)
      .Field("directories", sbom.stats.directories);
  json.Field("symlinks", sbom.stats.symlinks).Field("files_read", sbom.stats.files_read);
  json.Field("bytes_read", sbom.stats.bytes_read).Field("elapsed_us", sbom.stats.elapsed_us).EndObject();
  json.Field("packages_listed", result.packages_listed);
  if (result.packages_listed) WritePackages(json, sbom);
  json.Field("matched", result.matched);
  if (result.matched) {
    json.Key("findings").BeginArray();
    for (const model::Finding& finding : result.findings) WriteFinding(json, finding);
    json.EndArray();
    WriteCoverage(json, result);
  }
  WriteContent(json, result);
  WriteRuntime(json, result);
  json.Key("problems").BeginArray();
  for (const model::Problem& problem : sbom.problems)
    json.BeginObject()
        .Field("code", CodeName(problem.code))
        .Field("path", problem.path)
        .Field("message", problem.message)
        .Field("count", problem.count)
        .EndObject();
  json.EndArray().ListField("catalogers", sbom.catalogers).EndObject();
  return json.Take();
}

}  // namespace weir::report
