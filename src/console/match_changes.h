// Brings the stored matches of packages, and the findings of all assets that hold
// them, to what matching says now. Threading: belongs to its transaction.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "console/match_packages.h"
#include "console/match_scores.h"
#include "console/match_service.h"
#include "store/finding_writer.h"
#include "store/matches.h"

namespace weir::console {

class MatchChanges {
 public:
  MatchChanges(store::Transaction& t, ScoreMemo& memo, store::FindingWriter::Mode mode);

  /// NOW is everything that is known of PACKAGE.
  Result<void> Replace(store::PackageId package, const PackageMatches& now, std::uint64_t generation);
  /// FINDINGS come on top of what is known.
  Result<void> Add(store::PackageId package, std::vector<model::Finding> findings);
  Result<void> Finish();

  store::FindingWriter& writer() { return findings_; }
  Scorer& scorer() { return scorer_; }
  RematchOutcome& outcome() { return outcome_; }

  /// What an advisory has opened, for the outbox.
  struct Opened {
    std::int64_t count = 0;
    std::vector<store::AssetId> assets;
    std::vector<NewFinding> top;
  };
  const std::unordered_map<store::VulnerabilityId, Opened>& opened() const { return opened_; }
  const std::unordered_set<store::AssetId>& assets() const { return assets_; }

 private:
  struct Holder {
    store::AssetId asset;
    store::UsageKey usage;
  };
  Result<std::vector<Holder>> HoldersOf(store::PackageId package);
  Result<void> PutAll(const store::MatchRef& match, const std::vector<Holder>& holders);

  store::Transaction& t_;
  store::MatchWriter matches_;
  store::FindingWriter findings_;
  Scorer scorer_;
  RematchOutcome outcome_;
  std::unordered_map<store::VulnerabilityId, Opened> opened_;
  std::unordered_set<store::AssetId> assets_;
  std::vector<store::UsageKey> default_usages_;
  bool have_default_usages_ = false;
};

/// Keeps the LIMIT highest of LIST.
void KeepHighest(std::vector<NewFinding>& list, std::size_t limit);

}  // namespace weir::console
