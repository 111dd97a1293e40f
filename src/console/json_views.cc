#include "console/json_views.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/asset_facts.h"
#include "console/sensor_hub.h"
#include "console/time_text.h"
#include "store/packages.h"
#include "store/views.h"

namespace weir::console {
namespace {

Json NumberOrNull(double value) { return value > 0 ? Json(value) : Json(nullptr); }
Json NumberOrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::string_view FixWord(bool fixable) { return fixable ? "fixed" : "not-fixed"; }

/// Findings that matching itself has closed are not shown as findings; what is left has three words.
std::string_view StatusWord(store::FindingState state) {
  switch (state) {
    case store::FindingState::kMasked:
      return "masked";
    case store::FindingState::kResolved:
    case store::FindingState::kClosed:
      return "resolved";
    case store::FindingState::kOpen:
      break;
  }
  return "open";
}

}  // namespace

const store::Asset& Names::AssetOf(store::AssetId id) {
  auto it = assets_.find(id);
  if (it != assets_.end()) return it->second;
  store::Asset asset;
  if (id != 0)
    if (auto found = store::GetAsset(r_, id)) asset = std::move(*found);
  return assets_.emplace(id, std::move(asset)).first->second;
}

std::string Names::HostName(const store::Asset& asset) {
  if (asset.kind == model::AssetKind::kHost) return asset.name;
  return asset.host == 0 ? std::string() : AssetOf(asset.host).name;
}

bool Names::Ransomware(store::VulnerabilityId id) {
  auto it = ransomware_.find(id);
  if (it == ransomware_.end())
    it = ransomware_.emplace(id, store::IsRansomware(r_, id).value_or(false)).first;
  return it->second;
}

Json IdOrNull(std::uint64_t id) { return id == 0 ? Json(nullptr) : Json(std::to_string(id)); }
Json TimeOrNull(store::TimeMs time) { return time == 0 ? Json(nullptr) : Json(TimeText(time)); }

Json SeverityCountsJson(const store::SeverityCounts& counts) {
  Json json = Json::object();
  for (auto severity : {model::Severity::kCritical, model::Severity::kHigh, model::Severity::kMedium,
                        model::Severity::kLow, model::Severity::kNegligible, model::Severity::kUnknown})
    json[std::string(model::SeverityName(severity))] = counts.by[static_cast<std::size_t>(severity)];
  return json;
}

Json PageJson(const PageFacts& page, Json items) {
  Json next = page.next_cursor.empty() ? Json(nullptr) : Json(page.next_cursor);
  return {{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"total", page.total}};
}

Json SlicedPage(Json items, const store::PageRequest& page) {
  std::size_t total = items.size();
  std::size_t from = std::min<std::size_t>(ParseUint(page.cursor).value_or(0), total);
  std::size_t to = std::min(total, from + page.limit);
  Json slice = Json::array();
  for (std::size_t i = from; i < to; ++i) slice.push_back(std::move(items[i]));
  Json next = to < total ? Json(std::to_string(to)) : Json(nullptr);
  return {{"items", std::move(slice)}, {"next_cursor", std::move(next)}, {"total", total}};
}

Json AssetJson(const store::Asset& asset, Names& names, bool scanning) {
  Json facts = ReadFacts(asset.facts);
  std::string_view scan_state = "done";
  if (asset.last_scan == 0) scan_state = "never";
  if (facts.contains("scan_error") && !facts.value("scan_error", "").empty()) scan_state = "failed";
  if (scanning) scan_state = "running";
  return {{"id", std::to_string(asset.id)},
          {"kind", model::AssetKindName(asset.kind)},
          {"key", asset.kind == model::AssetKind::kContainer ? RefOf(asset).key : asset.key},
          {"name", asset.name},
          {"state", store::AssetStateName(asset.state)},
          {"host_id", IdOrNull(asset.host)},
          {"host_name", names.HostName(asset)},
          {"image", asset.image},
          {"runtime", facts.value("runtime", "")},
          {"pod", facts.value("pod", "")},
          {"os", asset.os},
          {"privileged", facts.value("privileged", false)},
          {"exposure", facts.value("exposure", "none")},
          {"score", asset.max_score},
          {"findings", SeverityCountsJson(asset.open)},
          {"secrets", SeverityCountsJson(asset.content.secrets)},
          {"malware", SeverityCountsJson(asset.content.malware)},
          {"packages", asset.packages},
          {"scan_state", scan_state},
          {"first_seen", TimeText(asset.first_seen)},
          {"last_seen", TimeText(asset.last_seen)},
          {"last_scan_at", TimeOrNull(asset.last_scan_at)}};
}

std::string_view ReachOf(const model::Usage& usage) {
  return usage.listening ? ReachWord(usage.listens) : "none";
}

Result<Json> FindingJson(store::Reader& r, const store::FindingRow& row, Names& names) {
  std::string_view exposure = "none";
  if (row.usage == model::Usage::Level::kLoaded && row.state != store::FindingState::kResolved) {
    WEIR_ASSIGN(store::PackageUsage usage, store::GetUsage(r, row.asset, row.package));
    exposure = ReachOf(store::UsageOf(usage.key));
  }
  Json fixed = Json::array();
  if (!row.fixed_in.empty()) fixed.push_back(row.fixed_in);
  return Json{{"id", std::to_string(row.asset) + "-" + std::to_string(row.match)},
              {"asset_id", std::to_string(row.asset)},
              {"asset_name", row.asset_name},
              {"asset_kind", model::AssetKindName(row.asset_kind)},
              {"host_name", names.HostName(names.AssetOf(row.asset))},
              {"vulnerability", row.vulnerability_name},
              {"summary", row.summary},
              {"severity", model::SeverityName(row.severity)},
              {"cvss", NumberOrNull(row.cvss)},
              {"epss", NumberOrNull(row.epss)},
              {"known_exploited", row.known_exploited},
              {"ransomware", row.known_exploited && names.Ransomware(row.vulnerability)},
              {"package_id", std::to_string(row.package)},
              {"package_name", row.package_name},
              {"package_version", row.package_version},
              {"package_type", model::PackageTypeName(row.package_type)},
              {"fix_state", FixWord(row.fixable)},
              {"fixed_versions", fixed},
              {"usage", model::UsageLevelName(row.usage)},
              {"exposure", exposure},
              {"score", row.score},
              {"status", StatusWord(row.state)},
              {"first_seen", TimeText(row.first_seen)},
              {"resolved_at", TimeOrNull(row.resolved_at)}};
}

Json VulnerabilityFactsJson(const model::Vulnerability& v) {
  Json cvss = Json::array();
  for (const model::Cvss& score : v.cvss)
    cvss.push_back({{"version", score.version}, {"vector", score.vector}, {"base_score", score.base_score}});
  return {{"id", v.id},
          {"aliases", v.aliases},
          {"source", v.source},
          {"summary", v.summary},
          {"severity", model::SeverityName(v.severity)},
          {"severity_source", v.severity_source},
          {"cvss", std::move(cvss)},
          {"cwes", v.cwes},
          {"references", v.references},
          {"published", v.published},
          {"modified", v.modified},
          {"known_exploited", v.known_exploited},
          {"known_exploited_since", v.known_exploited_since},
          {"ransomware", v.ransomware},
          {"epss", NumberOrNull(v.epss)},
          {"epss_percentile", NumberOrNull(v.epss_percentile)}};
}

Result<Json> VulnerabilityJson(store::Reader& r, const store::VulnerabilityRow& row) {
  WEIR_ASSIGN(store::UseCounts use, store::UseOfVulnerability(r, row.id));
  WEIR_ASSIGN(std::vector<std::string> aliases, store::AliasesOf(r, row.id));
  WEIR_ASSIGN(std::vector<std::string> packages, store::PackageNamesOf(r, row.id, 5));
  return Json{{"id", row.name},
              {"aliases", aliases},
              {"summary", row.summary},
              {"severity", model::SeverityName(row.severity)},
              {"cvss", NumberOrNull(row.cvss)},
              {"epss", NumberOrNull(row.epss)},
              {"known_exploited", row.known_exploited},
              {"ransomware", row.ransomware},
              {"published", row.published},
              {"score", row.max_score},
              {"assets", row.assets},
              {"findings", row.open},
              {"loaded", use.loaded},
              {"exposed", use.exposed},
              {"fixable", row.fixable},
              {"packages", packages}};
}

std::string_view ScanReason(std::string_view trigger) {
  if (trigger.starts_with("job:")) return "requested";
  if (trigger.starts_with("change") || trigger == "new") return "change";
  if (trigger == "schedule") return "schedule";
  if (trigger == "rules") return "rules";
  return "start";
}

Json ScanJson(const store::Scan& scan, Names& names) {
  const store::Asset& asset = names.AssetOf(scan.asset);
  Json problems = Json::parse(scan.problems, nullptr, false);
  std::uint64_t count = 0;
  if (problems.is_array())
    for (const Json& problem : problems) count += problem.value("count", std::uint64_t{1});
  return {{"id", std::to_string(scan.id)},
          {"asset_id", std::to_string(scan.asset)},
          {"asset_name", scan.asset_name},
          {"asset_kind", model::AssetKindName(asset.kind)},
          {"state", scan.state == store::ScanState::kDone ? "done" : "failed"},
          {"reason", ScanReason(scan.trigger)},
          {"started_at", TimeText(scan.started_at)},
          {"finished_at", TimeOrNull(scan.finished_at)},
          {"duration_ms", scan.finished_at - scan.started_at},
          {"packages", scan.packages},
          {"findings", SeverityCountsJson(scan.open)},
          {"secrets", scan.secrets},
          {"malware", scan.malware},
          {"new", scan.opened},
          {"resolved", scan.resolved},
          {"problems", count},
          {"error", scan.error}};
}

Json RunningScanJson(const wire::ScanProgress& progress, store::AssetId id, Names& names) {
  const store::Asset& asset = names.AssetOf(id);
  auto started = ParseTime(progress.started_at);
  return {{"id", progress.scan_id},
          {"asset_id", std::to_string(id)},
          {"asset_name", asset.name.empty() ? progress.name : asset.name},
          {"asset_kind", model::AssetKindName(progress.asset.kind)},
          {"state", "running"},
          {"reason", ScanReason(progress.trigger)},
          {"started_at", TimeText(started.value_or(0))},
          {"finished_at", nullptr},
          {"duration_ms", nullptr},
          {"packages", 0},
          {"findings", SeverityCountsJson({})},
          {"secrets", 0},
          {"malware", 0},
          {"new", 0},
          {"resolved", 0},
          {"problems", 0},
          {"error", ""}};
}

Json JobJson(const store::Job& job, Names& names) {
  bool ended = job.state >= store::JobState::kDone;
  return {{"id", std::to_string(job.id)},
          {"kind", job.kind},
          {"state", JobWord(job.state)},
          {"asset_id", IdOrNull(job.asset)},
          {"asset_name", job.asset == 0 ? std::string() : names.AssetOf(job.asset).name},
          {"created_by", job.author},
          {"created_at", TimeText(job.created_at)},
          {"finished_at", ended ? Json(TimeText(job.updated_at)) : Json(nullptr)},
          {"error", job.error},
          {"scan_id", job.scan <= 0 ? Json(nullptr) : Json(std::to_string(job.scan))}};
}

Json ProcessJson(const wire::ProcessRow& row, store::AssetId id, bool running, std::int64_t connections,
                 Names& names) {
  Json listening = Json::array();
  for (const model::ListeningSocket& socket : row.listening)
    listening.push_back({{"protocol", socket.protocol == "udp" ? "udp" : "tcp"},
                         {"address", socket.address},
                         {"port", socket.port},
                         {"reach", ReachWord(socket.scope)}});
  return {{"pid", row.pid},
          {"parent", row.parent},
          {"name", row.name},
          {"executable", row.executable},
          {"arguments", row.arguments},
          {"user", row.user},
          {"privileged", row.privileged},
          {"running", running},
          {"asset_id", std::to_string(id)},
          {"asset_name", names.AssetOf(id).name},
          {"listening", std::move(listening)},
          {"connections", connections},
          {"first_seen", TimeText(ParseTime(row.first_seen).value_or(0))}};
}

}  // namespace weir::console
