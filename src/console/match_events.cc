#include "console/match_events.h"

#include <nlohmann/json.hpp>

#include "store/assets.h"
#include "store/outbox.h"
#include "store/vulnerabilities.h"

namespace weir::console {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 20;

std::string Dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Result<json> TopOf(store::Transaction& t, const std::vector<NewFinding>& top) {
  json out = json::array();
  for (const NewFinding& finding : top) {
    if (out.size() == kShown) break;
    WEIR_ASSIGN(store::FindingRow row, store::GetFindingRow(t, finding.asset, finding.match));
    out.push_back({{"id", std::to_string(row.asset) + "-" + std::to_string(row.match)},
                   {"asset", row.asset},
                   {"asset_name", row.asset_name},
                   {"vulnerability", row.vulnerability_name},
                   {"package", row.package_name},
                   {"version", row.package_version},
                   {"severity", model::SeverityName(row.severity)},
                   {"score", row.score},
                   {"known_exploited", row.known_exploited}});
  }
  return out;
}

json BySeverity(const json& top) {
  json out = json::object();
  for (const json& finding : top) {
    json& count = out[finding["severity"].get<std::string>()];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  return out;
}

}  // namespace

Result<void> AddAssetEvent(store::Transaction& t, const AssetEvent& event) {
  if (event.opened == 0 && event.resolved == 0) return {};
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t, event.asset));
  WEIR_ASSIGN(json top, TopOf(t, event.top));
  json body = {{"cause", event.cause},   {"asset", event.asset},       {"asset_name", asset.name},
               {"opened", event.opened}, {"resolved", event.resolved}, {"top_by_severity", BySeverity(top)},
               {"top", std::move(top)}};
  WEIR_TRY(store::AddEvent(t, "finding", Dump(body)));
  return {};
}

Result<void> AddAdvisoryEvents(store::Transaction& t, const MatchChanges& changes) {
  for (const auto& [id, opened] : changes.opened()) {
    WEIR_ASSIGN(json top, TopOf(t, opened.top));
    if (top.empty()) continue;
    json body = {{"cause", "advisory"},
                 {"vulnerability", top[0]["vulnerability"]},
                 {"severity", top[0]["severity"]},
                 {"opened", opened.count},
                 {"resolved", 0},
                 {"assets", opened.assets},
                 {"top", std::move(top)}};
    WEIR_TRY(store::AddEvent(t, "finding", Dump(body)));
  }
  return {};
}

Result<void> AddIndexEvent(store::Transaction& t, const RematchOutcome& outcome) {
  WEIR_ASSIGN(json top, TopOf(t, outcome.top));
  json body = {{"cause", "index"},
               {"packages", outcome.packages},
               {"opened", outcome.opened},
               {"resolved", outcome.resolved},
               {"rescored", outcome.rescored},
               {"top_by_severity", BySeverity(top)},
               {"top", std::move(top)}};
  WEIR_TRY(store::AddEvent(t, "finding", Dump(body)));
  return {};
}

}  // namespace weir::console
