#include "console/coverage_refresh.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "advisory/match.h"
#include "base/hash.h"
#include "console/answer.h"
#include "console/asset_facts.h"
#include "store/assets.h"
#include "store/outbox.h"
#include "store/packages.h"

namespace weir::console {
namespace {

constexpr std::string_view kSetting = "coverage_sources";
constexpr std::size_t kAtOnce = 16;  // assets in one transaction: others want to write too

/// Names what a coverage depends on besides the packages.
std::string SourcesKey(const advisory::Index& index) {
  std::string text;
  for (const auto& [ecosystem, sources] : index.ecosystems()) {
    text += ecosystem + '\n';
    for (const std::string& source : sources) text += '\t' + source + '\n';
  }
  return DigestHex(DigestKind::kSha256, AsBytes(text));
}

Result<void> RefreshOne(store::Transaction& t, store::AssetId id, const advisory::Index& index) {
  Result<store::Asset> asset = store::GetAsset(t, id);
  if (!asset && asset.error().code == Code::kNotFound) return {};
  if (!asset) return Err(asset.error());
  Result<model::Sbom> sbom = store::LoadSbom(t, id);
  if (!sbom && sbom.error().code == Code::kNotFound) return {};  // never scanned
  if (!sbom) return Err(sbom.error());
  advisory::MatchResult cover = advisory::CoverageOf(*sbom, index, {});
  Json coverage = Json::parse(CoverageText(cover.coverage));
  return store::SetAssetFacts(t, id, MergeFacts(asset->facts, {{"coverage", std::move(coverage)}}));
}

}  // namespace

std::string CoverageText(const std::vector<model::Coverage>& coverage) {
  Json list = Json::array();
  for (const model::Coverage& row : coverage)
    list.push_back({{"ecosystem", row.ecosystem},
                    {"packages", row.packages},
                    {"sources", row.sources},
                    {"starter_only", row.starter_only}});
  return WriteFacts(list);
}

Result<void> RefreshCoverage(store::Store& store, const advisory::Index& index,
                             const std::atomic<bool>& cancel) {
  std::string key = SourcesKey(index);
  WEIR_ASSIGN(std::string last,
              store.Read([](store::Reader& r) { return store::GetSetting(r, kSetting, ""); }));
  if (last == key) return {};
  WEIR_ASSIGN(std::vector<store::AssetBrief> assets,
              store.Read([](store::Reader& r) { return store::AllAssets(r, false); }));
  for (std::size_t at = 0; at < assets.size(); at += kAtOnce) {
    if (cancel) return Err(Code::kCancelled, "the console stops");
    std::span<const store::AssetBrief> some(&assets[at], std::min(kAtOnce, assets.size() - at));
    Result<void> stored = store.Write([&](store::Transaction& t) -> Result<void> {
      for (const store::AssetBrief& asset : some) WEIR_TRY(RefreshOne(t, asset.id, index));
      return {};
    });
    if (!stored) return stored;
  }
  return store.Write([&](store::Transaction& t) { return store::SetSetting(t, kSetting, key); });
}

}  // namespace weir::console
