// The history of scans, and what two of them differ in. Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/finding.h"
#include "store/content.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

enum class ScanState : std::uint8_t { kDone, kFailed };

struct ScanInput {
  std::string key;  // the sensor's id of the scan
  AssetId asset = 0;
  std::string trigger;
  TimeMs started_at = 0, finished_at = 0;
  ScanState state = ScanState::kDone;
  std::string error;                      // of a failed one
  std::string problems;                   // JSON array
  std::string coverage;                   // JSON array
  std::string facts;                      // JSON: statistics, catalogers
  std::string content;                    // JSON array: what was looked for, and at
  std::int64_t opened = 0, resolved = 0;  // findings of all kinds that it changed
};
struct Scan {
  ScanId id = 0;
  std::string key, trigger, error, problems, coverage, facts, content;
  AssetId asset = 0;
  std::string asset_name;
  TimeMs started_at = 0, finished_at = 0;
  ScanState state = ScanState::kDone;
  std::uint32_t packages = 0;
  SeverityCounts open;                    // findings of the asset when it was stored
  std::int64_t secrets = 0, malware = 0;  // open ones, when it was stored
  std::int64_t opened = 0, resolved = 0;
};

/// Call after the findings were stored: the asset's packages and counts of now are kept with it.
/// The newest 100 of an asset are kept.
Result<ScanId> AddScan(Transaction& t, const ScanInput& input);
Result<Scan> GetScan(Reader& r, ScanId scan);
Result<std::optional<Scan>> FindScan(Reader& r, AssetId asset, std::string_view key);
/// Newest first; ASSET 0: of all.
Result<Page<Scan>> ListScans(Reader& r, AssetId asset, const PageRequest& page);

struct ScanDifference {
  struct PackageChange {
    PackageId package = 0;
    model::PackageType type = model::PackageType::kUnknown;
    std::string name, version;
  };
  struct FindingChange {
    MatchId match = 0;
    std::string vulnerability, package_name, package_version;
    model::Severity severity = model::Severity::kUnknown;
    bool by_advisory = false;  // the package was there in both; what is known of it has changed
  };
  std::vector<PackageChange> added, removed;
  std::vector<FindingChange> opened, resolved;
  std::vector<ContentRow> content_added, content_removed;  // as far as they are still kept
  std::int64_t unchanged_packages = 0, unchanged_findings = 0;
};
/// What came and went from BEFORE to AFTER.
Result<ScanDifference> CompareScans(Reader& r, ScanId before, ScanId after);

}  // namespace weir::store
