#include "console/match_changes.h"

#include <algorithm>

#include "store/vulnerabilities.h"

namespace weir::console {
namespace {

constexpr std::size_t kTop = 100;
constexpr std::size_t kNamedAssets = 200;

}  // namespace

void KeepHighest(std::vector<NewFinding>& list, std::size_t limit) {
  auto higher = [](const NewFinding& a, const NewFinding& b) {
    if (a.score != b.score) return a.score > b.score;
    return std::pair(a.match, a.asset) < std::pair(b.match, b.asset);
  };
  auto end = list.begin() + static_cast<std::ptrdiff_t>(std::min(limit, list.size()));
  std::partial_sort(list.begin(), end, list.end(), higher);
  list.erase(end, list.end());
}

MatchChanges::MatchChanges(store::Transaction& t, ScoreMemo& memo, store::FindingWriter::Mode mode)
    : t_(t), matches_(t), findings_(t, mode), scorer_(t, memo) {}

Result<std::vector<MatchChanges::Holder>> MatchChanges::HoldersOf(store::PackageId package) {
  std::vector<store::AssetId> assets = t_.posting_changes().AssetsOf(package);
  std::vector<Holder> out;
  if (assets.empty()) return out;
  if (!have_default_usages_) {
    WEIR_ASSIGN(default_usages_, store::DefaultUsages(t_));
    have_default_usages_ = true;
  }
  out.reserve(assets.size());
  for (store::AssetId asset : assets)
    out.push_back({asset, asset < default_usages_.size() ? default_usages_[asset] : 0});
  WEIR_ASSIGN(auto special, store::UsageOfPackage(t_, package));
  for (const auto& [asset, usage] : special) {
    auto at = std::ranges::lower_bound(out, asset, {}, &Holder::asset);
    if (at != out.end() && at->asset == asset) at->usage = usage;
  }
  return out;
}

Result<void> MatchChanges::PutAll(const store::MatchRef& match, const std::vector<Holder>& holders) {
  Opened* opened = nullptr;
  for (const Holder& holder : holders) {
    WEIR_ASSIGN(double score, scorer_.Score(match, holder.usage));
    WEIR_ASSIGN(store::FindingWriter::Effect effect,
                findings_.Put(match, holder.asset, score, store::LevelOf(holder.usage)));
    if (effect == store::FindingWriter::Effect::kChanged) ++outcome_.rescored;
    if (effect != store::FindingWriter::Effect::kOpened) continue;
    if (opened == nullptr) opened = &opened_[match.vulnerability];
    ++outcome_.opened;
    ++opened->count;
    assets_.insert(holder.asset);
    if (opened->assets.size() < kNamedAssets) opened->assets.push_back(holder.asset);
    opened->top.push_back({holder.asset, match.id, score});
  }
  if (opened != nullptr) KeepHighest(opened->top, kTop);
  return {};
}

Result<void> MatchChanges::Replace(store::PackageId package, const PackageMatches& now,
                                   std::uint64_t generation) {
  WEIR_ASSIGN(std::vector<store::StoredMatch> stored, store::MatchesOf(t_, package));
  std::unordered_map<std::string_view, const store::StoredMatch*> by_name;
  for (const store::StoredMatch& match : stored) by_name.emplace(match.name, &match);
  WEIR_ASSIGN(std::vector<Holder> holders, HoldersOf(package));
  for (const model::Finding& finding : now.findings) {
    auto old = by_name.find(finding.vulnerability.id);
    store::MatchRef ref;
    if (old == by_name.end()) {
      WEIR_ASSIGN(ref, matches_.Add(package, finding));
    } else {
      const store::StoredMatch& match = *old->second;
      by_name.erase(old);
      if (match.hash == store::ContentHash(finding)) continue;
      WEIR_ASSIGN(ref, matches_.Update(package, match, finding));
    }
    scorer_.Know(ref, finding);
    WEIR_TRY(PutAll(ref, holders));
  }
  for (const auto& [name, match] : by_name) {
    for (const Holder& holder : holders) {
      WEIR_ASSIGN(bool was_open,
                  findings_.Resolve(match->ref, holder.asset, store::ResolvedReason::kAdvisoryChanged));
      outcome_.resolved += was_open ? 1 : 0;
    }
    WEIR_TRY(matches_.Retire(match->ref));
  }
  ++outcome_.packages;
  return matches_.SetMatched(package, generation, now.problems);
}

Result<void> MatchChanges::Add(store::PackageId package, std::vector<model::Finding> findings) {
  WEIR_ASSIGN(std::vector<store::StoredMatch> stored, store::MatchesOf(t_, package));
  WEIR_ASSIGN(std::vector<Holder> holders, HoldersOf(package));
  ++outcome_.packages;
  for (model::Finding& finding : findings) {
    std::vector<std::string> names = finding.vulnerability.aliases;
    names.push_back(finding.vulnerability.id);
    WEIR_ASSIGN(std::vector<store::VulnerabilityId> known, store::VulnerabilitiesNamed(t_, names));
    const store::StoredMatch* same = nullptr;
    for (const store::StoredMatch& match : stored)
      if (std::ranges::find(known, match.ref.vulnerability) != known.end())
        if (same == nullptr || match.name == finding.vulnerability.id) same = &match;
    store::MatchRef ref;
    if (same == nullptr) {
      WEIR_ASSIGN(ref, matches_.Add(package, finding));
    } else {
      WEIR_ASSIGN(model::Finding old, store::LoadMatch(t_, same->ref.id));
      if (JoinImported(old, finding) != Joined::kReplaces) continue;
      if (same->hash == store::ContentHash(finding)) continue;
      WEIR_ASSIGN(ref, matches_.Update(package, *same, finding));
    }
    scorer_.Know(ref, finding);
    WEIR_TRY(PutAll(ref, holders));
  }
  return {};
}

Result<void> MatchChanges::Finish() {
  WEIR_TRY(matches_.Finish());
  WEIR_TRY(findings_.Finish());
  scorer_.Finish();
  outcome_.assets = static_cast<std::int64_t>(assets_.size());
  for (const auto& [vulnerability, opened] : opened_)
    outcome_.top.insert(outcome_.top.end(), opened.top.begin(), opened.top.end());
  KeepHighest(outcome_.top, kTop);
  return {};
}

}  // namespace weir::console
