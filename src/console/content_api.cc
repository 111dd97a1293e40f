// Secrets and malware: the list, and one with everything about it.
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/content_view.h"
#include "console/handlers.h"
#include "console/masks_view.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "store/content_masks.h"

namespace weir::console {
namespace {

constexpr std::size_t kMostSame = 100;

std::optional<store::ContentId> ParseContentId(std::string_view text) {
  std::optional<std::uint64_t> number = ParseUint(text);
  if (!number || *number == 0 || *number > (std::uint64_t{1} << 62U)) return std::nullopt;
  return static_cast<store::ContentId>(*number);
}

Json RankJson(const model::Rank& rank, double score) {
  Json reasons = Json::array();
  for (const model::RankReason& reason : rank.reasons)
    reasons.push_back({{"factor", reason.factor}, {"points", reason.points}, {"detail", reason.detail}});
  return {{"score", score}, {"reasons", std::move(reasons)}};
}

}  // namespace

Answer ListContentFindings(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 2> kSorts = {"score", "first_seen"};
  QueryFields query(call.request);
  store::ContentQuery wanted = ContentQueryOf(query);
  wanted.page = query.Page();
  wanted.newest = query.Word("sort", kSorts) == "first_seen";
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Page<store::ContentRow> page, store::ListContent(r, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::ContentRow& row : page.items) {
      WEIR_ASSIGN(Json item, ContentFindingJson(r, row, names));
      items.push_back(std::move(item));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer GetContentFinding(Services& services, Call& call) {
  std::optional<store::ContentId> id = ParseContentId(call.id());
  if (!id) return NoSuch("secret or malware", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::ContentRow row, store::GetContent(r, *id));
    model::ContentFinding finding = FindingOf(row);
    Names names(r);
    WEIR_ASSIGN(Json json, ContentFindingJson(r, row, names));
    Json places = Json::array(), facts = Json::array(), same_in = Json::array();
    for (const model::ContentPlace& place : finding.places) places.push_back(ContentPlaceJson(place));
    for (const auto& [name, value] : finding.facts) facts.push_back({{"name", name}, {"value", value}});
    WEIR_ASSIGN(std::vector<store::ContentRow> same,
                store::SameContent(r, row.kind, row.fingerprint, row.asset, kMostSame));
    for (const store::ContentRow& other : same)
      same_in.push_back({{"id", std::to_string(other.id)},
                         {"asset_id", std::to_string(other.asset)},
                         {"asset_name", other.asset_name},
                         {"asset_kind", model::AssetKindName(other.asset_kind)},
                         {"host_name", names.HostName(names.AssetOf(other.asset))},
                         {"status", store::ContentStateName(other.state)},
                         {"score", other.score}});
    WEIR_ASSIGN(store::ContentMasks masks, store::ContentMasks::Load(r));
    bool disabled = masks.IsDisabled(row.kind, row.rule);
    std::string reason = finding.status_reason;
    if (reason.empty() && disabled && row.state == store::ContentState::kIgnored)
      reason = "the rule is disabled";
    json["places"] = std::move(places);
    json["facts"] = std::move(facts);
    json["status_reason"] = reason;
    json["rank"] = RankJson(finding.rank, row.score);
    WEIR_ASSIGN(std::int64_t mask, store::MaskOfContent(r, row));
    WEIR_ASSIGN(json["mask"], MaskOrNull(r, mask, names));
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r, row.asset));
    json["asset"] = AssetJson(asset, names, false);
    json["same_in"] = std::move(same_in);
    json["rule_disabled"] = disabled;
    return JsonAnswer(json);
  });
}

}  // namespace weir::console
