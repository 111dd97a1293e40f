// Findings: the list, and one with everything about it.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/masks_view.h"
#include "console/match_service.h"
#include "console/query_words.h"
#include "console/request_fields.h"
#include "console/services.h"

namespace weir::console {
namespace {

Json Step(std::string_view kind, std::string title, std::string detail, store::AssetId asset,
          std::uint32_t pid) {
  return {{"kind", kind},
          {"title", std::move(title)},
          {"detail", std::move(detail)},
          {"asset_id", IdOrNull(asset)},
          {"pid", pid == 0 ? Json(nullptr) : Json(pid)}};
}

std::string NetworkTitle(const model::Usage& usage) {
  if (usage.reached_from_outside) return "the Internet";
  if (usage.reached_indirectly) return "the Internet, through another process of this host";
  switch (usage.listens) {
    case model::AddressScope::kPublic:
      return "the Internet";
    case model::AddressScope::kAny:
      return "every network of this host";
    case model::AddressScope::kPrivate:
      return "private networks";
    case model::AddressScope::kLinkLocal:
      return "the local link";
    case model::AddressScope::kLoopback:
      break;
  }
  return "this host only";
}

/// From the network to the weakness. USAGE is what the sensor found for the most exposed process that loads
/// the package; steps that nothing is known of are left out.
Json PathOf(const store::FindingDetail& detail, const model::Usage& usage, const store::Asset& asset) {
  const store::FindingRow& row = detail.row;
  std::uint32_t pid = usage.pids.empty() ? 0 : usage.pids.front();
  Json path = Json::array();
  if (usage.listening || usage.reached_from_outside || usage.reached_from_private || usage.reached_locally ||
      usage.reached_indirectly)
    path.push_back(Step("network", NetworkTitle(usage), usage.reach_text, 0, 0));
  // "nginx (pid 12) listens on 0.0.0.0:443" names the process and the place; the detail keeps the sentence.
  if (usage.listening) {
    std::size_t on = usage.listen_text.rfind(" on ");
    path.push_back(Step("listener",
                        on == std::string::npos ? usage.listen_text : usage.listen_text.substr(on + 4),
                        usage.listen_text, row.asset, pid));
  }
  if (asset.kind == model::AssetKind::kContainer)
    path.push_back(Step("container", asset.name, asset.image, row.asset, 0));
  if (usage.level == model::Usage::Level::kLoaded) {
    std::string rights = usage.privileged ? "privileged" : usage.runs_as_root ? "runs as root" : "";
    std::string title = usage.listen_text.substr(0, usage.listen_text.find(" listens"));
    if (title.empty()) title = pid != 0 ? "process " + std::to_string(pid) : "a running process";
    if (usage.pids.size() > 1)
      rights += (rights.empty() ? "" : "; ") + std::to_string(usage.pids.size()) + " processes";
    path.push_back(Step("process", title, rights, row.asset, pid));
  }
  path.push_back(Step("package", row.package_name + " " + row.package_version, usage.evidence, row.asset, 0));
  path.push_back(Step("weakness", row.vulnerability_name, row.summary, 0, 0));
  return path;
}

}  // namespace

store::FindingQuery FindingQueryOf(QueryFields& query, std::string& vulnerability) {
  store::FindingQuery wanted;
  std::string status = query.Word("status", kStatusWords);
  wanted.state = status == "masked"     ? store::FindingState::kMasked
                 : status == "resolved" ? store::FindingState::kResolved
                                        : store::FindingState::kOpen;
  std::string severities = query.Text("severity", 100);
  if (!severities.empty())
    for (std::string_view word : Split(severities, ',')) {
      if (std::find(kSeverityWords.begin(), kSeverityWords.end(), word) == kSeverityWords.end())
        query.Complain("severity", "has a word that is not a severity");
      wanted.severity_bits |= store::SeverityBit(model::ParseSeverity(word));
    }
  wanted.q = query.Text("q", 200);
  wanted.asset = query.Id("asset");
  wanted.package = query.Id("package");
  wanted.known_exploited = query.Bool("kev");
  wanted.fixable = query.Bool("fixable");
  wanted.loaded = query.Bool("loaded").value_or(false);
  vulnerability = query.Text("vulnerability", 200);
  return wanted;
}

Answer ListFindings(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 2> kSorts = {"score", "first_seen"};
  QueryFields query(call.request);
  std::string vulnerability;
  store::FindingQuery wanted = FindingQueryOf(query, vulnerability);
  wanted.page = query.Page();
  wanted.newest = query.Word("sort", kSorts) == "first_seen";
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    if (!vulnerability.empty()) {
      WEIR_ASSIGN(auto id, store::FindVulnerability(r, vulnerability));
      if (!id) return JsonAnswer({{"items", Json::array()}, {"next_cursor", nullptr}, {"total", 0}});
      wanted.vulnerability = *id;
    }
    WEIR_ASSIGN(store::Page<store::FindingRow> page, store::ListFindings(r, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::FindingRow& row : page.items) {
      WEIR_ASSIGN(Json item, FindingJson(r, row, names));
      items.push_back(std::move(item));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer GetFinding(Services& services, Call& call) {
  std::optional<FindingName> name = ParseFindingName(call.id());
  if (!name) return NoSuch("finding", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::FindingDetail detail, store::GetFinding(r, name->asset, name->match));
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r, name->asset));
    model::Usage usage = store::UsageOf(detail.usage_key);
    if (auto parsed = wire::ParseUsage(detail.usage_text, {})) usage = std::move(*parsed);
    Names names(r);
    WEIR_ASSIGN(Json json, FindingJson(r, detail.row, names));
    const model::Finding& finding = detail.finding;
    Json locations = Json::array();
    for (const model::Location& location : detail.locations)
      locations.push_back({{"path", location.path}, {"layer", location.layer}});
    model::Rank rank = ExplainRank(detail);
    Json reasons = Json::array();
    for (const model::RankReason& reason : rank.reasons)
      reasons.push_back({{"factor", reason.factor}, {"points", reason.points}, {"detail", reason.detail}});
    json["fix_state"] = model::FixStateName(finding.fix_state);
    json["fixed_versions"] = finding.fixed_versions;
    json["detail"] = VulnerabilityFactsJson(finding.vulnerability);
    json["match"] = {{"kind", model::MatchKindName(finding.match)},
                     {"name", finding.matched_name},
                     {"ecosystem", finding.matched_ecosystem},
                     {"affected", finding.affected_range}};
    json["rank"] = {{"score", rank.score}, {"reasons", std::move(reasons)}};
    json["path"] = PathOf(detail, usage, asset);
    json["locations"] = std::move(locations);
    json["usage_text"] = usage.evidence;
    WEIR_ASSIGN(json["mask"], MaskOrNull(r, detail.mask, names));
    json["asset"] = AssetJson(asset, names, false);
    return JsonAnswer(json);
  });
}

}  // namespace weir::console
