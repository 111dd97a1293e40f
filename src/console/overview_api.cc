// The first page: what there is, what to fix first, where it is blind.
#include <nlohmann/json.hpp>

#include "console/advisory_service.h"
#include "console/content_view.h"
#include "console/feed_ages.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/overview.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/time_text.h"
#include "store/outbox.h"
#include "store/views.h"

namespace weir::console {
namespace {

constexpr std::int64_t kShortMs = 1000, kLongMs = 30'000, kBlindMs = 10'000;

std::string Plural(std::int64_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

Json GapJson(std::string_view kind, std::string message, std::int64_t count) {
  return {{"kind", kind}, {"message", std::move(message)}, {"count", count}};
}

Result<Json> CoverageGapsJson(Services& services, store::Reader& r, const store::AssetTotals& totals,
                              std::int64_t offline) {
  Json gaps = Json::array();
  WEIR_ASSIGN(OverviewCache::Blind blind, services.overview.BlindSpots(r, services.store.Now()));
  for (const store::Gap& gap : blind.gaps) {
    std::string where = Plural(gap.packages, "package") + " in " + Plural(gap.assets, "asset");
    Json json =
        gap.starter_only
            ? GapJson(
                  "starter",
                  "only the built-in advisories for " + gap.ecosystem + ": " + where + " are barely checked",
                  gap.packages)
            : GapJson("ecosystem", "no advisories for " + gap.ecosystem + ": " + where + " are unchecked",
                      gap.packages);
    json["ecosystem"] = gap.ecosystem;
    gaps.push_back(std::move(json));
  }
  if (totals.never_scanned > 0)
    gaps.push_back(GapJson("never-scanned", Plural(totals.never_scanned, "asset") + " never scanned",
                           totals.never_scanned));
  std::int64_t failed = blind.failed_scans;
  if (failed > 0)
    gaps.push_back(GapJson("scan-failed", "the last scan of " + Plural(failed, "asset") + " failed", failed));
  if (offline > 0) gaps.push_back(GapJson("sensor-offline", Plural(offline, "sensor") + " offline", offline));
  WEIR_ASSIGN(std::vector<FeedAge> ages, FeedAges(services));
  std::int64_t stale = 0;
  for (const FeedAge& age : ages) stale += age.stale ? 1 : 0;
  if (services.advisories.is_starter()) {
    gaps.push_back(GapJson("feed", "no feed was fetched yet: only the built-in advisories are known", 1));
  } else if (stale > 0) {
    gaps.push_back(GapJson("feed", Plural(stale, "advisory source") + " old or failed", stale));
  }
  return gaps;
}

Result<Json> ContentJson(store::Reader& r) {
  WEIR_ASSIGN(store::ContentCounts totals, store::GetContentTotals(r));
  store::ContentQuery query;
  query.page.limit = 10;
  WEIR_ASSIGN(auto worst, store::ListContent(r, query));
  Json first = Json::array();
  Names names(r);
  for (const store::ContentRow& row : worst.items) {
    WEIR_ASSIGN(Json item, ContentFindingJson(r, row, names));
    first.push_back(std::move(item));
  }
  return Json{{"secrets", {{"open", SeverityCountsJson(totals.secrets)}, {"masked", totals.secrets_masked}}},
              {"malware", {{"open", SeverityCountsJson(totals.malware)}, {"masked", totals.malware_masked}}},
              {"fix_first", std::move(first)}};
}

}  // namespace

/// What is slow to count is counted again after a while only.
Result<store::UseCounts> OverviewCache::Use(store::Reader& r, store::TimeMs now) {
  {
    std::lock_guard lock(mutex_);
    if (now - use_at_ < kLongMs && now >= use_at_) return use_;
  }
  WEIR_ASSIGN(store::UseCounts counted, store::UseOfAll(r));
  std::lock_guard lock(mutex_);
  use_ = counted;
  use_at_ = now;
  return counted;
}

Result<OverviewCache::Blind> OverviewCache::BlindSpots(store::Reader& r, store::TimeMs now) {
  {
    std::lock_guard lock(mutex_);
    if (now - blind_at_ < kBlindMs && now >= blind_at_) return blind_;
  }
  Blind counted;
  WEIR_ASSIGN(counted.gaps, store::CoverageGaps(r));
  WEIR_ASSIGN(counted.failed_scans, store::FailedScans(r));
  std::lock_guard lock(mutex_);
  blind_ = counted;
  blind_at_ = now;
  return counted;
}

Answer GetOverview(Services& services, Call&) {
  store::TimeMs now = services.store.Now();
  WEIR_ASSIGN(std::int64_t event,
              services.store.Read([](store::Reader& r) { return store::LastEventId(r); }));
  {
    std::lock_guard lock(services.overview.mutex_);
    bool fresh = now - services.overview.at_ < kShortMs && now >= services.overview.at_;
    if (fresh && event == services.overview.event_ && !services.overview.text_.empty())
      return TextAnswer(services.overview.text_, "application/json");
  }
  auto built = services.store.Read([&](store::Reader& r) -> Result<Json> {
    WEIR_ASSIGN(store::AssetTotals totals, store::GetAssetTotals(r));
    WEIR_ASSIGN(std::vector<store::Sensor> sensors, store::ListSensors(r));
    std::int64_t online = 0, offline = 0;
    for (const store::Sensor& sensor : sensors)
      if (!sensor.revoked) ++(services.sensors.IsOnline(sensor.id) ? online : offline);
    WEIR_ASSIGN(store::UseCounts use, services.overview.Use(r, now));
    store::VulnerabilityQuery first;
    first.page.limit = 10;
    WEIR_ASSIGN(auto vulnerabilities, store::ListVulnerabilities(r, first));
    Json fix_first = Json::array(), trend = Json::array(), feeds = Json::array(), running = Json::array(),
         recent = Json::array();
    for (const store::VulnerabilityRow& row : vulnerabilities.items) {
      WEIR_ASSIGN(Json item, VulnerabilityJson(r, row));
      fix_first.push_back(std::move(item));
    }
    WEIR_ASSIGN(Json content, ContentJson(r));
    WEIR_ASSIGN(std::vector<store::TrendDay> days, store::Trend(r, 30));
    for (const store::TrendDay& day : days)
      trend.push_back({{"day", day.day},
                       {"open", SeverityCountsJson(day.open)},
                       {"new", day.opened},
                       {"resolved", day.resolved}});
    WEIR_ASSIGN(std::vector<FeedAge> ages, FeedAges(services));
    for (const FeedAge& age : ages) feeds.push_back(FeedAgeJson(age));
    Names names(r);
    for (const RunningScan& scan : services.sensors.RunningScans())
      if (running.size() < 50) running.push_back(RunningScanJson(scan.progress, scan.asset, names));
    WEIR_ASSIGN(store::Page<store::Scan> scans, store::ListScans(r, 0, {10, {}}));
    for (const store::Scan& scan : scans.items) recent.push_back(ScanJson(scan, names));
    WEIR_ASSIGN(Json gaps, CoverageGapsJson(services, r, totals, offline));
    return Json{{"assets",
                 {{"host", totals.hosts},
                  {"container", totals.containers},
                  {"image", totals.images},
                  {"running", totals.running_containers}}},
                {"sensors", {{"online", online}, {"offline", offline}}},
                {"findings",
                 {{"open", SeverityCountsJson(totals.open)},
                  {"masked", totals.masked},
                  {"known_exploited", totals.known_exploited},
                  {"loaded", totals.loaded},
                  {"exposed", use.exposed}}},
                {"content", std::move(content)},
                {"fix_first", std::move(fix_first)},
                {"trend", std::move(trend)},
                {"coverage_gaps", std::move(gaps)},
                {"feeds", std::move(feeds)},
                {"running_scans", std::move(running)},
                {"recent_scans", std::move(recent)},
                {"generated_at", TimeText(now)}};
  });
  WEIR_TRY(built);
  net::ServerResponse response = JsonAnswer(*built);
  std::lock_guard lock(services.overview.mutex_);
  services.overview.text_ = response.body;
  services.overview.at_ = now;
  services.overview.event_ = event;
  return response;
}

}  // namespace weir::console
