// Hosts, containers and images. Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/sbom.h"
#include "model/severity.h"
#include "store/content.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

enum class AssetState : std::uint8_t { kRunning, kStopped, kGone };
std::string_view AssetStateName(AssetState state);  // "running", "stopped", "gone"

struct AssetInput {
  model::AssetKind kind = model::AssetKind::kHost;
  std::string key;  // with KIND names the asset for ever: "<sensor>", "<sensor>/<container id>", image digest
  std::string name;
  std::string image, image_id;  // container: of its image; image: its repository:tag and digest
  std::string os;
  std::string sensor;  // id of the one that told of it
  AssetId host = 0;    // container: where it runs
  AssetState state = AssetState::kRunning;
  std::string facts;  // JSON, as the console shows it; empty keeps what is stored
};

struct Asset {
  AssetId id = 0;
  model::AssetKind kind = model::AssetKind::kHost;
  std::string key, name, image, image_id, os, sensor;
  AssetId host = 0;
  AssetState state = AssetState::kRunning;
  TimeMs first_seen = 0, last_seen = 0;
  TimeMs last_scan_at = 0;  // when the newest stored scan ended
  ScanId last_scan = 0;
  std::uint32_t packages = 0;
  std::string facts;                                         // JSON, "{}" where nothing is known
  SeverityCounts open;                                       // findings
  std::int64_t masked = 0, known_exploited = 0, loaded = 0;  // findings
  ContentCounts content;                                     // secrets and malware
  double max_score = 0;                                      // of open findings of every kind
};

/// Inserts or refreshes; empty texts keep what is stored.
Result<AssetId> UpsertAsset(Transaction& t, const AssetInput& input);
Result<void> SetAssetState(Transaction& t, AssetId asset, AssetState state);
/// Replaces what the console shows of it; nothing else moves.
Result<void> SetAssetFacts(Transaction& t, AssetId asset, std::string_view facts);
/// Last seen now.
Result<void> TouchAsset(Transaction& t, AssetId asset);
/// With its packages, findings and history.
Result<void> DeleteAsset(Transaction& t, AssetId asset);

/// kNotFound where there is none.
Result<Asset> GetAsset(Reader& r, AssetId asset);
Result<std::optional<AssetId>> FindAsset(Reader& r, model::AssetKind kind, std::string_view key);
/// Of a host, newest first: containers that have not gone.
Result<std::vector<AssetId>> ContainersOf(Reader& r, AssetId host);

enum class AssetSort : std::uint8_t { kScore, kName, kLastSeen, kFindings };
struct AssetQuery {
  std::optional<model::AssetKind> kind;
  std::optional<AssetState> state;  // none: all but gone
  bool include_gone = false;
  std::string q;  // part of name, image or key
  AssetId host = 0;
  std::optional<model::Severity> severity;  // has open findings of it
  PackageId package = 0;
  std::optional<model::ContentKind> has;  // an open finding of it
  AssetSort sort = AssetSort::kScore;
  PageRequest page;
};
Result<Page<Asset>> ListAssets(Reader& r, const AssetQuery& query);

struct AssetTotals {
  std::int64_t hosts = 0, containers = 0, images = 0;  // not gone
  std::int64_t running_containers = 0;
  std::int64_t never_scanned = 0;
  SeverityCounts open;
  std::int64_t known_exploited = 0, masked = 0, loaded = 0;
};
Result<AssetTotals> GetAssetTotals(Reader& r);

/// Every asset with little: for topology and for filters' choices.
struct AssetBrief {
  AssetId id = 0, host = 0;
  model::AssetKind kind = model::AssetKind::kHost;
  AssetState state = AssetState::kRunning;
  std::string key, name, image;
  SeverityCounts open;
  double max_score = 0;
};
Result<std::vector<AssetBrief>> AllAssets(Reader& r, bool include_gone);

}  // namespace weir::store
