// Scores of findings. A score depends on the match and the part of the usage that
// counts, so that most of an asset's are known from another asset.
// Threading: ScoreMemo is safe from every thread; Scorer belongs to its transaction.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/finding.h"
#include "store/matches.h"
#include "store/packages.h"

namespace weir::console {

class ScoreMemo {
 public:
  struct Entry {
    std::uint64_t key;
    double score;
  };
  std::optional<double> Find(std::uint64_t key) const;
  std::uint64_t version() const;
  /// Only where nothing was forgotten since VERSION.
  void Add(const std::vector<Entry>& entries, std::uint64_t version);
  /// A match says something else now.
  void Forget();

 private:
  static constexpr std::size_t kMaxEntries = 300'000;
  mutable std::mutex mutex_;  // guards the rest
  std::unordered_map<std::uint64_t, float> scores_;
  std::uint64_t version_ = 0;
};

class Scorer {
 public:
  Scorer(store::Transaction& t, ScoreMemo& memo);
  /// Of a stored match.
  Result<double> Score(const store::MatchRef& match, store::UsageKey usage);
  /// Scores of MATCH come from FINDING from here on; what is stored of it may be another.
  void Know(const store::MatchRef& match, const model::Finding& finding);
  /// Offers what was computed to the memo, once it is committed.
  void Finish();

 private:
  store::Transaction& t_;
  ScoreMemo& memo_;
  std::uint64_t version_;
  std::unordered_map<std::uint64_t, double> own_;
  std::unordered_map<store::MatchId, model::Finding> known_;
  std::vector<ScoreMemo::Entry> computed_;
};

}  // namespace weir::console
