// Secrets and malware in our own JSON. Its shape is docs/json.md.
#include <map>

#include "report/content_formats.h"
#include "report/content_text.h"

namespace weir::report {
namespace {

void WritePlace(JsonWriter& json, const model::ContentPlace& place) {
  json.BeginObject().Field("path", place.location.path).OptionalField("layer", place.location.layer);
  json.Field("origin", model::OriginName(place.origin));
  if (place.line > 0)
    json.Field("line", std::uint64_t{place.line}).Field("column", std::uint64_t{place.column});
  json.Field("offset", place.offset).OptionalField("decoded", place.decoded);
  json.OptionalField("removed_in", place.removed_in).OptionalField("commit", place.commit);
  json.OptionalField("commit_time", place.commit_time);
  if (place.pid != 0) json.Field("pid", std::uint64_t{place.pid});
  json.OptionalField("process", place.process);
  if (!place.package.empty() || !place.package_name.empty())
    json.Key("package")
        .BeginObject()
        .Field("id", place.package)
        .Field("name", place.package_name)
        .Field("unmodified", place.unmodified)
        .Field("modified", place.modified)
        .EndObject();
  if (place.added) json.Field("added", true);
  // Without permission bits nothing is known of the file, its owner included.
  if (place.mode != 0) json.Field("mode", ModeText(place.mode)).Field("owner", std::uint64_t{place.owner});
  json.EndObject();
}

void WriteScan(JsonWriter& json, const model::ContentScan& scan) {
  json.BeginObject().Field("kind", model::ContentKindName(scan.kind)).Field("rules", scan.rules);
  json.OptionalField("rules_digest", scan.rules_digest);
  json.Field("files", scan.files).Field("bytes", scan.bytes).Field("unchanged", scan.unchanged);
  json.Key("skipped").BeginArray();
  for (const auto& [reason, count] : scan.skipped)
    json.BeginObject().Field("reason", reason).Field("files", count).EndObject();
  json.EndArray().ListField("set_aside", scan.set_aside, true);
  json.Field("dropped_findings", scan.dropped_findings).EndObject();
}

}  // namespace

void WriteReasons(JsonWriter& json, const model::Rank& rank) {
  json.Key("reasons").BeginArray();
  for (const model::RankReason& reason : rank.reasons)
    json.BeginObject()
        .Field("factor", reason.factor)
        .Key("points")
        .Number(reason.points, 2)
        .Field("detail", reason.detail)
        .EndObject();
  json.EndArray();
}

void WriteContentFinding(JsonWriter& json, const model::ContentFinding& f) {
  json.Field("kind", model::ContentKindName(f.kind)).Field("rule", f.rule).OptionalField("title", f.title);
  json.Field("severity", model::SeverityName(f.severity));
  json.Field("confidence", model::ConfidenceName(f.confidence)).Field("fingerprint", f.fingerprint);
  json.Field("masked", f.masked);
  if (f.kind == model::ContentKind::kSecret) json.Field("validation", model::ValidationName(f.validation));
  if (!f.facts.empty()) {
    json.Key("facts").BeginObject();
    for (const auto& [name, value] : std::map(f.facts.begin(), f.facts.end())) json.Field(name, value);
    json.EndObject();
  }
  json.Key("places").BeginArray();
  for (const model::ContentPlace& place : f.places) WritePlace(json, place);
  json.EndArray().Field("place_count", f.place_count);
  json.Field("status", model::FindingStatusName(f.status)).OptionalField("status_reason", f.status_reason);
  json.Key("rank").BeginObject().Key("score").Number(f.rank.score, 1);
  WriteReasons(json, f.rank);
  json.EndObject();
}

void WriteContent(JsonWriter& json, const model::ScanResult& result) {
  json.Key("content_scans").BeginArray();
  for (const model::ContentScan& scan : result.content_scans) WriteScan(json, scan);
  json.EndArray();
  if (result.content_scans.empty()) return;
  json.Key("content").BeginArray();
  for (const model::ContentFinding& finding : result.content) {
    json.BeginObject();
    WriteContentFinding(json, finding);
    json.EndObject();
  }
  json.EndArray();
}

std::string ContentJson(const AssetContent& row) {
  JsonWriter json(0);
  json.BeginObject().Field("asset", row.asset).OptionalField("asset_kind", row.asset_kind);
  json.OptionalField("first_seen", row.first_seen).OptionalField("last_seen", row.last_seen);
  WriteContentFinding(json, row.finding);
  std::string out = json.EndObject().Take();
  out.pop_back();  // the line end
  return out;
}

}  // namespace weir::report
