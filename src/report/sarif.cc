// SARIF 2.1.0. Source: docs.oasis-open.org/sarif/sarif/v2.1.0.
#include <algorithm>
#include <map>

#include "base/hash.h"
#include "base/strings.h"
#include "report/content_text.h"
#include "report/formats.h"
#include "report/identity.h"
#include "report/json_writer.h"
#include "report/sarif_parts.h"
#include "report/text.h"

namespace weir::report {
namespace {

double SecuritySeverity(const model::Vulnerability& v) {
  return v.cvss.empty() ? ScoreOfWord(v.severity) : v.cvss.front().base_score;
}

bool IsUri(std::string_view text) {
  return text.starts_with("https://") && text.size() > 8 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlpha(c) || IsDigit(c) ||
                  std::string_view("-._~:/?#@!$&'()*+,;=%").find(c) != std::string_view::npos;
         });
}

void WriteRule(JsonWriter& json, const model::Vulnerability& v) {
  json.BeginObject().Field("id", v.id).Field("name", "KnownVulnerability");
  json.Key("shortDescription")
      .BeginObject()
      .Field("text", v.summary.empty() ? v.id : v.id + ": " + v.summary)
      .EndObject();
  if (auto url = std::find_if(v.references.begin(), v.references.end(), IsUri); url != v.references.end())
    json.Field("helpUri", *url);
  json.Key("defaultConfiguration").BeginObject().Field("level", SarifLevel(v.severity)).EndObject();
  json.Key("properties").BeginObject().Field("security-severity", Decimal(SecuritySeverity(v), 1));
  json.Key("tags").BeginArray().Value("vulnerability").Value(model::SeverityName(v.severity));
  if (v.known_exploited) json.Value("known-exploited");
  json.EndArray().EndObject().EndObject();
}

void WriteResult(JsonWriter& json, const model::Finding& f, std::size_t rule) {
  const model::Vulnerability& v = f.vulnerability;
  std::string_view path = f.location.path.empty() ? f.package_name : f.location.path;
  while (path.starts_with('/')) path.remove_prefix(1);  // "//x/y" would name the host x
  std::string text = v.id + " in " + f.package_name + " " + f.package_version + " (" +
                     std::string(model::SeverityName(v.severity)) + ", rank " + Decimal(f.rank.score, 0) +
                     "). Fixed in: " + FixText(f) + ".";
  for (const model::RankReason& reason : f.rank.reasons) text += "\n- " + reason.detail;
  json.BeginObject()
      .Field("ruleId", v.id)
      .Field("ruleIndex", std::uint64_t{rule})
      .Field("level", SarifLevel(v.severity));
  json.Key("rank").Number(f.rank.score, 1);
  json.Key("message").BeginObject().Field("text", text).EndObject();
  json.Key("locations").BeginArray().BeginObject().Key("physicalLocation").BeginObject();
  json.Key("artifactLocation").BeginObject().Field("uri", UriPath(path)).EndObject();
  // Code scanning pages want a line; a package has none but the first.
  json.Key("region").BeginObject().Field("startLine", std::uint64_t{1}).EndObject().EndObject();
  json.Key("logicalLocations")
      .BeginArray()
      .BeginObject()
      .Field("fullyQualifiedName", f.package_name + "@" + f.package_version);
  json.Field("kind", "package").EndObject().EndArray().EndObject().EndArray();
  std::string identity = v.id + "|" + f.package_name + "|" + f.location.path;
  json.Key("partialFingerprints").BeginObject();
  json.Field("weir/v1", DigestHex(DigestKind::kSha256, AsBytes(identity)).substr(0, 32)).EndObject();
  if (!IsOpen(f)) WriteSuppression(json, f.status_reason);
  json.Key("properties").BeginObject().Field("packageVersion", f.package_version);
  json.Field("packageType", model::PackageTypeName(f.package_type))
      .Field("fixState", model::FixStateName(f.fix_state));
  json.ListField("fixedVersions", f.fixed_versions)
      .OptionalField("layer", f.location.layer)
      .EndObject()
      .EndObject();
}

}  // namespace

std::string_view SarifLevel(model::Severity severity) {
  switch (severity) {
    case model::Severity::kCritical:
    case model::Severity::kHigh:
      return "error";
    case model::Severity::kMedium:
      return "warning";
    default:
      return "note";
  }
}

double ScoreOfWord(model::Severity severity) {
  constexpr double kScores[] = {0.0, 1.0, 3.0, 5.5, 8.0, 9.5};
  return kScores[static_cast<std::size_t>(severity)];
}

void WriteNotification(JsonWriter& json, std::string_view text) {
  json.BeginObject()
      .Field("level", "warning")
      .Key("message")
      .BeginObject()
      .Field("text", text)
      .EndObject()
      .EndObject();
}

void WriteSuppression(JsonWriter& json, std::string_view justification) {
  json.Key("suppressions").BeginArray().BeginObject().Field("kind", "external").Field("status", "accepted");
  json.Field("justification", justification).EndObject().EndArray();
}

void OpenSarif(JsonWriter& json) {
  json.BeginObject()
      .Field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      .Field("version", "2.1.0");
  json.Key("runs").BeginArray().BeginObject();
}

void CloseSarif(JsonWriter& json) { json.EndObject().EndArray().EndObject(); }

std::string RenderSarif(const model::ScanResult& result, const ReportOptions& options) {
  static_cast<void>(options);
  std::map<std::string, std::size_t> rules;
  std::vector<const model::Vulnerability*> order;
  for (const model::Finding& f : result.findings)
    if (rules.emplace(f.vulnerability.id, order.size()).second) order.push_back(&f.vulnerability);
  SarifContent content(order.size());
  for (const model::ContentFinding& f : result.content) content.Add(f, "", result.sbom.asset);
  JsonWriter json;
  OpenSarif(json);
  json.Key("tool").BeginObject().Key("driver").BeginObject().Field("name", "weir");
  json.OptionalField("version", result.tool_version).Key("rules").BeginArray();
  for (const model::Vulnerability* vulnerability : order) WriteRule(json, *vulnerability);
  content.WriteRules(json);
  json.EndArray().EndObject().EndObject();
  json.Key("invocations").BeginArray().BeginObject().Field("executionSuccessful", true);
  json.Field("startTimeUtc", Timestamp(result)).Key("toolExecutionNotifications").BeginArray();
  for (const std::string& gap : CoverageGaps(result)) WriteNotification(json, gap);
  for (const std::string& gap : ContentGaps(result)) WriteNotification(json, gap);
  for (const model::Problem& problem : result.sbom.problems)
    WriteNotification(json, (problem.path.empty() ? "" : problem.path + ": ") + problem.message);
  json.EndArray().EndObject().EndArray().Key("results").BeginArray();
  for (const model::Finding& f : result.findings) WriteResult(json, f, rules[f.vulnerability.id]);
  content.WriteResults(json);
  json.EndArray();
  CloseSarif(json);
  return json.Take();
}

}  // namespace weir::report
