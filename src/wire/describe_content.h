// The fields of secrets and malware, as describe.h has those of the rest.
// CODEC is a JsonWriter with a const value, or a JsonReader with one to fill.
// Threading: pure functions.
#pragma once

#include "wire/content.h"
#include "wire/json_codec.h"

namespace weir::wire {

inline constexpr unsigned kContentKinds = 2, kSeverities = 6, kConfidences = 3, kOrigins = 7,
                          kValidations = 4;

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};
template <class Codec>
void Describe(Codec& c, ValueOf<NamedCount> auto& v) {
  c.Text("name", v.name);
  c.Number("count", v.count);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::RankReason> auto& v) {
  c.Text("factor", v.factor);
  c.Real("points", v.points, 0);
  c.Text("detail", v.detail);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Rank> auto& v) {
  c.Real("score", v.score, 0);
  c.List("reasons", v.reasons);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::ContentPlace> auto& v) {
  c.Text("path", v.location.path);
  c.Text("layer", v.location.layer);
  c.Enum("origin", v.origin, &model::OriginName, kOrigins);
  c.Number("line", v.line);
  c.Number("column", v.column);
  c.Number("offset", v.offset);
  c.Text("decoded", v.decoded);
  c.Text("removed_in", v.removed_in);
  c.Text("commit", v.commit);
  c.Text("commit_time", v.commit_time);
  c.Number("pid", v.pid);
  c.Text("process", v.process);
  c.Text("package", v.package);
  c.Text("package_name", v.package_name);
  c.Bool("unmodified", v.unmodified);
  c.Bool("modified", v.modified);
  c.Bool("added", v.added);
  c.Number("mode", v.mode);
  c.Number("owner", v.owner);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::ContentFinding> auto& v) {
  c.Enum("kind", v.kind, &model::ContentKindName, kContentKinds);
  c.Text("rule", v.rule);
  c.Text("title", v.title);
  c.Enum("severity", v.severity, &model::SeverityName, kSeverities);
  c.Enum("confidence", v.confidence, &model::ConfidenceName, kConfidences);
  c.Text("fingerprint", v.fingerprint);
  c.Text("masked", v.masked);
  c.Enum("validation", v.validation, &model::ValidationName, kValidations);
  c.Pairs("facts", v.facts);
  c.List("places", v.places);
  c.Number("place_count", v.place_count);
  bool ignored = v.status == model::FindingStatus::kIgnored;
  c.Bool("ignored", ignored);
  if constexpr (Codec::kReads)
    v.status = ignored ? model::FindingStatus::kIgnored : model::FindingStatus::kOpen;
  c.Text("status_reason", v.status_reason);
  c.Object("rank", v.rank);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::ContentScan> auto& v) {
  c.Enum("kind", v.kind, &model::ContentKindName, kContentKinds);
  c.Text("rules_digest", v.rules_digest);
  c.Number("rules", v.rules);
  c.Number("files", v.files);
  c.Number("bytes", v.bytes);
  c.Number("unchanged", v.unchanged);
  std::vector<NamedCount> skipped;
  if constexpr (!Codec::kReads)
    for (const auto& [reason, count] : v.skipped) skipped.push_back({reason, count});
  c.List("skipped", skipped);
  if constexpr (Codec::kReads)
    for (NamedCount& entry : skipped) v.skipped.emplace_back(std::move(entry.name), entry.count);
  c.Texts("set_aside", v.set_aside);
  c.Number("dropped_findings", v.dropped_findings);
}

template <class Codec>
void Describe(Codec& c, ValueOf<RuleText> auto& v) {
  c.Enum("kind", v.kind, &model::ContentKindName, kContentKinds);
  c.Text("name", v.name);
  c.LongText("text", v.text);
}

template <class Codec>
void Describe(Codec& c, ValueOf<RuleRef> auto& v) {
  c.Enum("kind", v.kind, &model::ContentKindName, kContentKinds);
  c.Text("rule", v.rule);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ContentRules> auto& v) {
  c.Text("digest", v.digest);
  c.Text("fingerprint_key", v.fingerprint_key);
  c.List("files", v.files);
  c.List("disabled", v.disabled);
}

}  // namespace weir::wire
