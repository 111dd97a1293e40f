// Matching over everything that is stored: what an asset's new SBOM, a new usage, one
// new advisory or a whole new index does to findings.
//
// Matching happens once for each distinct package, whatever the number of assets that
// hold it. For one asset the result is that of a scan by the command line: the same
// findings, scores and statuses.
//
// Events go to the outbox in the same transaction, type "finding". "top" has the highest scores of what was
// opened, at most 20, "top_by_severity" counts those:
//   {"cause": "scan"|"usage", "asset": 12, "asset_name": "web-1", "opened": 3, "resolved": 1,
//    "top_by_severity": {"critical": 1, ...}, "top": [{"id": "12-345", "asset": 12, "asset_name": "web-1",
//    "vulnerability": "CVE-...", "package": "openssl", "version": "3.0.11-1", "severity": "critical",
//    "score": 87.5, "known_exploited": true}, ...]}
//   {"cause": "advisory", "vulnerability": "CVE-...", "severity": ..., "opened": 40, "resolved": 0,
//    "assets": [1, 2, ... at most 200], "top": [...]}                  one for each vulnerability
//   {"cause": "index", "packages": 900, "opened": 40, "resolved": 3, "rescored": 1200, "top_by_severity":
//   ...,
//    "top": [...]}
//
// Threading: safe from every thread; StoreScan and StoreUsage inside the caller's
// Transaction, the others make their own and must be called outside of any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "advisory/index.h"
#include "advisory/match.h"
#include "store/findings.h"
#include "store/packages.h"
#include "store/store.h"
#include "wire/messages.h"

namespace weir::console {

struct NewFinding {
  store::AssetId asset = 0;
  store::MatchId match = 0;
  double score = 0;
};

/// What changed in one asset.
struct AssetOutcome {
  std::int64_t packages_added = 0, packages_removed = 0;
  std::int64_t opened = 0, resolved = 0, rescored = 0;
  std::vector<model::Coverage> coverage;  // StoreScan only
  std::vector<model::Problem> problems;   // of matching; StoreScan only
};

/// What changed everywhere.
struct RematchOutcome {
  std::int64_t packages = 0;  // distinct ones that were matched
  std::int64_t opened = 0, resolved = 0, rescored = 0;
  std::int64_t assets = 0;      // with something opened
  std::vector<NewFinding> top;  // the highest of those opened, at most 100
};

class MatchService {
 public:
  explicit MatchService(store::Store& store);
  ~MatchService();
  MatchService(const MatchService&) = delete;
  MatchService& operator=(const MatchService&) = delete;

  /// Sets the index in use and that of single imported advisories (may be null) without matching anything.
  /// True: what is stored was not (wholly) matched with them, call NewIndex.
  Result<bool> Start(std::shared_ptr<const advisory::Index> index,
                     std::shared_ptr<const advisory::Index> imported);

  /// Stores SBOM and USAGE as what ASSET has now, and its findings. Without a Start it has none.
  Result<AssetOutcome> StoreScan(store::Transaction& t, store::AssetId asset, const model::Sbom& sbom,
                                 const wire::UsageChange& usage);
  /// Scores the findings of ASSET anew.
  Result<AssetOutcome> StoreUsage(store::Transaction& t, store::AssetId asset,
                                  const wire::UsageChange& usage);

  /// FRESH holds just the advisories that have come, IMPORTED all that were imported since the index was
  /// made. Only packages that FRESH names are looked at, and all is stored in one transaction.
  Result<RematchOutcome> NewAdvisories(std::shared_ptr<const advisory::Index> fresh,
                                       std::shared_ptr<const advisory::Index> imported);

  struct Progress {
    std::int64_t done = 0, total = 0;  // distinct packages
  };
  /// Takes INDEX (and IMPORTED) into use and matches every held package again, in transactions of a fraction
  /// of a second. Cut short (CANCEL, a crash), it goes on where it was when called again.
  Result<RematchOutcome> NewIndex(std::shared_ptr<const advisory::Index> index,
                                  std::shared_ptr<const advisory::Index> imported,
                                  const std::function<void(const Progress&)>& progress = {},
                                  const std::atomic<bool>* cancel = nullptr);

  std::shared_ptr<const advisory::Index> index() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The rank of a stored finding with its reasons, as the page shows it.
model::Rank ExplainRank(const store::FindingDetail& detail);

}  // namespace weir::console
