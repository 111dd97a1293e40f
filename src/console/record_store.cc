#include "console/record_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/strings.h"
#include "console/asset_facts.h"
#include "console/content_view.h"
#include "console/coverage_refresh.h"
#include "console/event_hub.h"
#include "console/match_service.h"
#include "console/sensor_hub.h"
#include "console/time_text.h"
#include "store/scans.h"

namespace weir::console {
namespace {

constexpr std::size_t kNameBytes = 300;
constexpr std::size_t kShownProblems = 500;
/// Of a job: the whole scan that follows does not know of it, so that it would stay open.
constexpr const char* kBaseUnknown =
    "the scan told a difference to one that is not known here; all of it is scanned again by itself";

std::string Name(std::string_view text) { return ToValidUtf8(text.substr(0, kNameBytes)); }

/// Container and image ids as runtimes make them; they become keys.
bool IsGoodKey(std::string_view key) {
  return !key.empty() && key.size() <= 200 && std::all_of(key.begin(), key.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == ':' || c == '-' || c == '_' || c == '.' || c == '@';
  });
}

Json ProblemsJson(const std::vector<model::Problem>& problems) {
  Json list = Json::array();
  for (const model::Problem& problem : problems) {
    if (list.size() >= kShownProblems) {
      list.push_back({{"path", ""},
                      {"message", std::to_string(problems.size() - kShownProblems) + " more"},
                      {"count", problems.size() - kShownProblems}});
      break;
    }
    list.push_back({{"path", problem.path}, {"message", problem.message}, {"count", problem.count}});
  }
  return list;
}

std::string Dump(const Json& json) { return WriteFacts(json); }

/// SBOM of a scan that tells only what changed since the one that is stored.
void ApplyDelta(model::Sbom& sbom, const wire::ScanRecord& record) {
  std::set<std::string_view> gone(record.gone_packages.begin(), record.gone_packages.end());
  for (const model::Package& package : record.packages) gone.insert(package.id);
  std::erase_if(sbom.packages, [&](const model::Package& package) { return gone.contains(package.id); });
  sbom.packages.insert(sbom.packages.end(), record.packages.begin(), record.packages.end());
  std::set<model::Relation> left(record.gone_relations.begin(), record.gone_relations.end());
  std::erase_if(sbom.relations, [&](const model::Relation& relation) { return left.contains(relation); });
  sbom.relations.insert(sbom.relations.end(), record.relations.begin(), record.relations.end());
}

void SortSbom(model::Sbom& sbom) {
  auto key = [](const model::Package& p) { return std::tie(p.type, p.name, p.version, p.locations, p.id); };
  std::sort(sbom.packages.begin(), sbom.packages.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  sbom.packages.erase(std::unique(sbom.packages.begin(), sbom.packages.end(),
                                  [](const auto& a, const auto& b) { return a.id == b.id; }),
                      sbom.packages.end());
  std::sort(sbom.relations.begin(), sbom.relations.end());
  sbom.relations.erase(std::unique(sbom.relations.begin(), sbom.relations.end()), sbom.relations.end());
}

}  // namespace

Result<void> RecordStore::Apply(const wire::Record& record) {
  if (const auto* inventory = std::get_if<wire::InventoryRecord>(&record.body))
    return ApplyInventory(*inventory);
  if (const auto* scan = std::get_if<wire::ScanRecord>(&record.body)) return ApplyScan(*scan);
  if (const auto* usage = std::get_if<wire::UsageRecord>(&record.body)) return ApplyUsage(*usage);
  return ApplyFailure(std::get<wire::ScanFailedRecord>(record.body));
}

store::TimeMs RecordStore::Time(std::string_view text) const {
  return std::min(ParseTime(text).value_or(t_.now()), t_.now());
}

Result<void> RecordStore::TellAsset(store::AssetId id, std::string_view change) {
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, id));
  return parts_.events.Emit(t_, "asset",
                            {{"asset_id", std::to_string(id)},
                             {"asset_name", asset.name},
                             {"kind", model::AssetKindName(asset.kind)},
                             {"state", store::AssetStateName(asset.state)},
                             {"change", change}});
}

Result<store::AssetId> RecordStore::Host() {
  if (sensor_.host != 0) {
    auto known = store::GetAsset(t_, sensor_.host);
    if (known) return sensor_.host;
    if (known.error().code != Code::kNotFound) return Err(known.error());
    // Somebody had it forgotten while its sensor goes on: the sensor has to say everything again.
    needs_full_ = true;
  }
  store::AssetInput input;
  input.kind = model::AssetKind::kHost;
  input.key = sensor_.id;
  input.name = sensor_.name;
  input.sensor = sensor_.id;
  WEIR_ASSIGN(sensor_.host, store::UpsertAsset(t_, input));
  WEIR_TRY(store::SetSensorHost(t_, sensor_.id, sensor_.host));
  WEIR_TRY(TellAsset(sensor_.host, "new"));
  return sensor_.host;
}

Result<std::optional<store::Asset>> RecordStore::Find(const wire::AssetRef& ref) {
  if (ref.kind != model::AssetKind::kHost && !IsGoodKey(ref.key)) return std::optional<store::Asset>();
  if (ref.kind == model::AssetKind::kHost) WEIR_TRY(Host());
  WEIR_ASSIGN(auto id, store::FindAsset(t_, ref.kind, AssetKey(sensor_.id, ref)));
  if (!id) return std::optional<store::Asset>();
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *id));
  if (asset.sensor != sensor_.id) return std::optional<store::Asset>();
  return std::optional<store::Asset>(std::move(asset));
}

// --- scans -------------------------------------------------------------------------

/// TAKEN: the asset is there, but another sensor is the one to speak of it (an image on several hosts).
Result<store::Asset> RecordStore::FindOrMake(const wire::ScanRecord& record, bool& taken) {
  taken = false;
  WEIR_ASSIGN(store::AssetId host, Host());
  store::AssetInput input;
  input.kind = record.asset.kind;
  input.key = AssetKey(sensor_.id, record.asset);
  WEIR_ASSIGN(auto known, store::FindAsset(t_, input.kind, input.key));
  if (known && input.kind == model::AssetKind::kImage) {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *known));
    auto owner = store::GetSensor(t_, asset.sensor);
    bool owner_there = owner && !owner->revoked && t_.now() - owner->last_seen < 86'400'000;
    if (asset.sensor != sensor_.id && owner_there && asset.last_scan != 0) {
      taken = true;
      return asset;
    }
  }
  input.name = input.kind == model::AssetKind::kHost ? std::string() : Name(record.name);
  input.image = Name(record.image);
  input.image_id = Name(record.image_id);
  input.os = Name(record.distro.pretty_name);
  input.sensor = sensor_.id;
  if (input.kind == model::AssetKind::kContainer) input.host = host;
  if (input.kind == model::AssetKind::kImage) {
    input.state = store::AssetState::kStopped;
    if (input.image.empty()) input.image = input.name;
  }
  if (known) {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *known));
    input.state = asset.state == store::AssetState::kGone ? input.state : asset.state;
  }
  WEIR_ASSIGN(store::AssetId id, store::UpsertAsset(t_, input));
  if (!known) WEIR_TRY(TellAsset(id, "new"));
  return store::GetAsset(t_, id);
}

Result<void> RecordStore::ApplyScan(const wire::ScanRecord& record) {
  bool is_host = record.asset.kind == model::AssetKind::kHost;
  bool known_kind = is_host || record.asset.kind == model::AssetKind::kContainer ||
                    record.asset.kind == model::AssetKind::kImage;
  if (!known_kind || (!is_host && !IsGoodKey(record.asset.key))) return {};
  afterwards_.emplace_back([this_sensors = &parts_.sensors, id = sensor_.id, scan = record.scan_id] {
    this_sensors->ScanEnded(id, scan);
  });
  bool taken = false;
  WEIR_ASSIGN(store::Asset asset, FindOrMake(record, taken));
  if (taken) return EndJob(record.trigger, asset.last_scan, {});
  Json facts = ReadFacts(asset.facts);
  model::Sbom sbom;
  if (record.base.empty()) {
    sbom.packages = record.packages;
    sbom.relations = record.relations;
  } else {
    if (facts.value("scan_key", "") != record.base) {
      needs_full_ = true;
      return EndJob(record.trigger, 0, kBaseUnknown);
    }
    auto stored = store::LoadSbom(t_, asset.id);
    if (!stored && stored.error().code == Code::kNotFound) {
      needs_full_ = true;
      return EndJob(record.trigger, 0, kBaseUnknown);
    }
    WEIR_TRY(stored);
    sbom = std::move(*stored);
    ApplyDelta(sbom, record);
  }
  SortSbom(sbom);
  sbom.asset = {record.asset.kind, record.asset.key, asset.name, asset.image, record.layers, record.labels};
  if (is_host) sbom.asset.id = asset.key;
  sbom.distro = record.distro;
  sbom.problems = record.problems;
  sbom.catalogers = record.catalogers;
  sbom.stats = record.stats;
  WEIR_ASSIGN(AssetOutcome outcome, parts_.match.StoreScan(t_, asset.id, sbom, record.usage));

  std::vector<model::Problem> problems = record.problems;
  problems.insert(problems.end(), outcome.problems.begin(), outcome.problems.end());
  WEIR_ASSIGN(store::ContentChange content, ApplyContent(asset, record, problems));
  store::ScanInput scan;
  scan.key = Name(record.scan_id);
  scan.asset = asset.id;
  scan.trigger = Name(record.trigger);
  scan.finished_at = Time(record.finished_at);
  scan.started_at = std::min(Time(record.started_at), scan.finished_at);
  scan.content = ContentScansText(record.content_scans);
  scan.problems = Dump(ProblemsJson(problems));
  scan.coverage = CoverageText(outcome.coverage);
  scan.facts = Dump({{"files", record.stats.files}, {"bytes_read", record.stats.bytes_read}});
  scan.opened = outcome.opened + content.opened;
  scan.resolved = outcome.resolved + content.resolved;
  WEIR_ASSIGN(store::ScanId scan_id, store::AddScan(t_, scan));

  store::AssetInput input;
  input.kind = asset.kind;
  input.key = asset.key;
  input.state = asset.state;
  input.host = asset.host;
  input.facts = MergeFacts(asset.facts, {{"scan_key", scan.key},
                                         {"scan_error", ""},
                                         {"coverage", Json::parse(scan.coverage)},
                                         {"scan_problems", problems.size()}});
  WEIR_TRY(store::UpsertAsset(t_, input));
  WEIR_TRY(parts_.events.Emit(t_, "scan",
                              {{"scan_id", std::to_string(scan_id)},
                               {"asset_id", std::to_string(asset.id)},
                               {"asset_name", asset.name},
                               {"state", "done"},
                               {"new", scan.opened},
                               {"resolved", scan.resolved}}));
  return EndJob(record.trigger, scan_id, {});
}

Result<void> RecordStore::ApplyUsage(const wire::UsageRecord& record) {
  WEIR_ASSIGN(auto asset, Find(record.asset));
  if (!asset) {
    needs_full_ = needs_full_ || record.asset.kind == model::AssetKind::kContainer;
    return {};
  }
  auto outcome = parts_.match.StoreUsage(t_, asset->id, record.usage);
  if (!outcome && outcome.error().code == Code::kNotFound) {
    needs_full_ = true;
    return {};
  }
  WEIR_TRY(outcome);
  return {};
}

Result<void> RecordStore::ApplyFailure(const wire::ScanFailedRecord& record) {
  afterwards_.emplace_back([this_sensors = &parts_.sensors, id = sensor_.id, scan = record.scan_id] {
    this_sensors->ScanEnded(id, scan);
  });
  WEIR_ASSIGN(auto asset, Find(record.asset));
  if (!asset)
    return EndJob(record.trigger, 0, record.error.message.empty() ? "failed" : record.error.message);
  store::ScanInput scan;
  scan.key = Name(record.scan_id);
  scan.asset = asset->id;
  scan.trigger = Name(record.trigger);
  scan.finished_at = Time(record.finished_at);
  scan.started_at = std::min(Time(record.started_at), scan.finished_at);
  scan.state = store::ScanState::kFailed;
  scan.error = ToValidUtf8(std::string_view(record.error.message).substr(0, 1000));
  if (scan.error.empty()) scan.error = "no reason was given";
  scan.problems = scan.coverage = "[]";
  scan.facts = "{}";
  WEIR_ASSIGN(store::ScanId scan_id, store::AddScan(t_, scan));
  store::AssetInput input;
  input.kind = asset->kind;
  input.key = asset->key;
  input.state = asset->state;
  input.host = asset->host;
  input.facts = MergeFacts(asset->facts, {{"scan_error", scan.error}});
  WEIR_TRY(store::UpsertAsset(t_, input));
  WEIR_TRY(parts_.events.Emit(t_, "scan",
                              {{"scan_id", std::to_string(scan_id)},
                               {"asset_id", std::to_string(asset->id)},
                               {"asset_name", asset->name},
                               {"state", "failed"}}));
  return EndJob(record.trigger, scan_id, scan.error);
}

Result<void> RecordStore::EndJob(const std::string& trigger, store::ScanId scan, const std::string& error) {
  if (!trigger.starts_with("job:")) return {};
  std::optional<std::uint64_t> id = ParseUint(std::string_view(trigger).substr(4));
  if (!id || *id > (std::uint64_t{1} << 62U)) return {};
  auto job = store::GetJob(t_, static_cast<std::int64_t>(*id));
  if (!job && job.error().code == Code::kNotFound) return {};
  WEIR_TRY(job);
  if (job->sensor != sensor_.id || job->state >= store::JobState::kDone) return {};
  store::JobState state = error.empty() ? store::JobState::kDone : store::JobState::kFailed;
  WEIR_TRY(store::SetJobState(t_, job->id, state, ToValidUtf8(error.substr(0, 1000)), scan));
  return parts_.events.Emit(t_, "job", {{"job_id", std::to_string(job->id)}, {"state", JobWord(state)}});
}

}  // namespace weir::console
