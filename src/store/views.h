// Small reads that the console's pages and its ingest need besides the lists.
// Threading: as Reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/findings.h"
#include "store/ids.h"
#include "store/packages.h"
#include "store/scans.h"
#include "store/sensors.h"
#include "store/store.h"

namespace weir::store {

/// JSON of running processes of ASSET itself that listen, at most LIMIT.
Result<std::vector<std::string>> ListeningProcesses(Reader& r, AssetId asset, std::size_t limit);
/// Empty where HOST has no process of that key.
Result<std::string> ProcessName(Reader& r, AssetId host, std::string_view key);
/// 0 where HOST has no process of that key.
Result<AssetId> ProcessAsset(Reader& r, AssetId host, std::string_view key);
/// Keys of images that have not gone and that SENSOR is among the ones to have.
Result<std::vector<std::string>> ImagesOfSensor(Reader& r, std::string_view sensor);
/// A member of an asset's facts for every asset that has it, sorted by asset; "exposure" for topology.
Result<std::vector<std::pair<AssetId, std::string>>> FactOfAssets(Reader& r, std::string_view path);
/// Hosts that have not gone, by the machine id in their facts.
Result<std::vector<AssetId>> HostsOfMachine(Reader& r, std::string_view machine_id);
/// Running containers made from the image with this config digest.
Result<std::int64_t> ContainersOfImage(Reader& r, std::string_view image_id);
struct TrafficCounts {
  std::int64_t processes = 0, connections = 0;
};
/// Of a host (with its containers) or a container; running and open ones.
Result<TrafficCounts> CountTraffic(Reader& r, AssetId asset, bool is_host);
/// How many connections each process (key) of HOST has open.
Result<std::vector<std::pair<std::string, std::int64_t>>> ConnectionCounts(Reader& r, AssetId host);
/// Whether ransomware is known to use it; by vulnerability.
Result<bool> IsRansomware(Reader& r, VulnerabilityId vulnerability);
struct UseCounts {
  std::int64_t loaded = 0;   // open findings in packages that a running process has loaded
  std::int64_t exposed = 0;  // ... by one that listens beyond its host
};
Result<UseCounts> UseOfVulnerability(Reader& r, VulnerabilityId vulnerability);
/// Over everything; reads every open finding in a loaded package.
Result<UseCounts> UseOfAll(Reader& r);
Result<std::vector<std::string>> AliasesOf(Reader& r, VulnerabilityId vulnerability);
/// Names of packages that have an open finding of it, the most used first.
Result<std::vector<std::string>> PackageNamesOf(Reader& r, VulnerabilityId vulnerability, std::size_t limit);
/// The highest open finding; nothing where there is none.
Result<std::optional<std::pair<AssetId, MatchId>>> TopFindingOf(Reader& r, VulnerabilityId vulnerability);
/// Standing matches of a distinct package by severity.
Result<SeverityCounts> SeveritiesOfPackage(Reader& r, PackageId package);
/// The highest score that a vulnerability with an open finding in PACKAGE has anywhere; 0 for none.
Result<double> ScoreOfPackage(Reader& r, PackageId package);
/// The highest open finding of PACKAGE in ASSET; 0 for none.
Result<double> ScoreOfPackageIn(Reader& r, PackageId package, AssetId asset);
struct Gap {
  std::string ecosystem;
  std::int64_t packages = 0, assets = 0;
  bool starter_only = false;
};
/// Ecosystems that nothing, or only the built-in set, is known of, over all assets' facts.
Result<std::vector<Gap>> CoverageGaps(Reader& r);
/// Assets whose last scan failed.
Result<std::int64_t> FailedScans(Reader& r);
/// The scan of ASSET before SCAN that went well; 0 where there is none.
Result<ScanId> ScanBefore(Reader& r, AssetId asset, ScanId scan);

struct ScanQuery {
  AssetId asset = 0;  // 0: of all
  std::optional<ScanState> state;
  PageRequest page;
};
/// Newest first.
Result<Page<Scan>> FilteredScans(Reader& r, const ScanQuery& query);
Result<Page<Job>> FilteredJobs(Reader& r, const std::optional<JobState>& state, const PageRequest& page);

}  // namespace weir::store
