#include <algorithm>

#include "base/strings.h"
#include "report/content_text.h"
#include "report/identity.h"
#include "report/report.h"
#include "report/sarif_parts.h"
#include "report/text.h"

namespace weir::report {
namespace {

using model::ContentFinding;
using model::ContentPlace;
using model::Origin;

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  json.Key(key).BeginObject().Field("text", text).EndObject();
}

void WriteContentRule(JsonWriter& json, const ContentFinding& f) {
  bool secret = f.kind == model::ContentKind::kSecret;
  json.BeginObject().Field("id", f.rule).Field("name", secret ? "Secret" : "Malware");
  WriteText(json, "shortDescription", TitleOf(f));
  WriteText(json, "fullDescription",
            TitleOf(f) + (secret ? ", readable by who can read where it lies."
                                 : ", by a YARA rule or a "
                                   "virus scanner."));
  WriteText(json, "help", Advice(f.kind));
  json.Key("defaultConfiguration").BeginObject().Field("level", SarifLevel(f.severity)).EndObject();
  json.Key("properties").BeginObject().Field("security-severity", Decimal(ScoreOfWord(f.severity), 1));
  json.Key("tags").BeginArray().Value(model::ContentKindName(f.kind)).Value(model::SeverityName(f.severity));
  json.EndArray().Field("precision", model::ConfidenceName(f.confidence)).EndObject().EndObject();
}

void WriteLogical(JsonWriter& json, std::string_view name, std::string_view kind) {
  if (name.empty()) return;
  json.BeginObject().Field("fullyQualifiedName", name).Field("kind", kind).EndObject();
}

/// What is around a place and has no line: the process, the commit, the layer, the package, the asset.
void WriteLogicalLocations(JsonWriter& json, const ContentPlace& place, std::string_view asset) {
  bool in_process = place.pid != 0 || !place.process.empty();
  if (asset.empty() && !in_process && place.commit.empty() && place.location.layer.empty() &&
      place.package_name.empty() && place.origin != Origin::kImageConfig)
    return;
  json.Key("logicalLocations").BeginArray();
  WriteLogical(json, asset, "asset");
  if (in_process) WriteLogical(json, PlaceText(place), "process");
  if (place.origin == Origin::kImageConfig) WriteLogical(json, place.location.path, "image-config");
  WriteLogical(json, place.commit, "commit");
  WriteLogical(json, place.location.layer, "layer");
  WriteLogical(json, place.package_name, "package");
  json.EndArray();
}

void WriteLocation(JsonWriter& json, const ContentPlace& place, std::string_view asset) {
  std::string_view path = place.location.path;
  while (path.starts_with('/')) path.remove_prefix(1);  // "//x/y" would name the host x
  json.BeginObject().Key("physicalLocation").BeginObject().Key("artifactLocation").BeginObject();
  json.Field("uri", path.empty() ? std::string("unknown") : UriPath(path)).EndObject();
  // Code scanning pages want a line even of what has none.
  json.Key("region").BeginObject().Field("startLine", std::uint64_t{std::max(place.line, 1U)});
  if (place.line > 0 && place.column > 0) json.Field("startColumn", std::uint64_t{place.column});
  json.EndObject().EndObject();
  WriteLogicalLocations(json, place, asset);
  json.EndObject();
}

std::string MessageOf(const ContentFinding& f, std::string_view asset, const model::Asset& layers) {
  std::string out = TitleOf(f) + " (" + std::string(model::SeverityName(f.severity)) + ", rank " +
                    Decimal(f.rank.score, 0) + ")";
  if (!asset.empty()) out += " in " + OneLine(asset);
  out += f.kind == model::ContentKind::kSecret ? ": " : ", by ";
  out += OneLine(f.masked) + "\n" + PlaceSentence(FirstPlace(f), layers);
  if (f.place_count > 1) out += ", and " + Plural(f.place_count - 1, "more place");
  if (std::string text = ValidationText(f); !text.empty()) out += "\n- " + text;
  for (const model::RankReason& reason : f.rank.reasons) out += "\n- " + reason.detail;
  return out;
}

void WriteProperties(JsonWriter& json, const ContentFinding& f, std::string_view asset) {
  const ContentPlace& place = FirstPlace(f);
  json.Key("properties").BeginObject().Field("kind", model::ContentKindName(f.kind));
  json.OptionalField("asset", asset).Field("confidence", model::ConfidenceName(f.confidence));
  json.Field("masked", f.masked);
  if (f.kind == model::ContentKind::kSecret) json.Field("validation", model::ValidationName(f.validation));
  json.Field("origin", model::OriginName(place.origin)).Field("offset", place.offset);
  json.OptionalField("layer", place.location.layer).OptionalField("removedIn", place.removed_in);
  json.OptionalField("decoded", place.decoded).Field("places", f.place_count);
  if (!f.facts.empty()) json.Field("facts", FactsText(f));
  json.EndObject();
}

void WriteContentResult(JsonWriter& json, const ContentFinding& f, std::string_view asset,
                        const model::Asset& layers, std::size_t rule) {
  json.BeginObject().Field("ruleId", f.rule).Field("ruleIndex", std::uint64_t{rule});
  json.Field("level", SarifLevel(f.severity)).Key("rank").Number(f.rank.score, 1);
  WriteText(json, "message", MessageOf(f, asset, layers));
  json.Key("locations").BeginArray();
  WriteLocation(json, FirstPlace(f), asset);
  json.EndArray();
  if (f.places.size() > 1) {
    json.Key("relatedLocations").BeginArray();
    for (std::size_t i = 1; i < f.places.size(); ++i) WriteLocation(json, f.places[i], asset);
    json.EndArray();
  }
  json.Key("fingerprints").BeginObject().Field("weir/v1", f.fingerprint).EndObject();
  if (!IsOpen(f)) WriteSuppression(json, f.status_reason);
  WriteProperties(json, f, asset);
  json.EndObject();
}

}  // namespace

void SarifContent::Add(const ContentFinding& finding, std::string_view asset, const model::Asset& layers) {
  auto [at, added] = index_.emplace(std::pair(finding.kind, std::string_view(finding.rule)), rules_.size());
  if (added) rules_.push_back(&finding);
  rows_.push_back({&finding, asset, &layers, at->second});
}

void SarifContent::WriteRules(JsonWriter& json) const {
  for (const ContentFinding* finding : rules_) WriteContentRule(json, *finding);
}

void SarifContent::WriteResults(JsonWriter& json) const {
  for (const Row& row : rows_)
    WriteContentResult(json, *row.finding, row.asset, *row.layers, first_rule_ + row.rule);
}

std::string RenderContentSarif(std::span<const AssetContent> rows, std::string_view tool_version,
                               std::string_view taken_at) {
  const model::Asset no_layers;
  SarifContent content(0);
  for (const AssetContent& row : rows) content.Add(row.finding, row.asset, no_layers);
  JsonWriter json;
  OpenSarif(json);
  json.Key("tool").BeginObject().Key("driver").BeginObject().Field("name", "weir");
  json.OptionalField("version", tool_version).Key("rules").BeginArray();
  content.WriteRules(json);
  json.EndArray().EndObject().EndObject();
  json.Key("invocations").BeginArray().BeginObject().Field("executionSuccessful", true);
  if (std::string time = AsDateTime(taken_at); time.ends_with('Z')) json.Field("endTimeUtc", time);
  json.EndObject().EndArray().Key("results").BeginArray();
  content.WriteResults(json);
  json.EndArray();
  CloseSarif(json);
  return json.Take();
}

}  // namespace weir::report
