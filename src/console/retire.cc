#include "console/retire.h"

#include <nlohmann/json.hpp>

#include "console/asset_facts.h"
#include "console/event_hub.h"
#include "console/match_service.h"
#include "store/assets.h"
#include "store/content.h"

namespace weir::console {

Result<void> RetireAsset(store::Transaction& t, MatchService& match, EventHub& events, store::AssetId id) {
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t, id));
  if (asset.state == store::AssetState::kGone) return {};
  if (asset.kind == model::AssetKind::kHost) {
    WEIR_ASSIGN(std::vector<store::AssetId> containers, store::ContainersOf(t, id));
    for (store::AssetId container : containers) WEIR_TRY(RetireAsset(t, match, events, container));
  }
  if (asset.packages > 0) {
    model::Sbom nothing;
    nothing.asset.kind = asset.kind;
    nothing.asset.id = asset.key;
    nothing.asset.name = asset.name;
    wire::UsageChange unused;
    unused.full = true;
    WEIR_TRY(match.StoreScan(t, id, nothing, unused));
  }
  WEIR_TRY(store::ResolveContent(t, id));
  // A change to the scan of before would be a change to nothing: should it come back, all of it is asked for.
  std::string facts = MergeFacts(
      asset.facts, {{"scan_key", ""}, {"scan_error", ""}, {"coverage", Json::array()}, {"exposure", "none"}});
  WEIR_TRY(store::SetAssetFacts(t, id, facts));
  WEIR_TRY(store::SetAssetState(t, id, store::AssetState::kGone));
  return events.Emit(t, "asset",
                     {{"asset_id", std::to_string(id)},
                      {"asset_name", asset.name},
                      {"kind", model::AssetKindName(asset.kind)},
                      {"state", "gone"},
                      {"change", "gone"}});
}

}  // namespace weir::console
