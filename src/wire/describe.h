// The fields of every struct on the wire, each named once for both directions.
// CODEC is a JsonWriter with a const value, or a JsonReader with one to fill.
// Threading: pure functions.
#pragma once

#include "wire/describe_content.h"
#include "wire/describe_inventory.h"

namespace weir::wire {

struct NumberItem {
  std::uint32_t value = 0;
};
template <class Codec>
void Describe(Codec& c, ValueOf<NumberItem> auto& v) {
  c.Number("pid", v.value);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Usage> auto& v) {
  c.Enum("level", v.level, &model::UsageLevelName, kUsageLevels);
  std::vector<NumberItem> pids;
  for (std::uint32_t pid : v.pids) pids.push_back({pid});
  c.List("pids", pids);
  if constexpr (Codec::kReads)
    for (const NumberItem& pid : pids) v.pids.push_back(pid.value);
  c.Text("evidence", v.evidence);
  c.Enum("listens", v.listens, &model::AddressScopeName, kAddressScopes);
  c.Bool("listening", v.listening);
  c.Bool("reached_from_outside", v.reached_from_outside);
  c.Bool("reached_from_private", v.reached_from_private);
  c.Text("listen_text", v.listen_text);
  c.Text("reach_text", v.reach_text);
  c.Bool("runs_as_root", v.runs_as_root);
  c.Bool("privileged", v.privileged);
  c.Bool("reached_indirectly", v.reached_indirectly);
  c.Bool("reached_locally", v.reached_locally);
  c.Text("stale_text", v.stale_text);
}

struct UsedPackage {
  std::string package;
  model::Usage usage;
};
template <class Codec>
void Describe(Codec& c, ValueOf<UsedPackage> auto& v) {
  c.Text("package", v.package);
  c.Object("usage", v.usage);
}

template <class Codec>
void Describe(Codec& c, ValueOf<UsageChange> auto& v) {
  c.Bool("full", v.full);
  c.Object("others", v.others);
  std::vector<UsedPackage> packages;
  if constexpr (!Codec::kReads)
    for (const auto& [package, usage] : v.packages) packages.push_back({package, usage});
  c.List("packages", packages);
  if constexpr (Codec::kReads)
    for (UsedPackage& used : packages)
      v.packages.emplace_back(std::move(used.package), std::move(used.usage));
  c.Texts("back_to_others", v.back_to_others);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Location> auto& v) {
  c.Text("path", v.path);
  c.Text("layer", v.layer);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Digest> auto& v) {
  c.Text("algorithm", v.algorithm);
  c.Text("hex", v.hex);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Package> auto& v) {
  c.Text("id", v.id);
  c.Enum("type", v.type, &model::PackageTypeName, kPackageTypes);
  c.Text("name", v.name);
  c.Text("version", v.version);
  c.Text("arch", v.arch);
  c.Text("source_name", v.source_name);
  c.Text("source_version", v.source_version);
  c.Text("module", v.module);
  c.Bool("module_known", v.module_known);
  c.Enum("scope", v.scope, &ScopeName, 2);
  c.Bool("development", v.development);
  c.Text("vendor", v.vendor);
  c.Text("origin", v.origin);
  c.Texts("licenses", v.licenses);
  c.Texts("cpes", v.cpes);
  c.Text("purl", v.purl);
  c.List("locations", v.locations);
  c.List("digests", v.digests);
  c.Text("found_by", v.found_by);
  c.Text("owned_by", v.owned_by);
  c.Pairs("properties", v.properties);
  c.Symbols("go_symbols", v.go_symbols);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Relation> auto& v) {
  c.Text("from", v.from);
  c.Text("to", v.to);
  c.Enum("kind", v.kind, &model::RelationName, kRelationKinds);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Problem> auto& v) {
  c.Enum("code", v.code, &CodeName, kCodes);
  c.Text("path", v.path);
  c.Text("message", v.message);
  c.Number("count", v.count);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Layer> auto& v) {
  c.Text("diff_id", v.diff_id);
  c.Text("digest", v.digest);
  c.Text("command", v.command);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Distro> auto& v) {
  c.Text("id", v.id);
  c.Texts("id_like", v.id_like);
  c.Text("version_id", v.version_id);
  c.Text("codename", v.codename);
  c.Text("pretty_name", v.pretty_name);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::WalkStats> auto& v) {
  c.Number("files", v.files);
  c.Number("directories", v.directories);
  c.Number("symlinks", v.symlinks);
  c.Number("other", v.other);
  c.Number("files_read", v.files_read);
  c.Number("bytes_read", v.bytes_read);
  c.Number("elapsed_us", v.elapsed_us);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ScanRecord> auto& v) {
  c.Text("scan_id", v.scan_id);
  c.Text("base", v.base);
  c.Object("asset", v.asset);
  c.Text("name", v.name);
  c.Text("image", v.image);
  c.Text("image_id", v.image_id);
  c.List("layers", v.layers);
  c.Pairs("labels", v.labels);
  c.Text("trigger", v.trigger);
  c.Text("started_at", v.started_at);
  c.Text("finished_at", v.finished_at);
  c.Object("distro", v.distro);
  c.List("packages", v.packages);
  c.Texts("gone_packages", v.gone_packages);
  c.List("relations", v.relations);
  c.List("gone_relations", v.gone_relations);
  c.List("problems", v.problems);
  c.Texts("catalogers", v.catalogers);
  c.Object("stats", v.stats);
  c.Object("usage", v.usage);
  c.List("content", v.content);
  c.Bool("content_same", v.content_same);
  c.List("content_scans", v.content_scans);
  c.Bool("cut_short", v.cut_short);
}

template <class Codec>
void Describe(Codec& c, ValueOf<UsageRecord> auto& v) {
  c.Object("asset", v.asset);
  c.Object("usage", v.usage);
}

template <class Codec>
void Describe(Codec& c, ValueOf<Error> auto& v) {
  c.Enum("code", v.code, &CodeName, kCodes);
  c.Text("message", v.message);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ScanFailedRecord> auto& v) {
  c.Text("scan_id", v.scan_id);
  c.Object("asset", v.asset);
  c.Text("name", v.name);
  c.Text("trigger", v.trigger);
  c.Text("started_at", v.started_at);
  c.Text("finished_at", v.finished_at);
  c.Object("error", v.error);
}

template <class Codec>
void Describe(Codec& c, ValueOf<BatchAnswer> auto& v) {
  c.Number("acknowledged", v.acknowledged);
  c.Bool("send_full", v.send_full);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ScanProgress> auto& v) {
  c.Text("scan_id", v.scan_id);
  c.Object("asset", v.asset);
  c.Text("name", v.name);
  c.Text("trigger", v.trigger);
  c.Text("started_at", v.started_at);
  c.Text("phase", v.phase);
  c.Number("files", v.files);
  c.Number("bytes", v.bytes);
  c.Real("fraction", v.fraction, -1);
}

template <class Codec>
void Describe(Codec& c, ValueOf<Status> auto& v) {
  c.Text("sent_at", v.sent_at);
  c.Text("sensor_version", v.sensor_version);
  c.List("scans", v.scans);
  c.Number("spool_records", v.spool_records);
  c.Number("spool_bytes", v.spool_bytes);
  c.Number("dropped_records", v.dropped_records);
  c.Number("resident_bytes", v.resident_bytes);
  c.Real("processor_seconds", v.processor_seconds, 0);
}

template <class Codec>
void Describe(Codec& c, ValueOf<Command> auto& v) {
  c.Text("kind", v.kind);
  c.Text("job_id", v.job_id);
  c.Object("asset", v.asset);
  c.Number("scan_interval_seconds", v.scan_interval_seconds);
  c.Text("rules_digest", v.rules_digest);
}

}  // namespace weir::wire
