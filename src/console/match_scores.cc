#include "console/match_scores.h"

#include <memory>

#include "rank/rank.h"

namespace weir::console {
namespace {

std::uint64_t KeyOf(store::MatchId match, store::UsageKey usage) {
  return std::uint64_t{match} << 32U | usage;
}

}  // namespace

std::optional<double> ScoreMemo::Find(std::uint64_t key) const {
  std::lock_guard lock(mutex_);
  auto found = scores_.find(key);
  return found == scores_.end() ? std::nullopt : std::optional<double>(found->second);
}

std::uint64_t ScoreMemo::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

void ScoreMemo::Add(const std::vector<Entry>& entries, std::uint64_t version) {
  std::lock_guard lock(mutex_);
  if (version != version_) return;
  if (scores_.size() + entries.size() > kMaxEntries) scores_.clear();
  for (const Entry& entry : entries) scores_.insert_or_assign(entry.key, static_cast<float>(entry.score));
}

void ScoreMemo::Forget() {
  std::lock_guard lock(mutex_);
  scores_.clear();
  ++version_;
}

Scorer::Scorer(store::Transaction& t, ScoreMemo& memo) : t_(t), memo_(memo), version_(memo.version()) {}

Result<double> Scorer::Score(const store::MatchRef& match, store::UsageKey usage) {
  std::uint64_t key = KeyOf(match.id, usage);
  if (auto own = own_.find(key); own != own_.end()) return own->second;
  auto known = known_.find(match.id);
  if (known == known_.end())
    if (std::optional<double> score = memo_.Find(key)) return *score;
  model::Finding loaded;
  if (known == known_.end()) {
    WEIR_ASSIGN(loaded, store::LoadMatch(t_, match.id));
  }
  const model::Finding& finding = known == known_.end() ? loaded : known->second;
  double score = rank::ScoreFinding(finding, store::UsageOf(usage)).score;
  own_.emplace(key, score);
  computed_.push_back({key, score});
  return score;
}

void Scorer::Know(const store::MatchRef& match, const model::Finding& finding) {
  if (!match.fresh) memo_.Forget();
  known_.insert_or_assign(match.id, finding);
}

void Scorer::Finish() {
  // A unit that is rolled back may give its numbers to other matches later.
  t_.AfterCommit(
      [memo = &memo_, entries = std::move(computed_), version = version_] { memo->Add(entries, version); });
}

}  // namespace weir::console
