// Hosts, containers and images, and what is in them.
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "console/asset_facts.h"
#include "console/content_view.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/query_words.h"
#include "console/request_fields.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/time_text.h"
#include "report/report.h"
#include "store/packages.h"
#include "store/views.h"

namespace weir::console {
namespace {

std::set<store::AssetId> Scanning(Services& services) {
  std::set<store::AssetId> assets;
  for (const RunningScan& scan : services.sensors.RunningScans()) assets.insert(scan.asset);
  return assets;
}

Json ListOf(const Json& facts, const char* name) {
  auto it = facts.find(name);
  return it != facts.end() && it->is_array() ? *it : Json::array();
}

Json SensorOf(Services& services, const store::Asset& asset, store::Reader& r) {
  auto sensor = store::GetSensor(r, asset.sensor);
  if (!sensor) return nullptr;
  std::string_view state = sensor->revoked                         ? "revoked"
                           : services.sensors.IsOnline(sensor->id) ? "online"
                                                                   : "offline";
  return {{"id", sensor->id}, {"state", state}};
}

}  // namespace

store::AssetQuery AssetQueryOf(QueryFields& query) {
  store::AssetQuery wanted;
  wanted.kind = KindOf(query.Word("kind", kKindWords));
  std::string state = query.Word("state", kAssetStateWords);
  if (!state.empty())
    wanted.state = state == "running"   ? store::AssetState::kRunning
                   : state == "stopped" ? store::AssetState::kStopped
                                        : store::AssetState::kGone;
  wanted.q = query.Text("q", 200);
  return wanted;
}

Answer ListAssets(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 4> kSorts = {"score", "name", "last_seen", "findings"};
  QueryFields query(call.request);
  store::AssetQuery wanted = AssetQueryOf(query);
  wanted.host = query.Id("host");
  std::string severity = query.Word("severity", kSeverityWords);
  if (!severity.empty()) wanted.severity = model::ParseSeverity(severity);
  std::string sort = query.Word("sort", kSorts);
  wanted.sort = sort == "name"        ? store::AssetSort::kName
                : sort == "last_seen" ? store::AssetSort::kLastSeen
                : sort == "findings"  ? store::AssetSort::kFindings
                                      : store::AssetSort::kScore;
  static constexpr std::array<std::string_view, 2> kHas = {"secret", "malware"};
  std::string has = query.Word("has", kHas);
  if (!has.empty()) wanted.has = has == "secret" ? model::ContentKind::kSecret : model::ContentKind::kMalware;
  wanted.page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::set<store::AssetId> scanning = Scanning(services);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Page<store::Asset> page, store::ListAssets(r, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::Asset& asset : page.items)
      items.push_back(AssetJson(asset, names, scanning.contains(asset.id)));
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer GetAsset(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  std::set<store::AssetId> scanning = Scanning(services);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r, *id));
    Names names(r);
    Json json = AssetJson(asset, names, scanning.contains(asset.id));
    Json facts = ReadFacts(asset.facts);
    bool is_host = asset.kind == model::AssetKind::kHost;
    const store::Asset& host = is_host ? asset : names.AssetOf(asset.host);
    Json host_facts = ReadFacts(host.facts);
    std::optional<store::AssetId> image;
    if (asset.kind == model::AssetKind::kContainer && !asset.image_id.empty()) {
      WEIR_ASSIGN(image, store::FindAsset(r, model::AssetKind::kImage, asset.image_id));
    }
    std::int64_t containers = 0;
    if (is_host) {
      WEIR_ASSIGN(std::vector<store::AssetId> there, store::ContainersOf(r, asset.id));
      containers = static_cast<std::int64_t>(there.size());
    } else if (asset.kind == model::AssetKind::kImage) {
      WEIR_ASSIGN(containers, store::ContainersOfImage(r, asset.key));
    }
    WEIR_ASSIGN(store::TrafficCounts traffic, store::CountTraffic(r, asset.id, is_host));
    Json problems = Json::array(), content_scans = Json::array();
    if (asset.last_scan != 0)
      if (auto scan = store::GetScan(r, asset.last_scan)) {
        problems = Json::parse(scan->problems, nullptr, false);
        content_scans = ContentScansJson(scan->content);
      }
    if (!problems.is_array()) problems = Json::array();
    for (const Json& problem : ListOf(facts, "problems"))
      problems.push_back({{"path", ""}, {"message", problem}, {"count", 1}});
    Json labels = facts.value("labels", Json::object());
    json["image_id"] = image ? Json(std::to_string(*image)) : Json(nullptr);
    json["kernel"] = host_facts.value("kernel", "");
    json["addresses"] = ListOf(facts, "addresses");
    json["labels"] = labels.is_object() ? labels : Json::object();
    json["ports"] = ListOf(facts, "ports");
    json["containers"] = containers;
    json["processes"] = traffic.processes;
    json["connections"] = traffic.connections;
    json["coverage"] = ListOf(facts, "coverage");
    json["problems"] = problems;
    json["sensor"] = SensorOf(services, asset, r);
    json["content_scans"] = std::move(content_scans);
    json["last_scan_error"] = facts.value("scan_error", "");
    return JsonAnswer(json);
  });
}

Answer DeleteAsset(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(t, *id));
    call.detail = asset.name;
    WEIR_TRY(store::DeleteAsset(t, asset.id));
    return services.events.Emit(t, "asset",
                                {{"asset_id", std::to_string(asset.id)},
                                 {"asset_name", asset.name},
                                 {"kind", model::AssetKindName(asset.kind)},
                                 {"state", "gone"},
                                 {"change", "gone"}});
  });
  WEIR_TRY(done);
  return NoContent();
}

Answer ListAssetPackages(Services& services, Call& call) {
  QueryFields query(call.request);
  store::AssetPackageQuery wanted;
  wanted.q = query.Text("q", 200);
  wanted.page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  wanted.asset = *id;
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_TRY(store::GetAsset(r, *id));
    WEIR_ASSIGN(store::Page<store::AssetPackageRow> page, store::ListAssetPackages(r, wanted));
    Json items = Json::array();
    for (const store::AssetPackageRow& row : page.items) {
      WEIR_ASSIGN(store::SeverityCounts counts, store::SeveritiesOfPackage(r, row.id));
      std::string used_by;
      if (row.usage == model::Usage::Level::kLoaded) {
        WEIR_ASSIGN(store::PackageUsage usage, store::GetUsage(r, *id, row.id));
        if (auto parsed = wire::ParseUsage(usage.text, {})) used_by = parsed->evidence;
      }
      items.push_back({{"id", std::to_string(row.id)},
                       {"type", model::PackageTypeName(row.type)},
                       {"name", row.name},
                       {"version", row.version},
                       {"purl", row.purl},
                       {"licenses", row.licenses},
                       {"location", row.path},
                       {"declared", row.scope == model::Scope::kDeclared},
                       {"usage", model::UsageLevelName(row.usage)},
                       {"used_by", used_by},
                       {"findings", SeverityCountsJson(row.open > 0 ? counts : store::SeverityCounts{})},
                       {"score", row.max_score}});
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer GetAssetSbom(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 3> kFormats = {"cyclonedx-json", "spdx-json", "json"};
  QueryFields query(call.request);
  std::string format = query.Word("format", kFormats);
  if (format.empty()) format = "cyclonedx-json";
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  model::ScanResult result;
  std::string name;
  WEIR_TRY(services.store.Read([&](store::Reader& r) -> Result<void> {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r, *id));
    WEIR_ASSIGN(result.sbom, store::LoadSbom(r, *id));
    result.started_at = TimeText(asset.last_scan_at);
    name = asset.name;
    return {};
  }));
  result.tool_version = services.options.version;
  WEIR_ASSIGN(report::Format chosen, report::ParseFormat(format));
  report::ReportOptions options;
  options.packages_only = true;
  net::ServerResponse response = TextAnswer(report::Render(result, chosen, options), "application/json");
  std::string file;
  for (char c : name.substr(0, 80))
    file += (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.'
                ? c
                : '_';
  response.headers.emplace_back("content-disposition",
                                "attachment; filename=\"" + file + "." + format + "\"");
  return response;
}

}  // namespace weir::console
