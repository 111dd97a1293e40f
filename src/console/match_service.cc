#include "console/match_service.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <unordered_set>

#include "advisory/match.h"
#include "advisory/match_input.h"
#include "base/hash.h"
#include "base/strings.h"
#include "console/match_changes.h"
#include "console/match_events.h"
#include "console/match_packages.h"
#include "console/match_scores.h"
#include "console/match_usage.h"
#include "rank/rank.h"
#include "store/fair_mutex.h"
#include "store/outbox.h"

namespace weir::console {
namespace {

using store::AssetId;
using store::MatchRef;
using store::PackageId;
using store::UsageKey;
using IndexPtr = std::shared_ptr<const advisory::Index>;

constexpr std::string_view kGeneration = "match.generation", kFingerprint = "match.fingerprint",
                           kFinished = "match.finished";
constexpr std::size_t kBatch = 512;
constexpr std::chrono::milliseconds kTransactionTime{150};
constexpr std::size_t kRecountBatch = 1000;
constexpr std::size_t kTop = 100;

/// What tells one index from another without reading it whole.
std::string FingerprintOf(const advisory::Index* index) {
  if (index == nullptr) return "none";
  std::string text = std::to_string(index->size_bytes()) + " " + std::to_string(index->advisory_count()) +
                     " " + std::to_string(index->affected_count());
  for (const model::SourceInfo& source : index->sources())
    text += " " + source.name + " " + source.fetched_at + " " + source.data_date + " " +
            std::to_string(source.records);
  return std::to_string(Hash64(text));
}

Result<std::uint64_t> StoredGeneration(store::Reader& r) {
  WEIR_ASSIGN(std::string text, store::GetSetting(r, kGeneration, "0"));
  return ParseUint(text).value_or(0);
}

/// How one asset uses its packages.
struct UsageView {
  UsageKey others = 0;
  std::vector<store::PackageUsage> special;  // sorted by package

  UsageKey Of(PackageId package) const {
    auto at = std::ranges::lower_bound(special, package, {}, &store::PackageUsage::package);
    return at != special.end() && at->package == package ? at->key : others;
  }
};

Result<UsageView> ReadUsage(store::Reader& r, AssetId asset, std::span<const PackageId> packages) {
  UsageView out;
  WEIR_ASSIGN(out.others, store::DefaultUsage(r, asset));
  WEIR_ASSIGN(out.special, store::AssetUsage(r, asset, packages));
  return out;
}

/// Stores how ASSET, which has SBOM, uses its packages now.
Result<void> WriteUsage(store::Transaction& t, AssetId asset, const std::vector<std::string>& package_ids,
                        std::span<const PackageId> ids, const UsageTable& table) {
  WEIR_TRY(store::SetAssetUsage(t, asset, store::KeyOf(table.others()), wire::ToJson(table.others()),
                                table.ByDistinct(package_ids, ids)));
  return store::SetUsageState(t, asset, table.Save());
}

std::vector<PackageId> Unique(std::span<const PackageId> ids) {
  std::vector<PackageId> out(ids.begin(), ids.end());
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> IdsOf(const model::Sbom& sbom) {
  std::vector<std::string> out;
  out.reserve(sbom.packages.size());
  for (const model::Package& package : sbom.packages) out.push_back(package.id);
  return out;
}

}  // namespace

struct MatchService::Impl {
  explicit Impl(store::Store& opened) : store(opened) {}

  store::Store& store;
  ScoreMemo memo;
  std::mutex index_mutex;     // one NewIndex at a time
  store::FairMutex matching;  // from what is known of packages to what is stored of them: a batch of
                              // NewIndex, or NewAdvisories, which comes in between

  mutable std::mutex mutex;  // guards what follows
  IndexPtr index, imported;
  std::uint64_t generation = 0;

  struct Current {
    IndexPtr index, imported;
    std::uint64_t generation = 0;
  };
  Current Get() const {
    std::lock_guard lock(mutex);
    return {index, imported, generation};
  }
  void Set(IndexPtr new_index, IndexPtr new_imported, std::uint64_t new_generation) {
    std::lock_guard lock(mutex);
    index = std::move(new_index);
    imported = std::move(new_imported);
    generation = new_generation;
  }

  Result<void> MatchUnheld(MatchChanges& changes, const Current& current,
                           std::span<const store::DistinctPackage> distinct,
                           std::span<const store::Interned> interned, store::Transaction& t);
  Result<void> MoveFindings(MatchChanges& changes, AssetId asset, const store::PackageListChange& change,
                            std::span<const PackageId> now, const UsageView& before, const UsageView& after,
                            AssetOutcome& outcome, std::vector<NewFinding>& opened);
  Result<std::size_t> ReplaceSome(std::span<const PackageId> packages,
                                  std::span<const PackageMatches> matches, std::uint64_t generation,
                                  RematchOutcome& total, std::set<AssetId>& assets);
  Result<std::uint64_t> TakeIntoUse(const IndexPtr& new_index, const IndexPtr& new_imported, bool anew);
};

MatchService::MatchService(store::Store& store) : impl_(std::make_unique<Impl>(store)) {}
MatchService::~MatchService() = default;

IndexPtr MatchService::index() const { return impl_->Get().index; }

/// Packages that no asset holds yet, or that were let go by all before the index came into use. Those that
/// others hold are matched for all of them at once, by NewIndex.
Result<void> MatchService::Impl::MatchUnheld(MatchChanges& changes, const Current& current,
                                             std::span<const store::DistinctPackage> distinct,
                                             std::span<const store::Interned> interned,
                                             store::Transaction& t) {
  if (current.index == nullptr) return {};
  std::vector<store::DistinctPackage> packages;
  std::vector<PackageId> ids;
  std::unordered_set<PackageId> seen;
  for (std::size_t i = 0; i < interned.size(); ++i) {
    if (interned[i].generation == current.generation || !seen.insert(interned[i].id).second) continue;
    if (!interned[i].is_new && t.posting_changes().Count(interned[i].id) > 0) continue;
    packages.push_back(distinct[i]);
    ids.push_back(interned[i].id);
  }
  std::vector<PackageMatches> matches = MatchPackages(packages, *current.index, current.imported.get());
  for (std::size_t i = 0; i < ids.size(); ++i)
    WEIR_TRY(changes.Replace(ids[i], matches[i], current.generation));
  return {};
}

/// Findings of ASSET after its packages and usage have changed. NOW: its packages.
Result<void> MatchService::Impl::MoveFindings(MatchChanges& changes, AssetId asset,
                                              const store::PackageListChange& change,
                                              std::span<const PackageId> now, const UsageView& before,
                                              const UsageView& after, AssetOutcome& outcome,
                                              std::vector<NewFinding>& opened) {
  store::FindingWriter& writer = changes.writer();
  std::vector<std::pair<bool, MatchRef>> matches;  // whether to write it
  WEIR_TRY(store::ForEachMatch(writer.transaction(), now, [&](std::size_t i, const MatchRef& match) {
    bool added = std::ranges::binary_search(change.added, now[i]);
    matches.emplace_back(added || before.Of(now[i]) != after.Of(now[i]), match);
  }));
  std::unordered_map<store::VulnerabilityId, std::int64_t> open;
  for (const auto& [write, match] : matches) {
    WEIR_ASSIGN(bool masked, writer.IsMasked(match, asset));
    if (!masked && !match.closed) ++open[match.vulnerability];
    if (!write) continue;
    UsageKey usage = after.Of(match.package);
    WEIR_ASSIGN(double score, changes.scorer().Score(match, usage));
    WEIR_ASSIGN(store::FindingWriter::Effect effect, writer.Put(match, asset, score, store::LevelOf(usage)));
    if (effect == store::FindingWriter::Effect::kChanged) ++outcome.rescored;
    if (effect == store::FindingWriter::Effect::kOpened) opened.push_back({asset, match.id, score});
  }
  writer.KnowOpen(asset, std::move(open));
  std::vector<MatchRef> gone;
  WEIR_TRY(store::ForEachMatch(writer.transaction(), change.removed,
                               [&](std::size_t, const MatchRef& match) { gone.push_back(match); }));
  for (const MatchRef& match : gone) {
    WEIR_ASSIGN(bool was_open, writer.Resolve(match, asset, store::ResolvedReason::kPackageGone));
    outcome.resolved += was_open ? 1 : 0;
  }
  outcome.opened = static_cast<std::int64_t>(opened.size());
  KeepHighest(opened, kTop);
  return {};
}

Result<bool> MatchService::Start(IndexPtr index, IndexPtr imported) {
  std::lock_guard one(impl_->index_mutex);
  WEIR_ASSIGN(std::uint64_t generation, impl_->TakeIntoUse(index, imported, false));
  return impl_->store.Read([&](store::Reader& r) -> Result<bool> {
    WEIR_ASSIGN(std::string finished, store::GetSetting(r, kFinished, ""));
    return finished != std::to_string(generation);
  });
}

Result<AssetOutcome> MatchService::StoreScan(store::Transaction& t, AssetId asset, const model::Sbom& sbom,
                                             const wire::UsageChange& usage) {
  Impl::Current current = impl_->Get();
  std::vector<store::DistinctPackage> distinct = DistinctPackagesOf(sbom);
  WEIR_ASSIGN(std::vector<store::Interned> interned, store::InternPackages(t, distinct));
  MatchChanges changes(t, impl_->memo, store::FindingWriter::Mode::kExact);
  WEIR_TRY(impl_->MatchUnheld(changes, current, distinct, interned, t));

  std::vector<PackageId> ids;
  ids.reserve(interned.size());
  for (const store::Interned& package : interned) ids.push_back(package.id);
  std::vector<PackageId> now = Unique(ids);
  WEIR_ASSIGN(std::vector<PackageId> old, store::PackageIdsOf(t, asset));
  WEIR_ASSIGN(UsageView before, ReadUsage(t, asset, old));
  WEIR_ASSIGN(store::PackageListChange change, store::SetAssetSbom(t, asset, sbom, ids));
  WEIR_ASSIGN(std::string state, store::GetUsageState(t, asset));
  WEIR_ASSIGN(UsageTable table, UsageTable::Load(usage.full ? "" : state));
  table.Apply(usage);
  table.KeepOnly(sbom);
  WEIR_TRY(WriteUsage(t, asset, IdsOf(sbom), ids, table));
  WEIR_ASSIGN(UsageView after, ReadUsage(t, asset, now));

  AssetOutcome outcome;
  outcome.packages_added = static_cast<std::int64_t>(change.added.size());
  outcome.packages_removed = static_cast<std::int64_t>(change.removed.size());
  std::vector<NewFinding> opened;
  WEIR_TRY(impl_->MoveFindings(changes, asset, change, now, before, after, outcome, opened));
  WEIR_TRY(changes.Finish());
  if (current.index != nullptr) {
    advisory::MatchResult cover = advisory::CoverageOf(sbom, *current.index, {});
    outcome.coverage = std::move(cover.coverage);
    outcome.problems = std::move(cover.problems);
    WEIR_ASSIGN(std::vector<model::Problem> own, store::MatchProblemsOf(t, now));
    std::ranges::move(own, std::back_inserter(outcome.problems));
  }
  WEIR_TRY(AddAssetEvent(t, {"scan", asset, outcome.opened, outcome.resolved, std::move(opened)}));
  return outcome;
}

Result<AssetOutcome> MatchService::StoreUsage(store::Transaction& t, AssetId asset,
                                              const wire::UsageChange& usage) {
  WEIR_ASSIGN(std::vector<PackageId> packages, store::PackageIdsOf(t, asset));
  WEIR_ASSIGN(UsageView before, ReadUsage(t, asset, packages));
  WEIR_ASSIGN(std::string state, store::GetUsageState(t, asset));
  WEIR_ASSIGN(UsageTable table, UsageTable::Load(usage.full ? "" : state));
  table.Apply(usage);
  WEIR_ASSIGN(store::PackageNames names, store::PackageNamesOf(t, asset));
  WEIR_TRY(WriteUsage(t, asset, names.ids, names.distinct, table));
  WEIR_ASSIGN(UsageView after, ReadUsage(t, asset, packages));
  MatchChanges changes(t, impl_->memo, store::FindingWriter::Mode::kExact);
  AssetOutcome outcome;
  std::vector<NewFinding> opened;
  WEIR_TRY(impl_->MoveFindings(changes, asset, {}, packages, before, after, outcome, opened));
  WEIR_TRY(changes.Finish());
  WEIR_TRY(AddAssetEvent(t, {"usage", asset, outcome.opened, outcome.resolved, std::move(opened)}));
  return outcome;
}

namespace {

/// Packages that FRESH may speak of, each once.
Result<std::vector<PackageId>> Candidates(store::Reader& r, const advisory::Index& fresh) {
  std::set<std::pair<std::string, std::string>> names;
  for (std::uint32_t i = 0; i < fresh.advisory_count(); ++i)
    fresh.ForEachAffectedOf(i, [&](const advisory::AffectedView& record) {
      names.insert(advisory::IndexSpelling(record.ecosystem, record.name));
    });
  std::vector<PackageId> out;
  for (const auto& [ecosystem, name] : names) {
    WEIR_ASSIGN(std::vector<PackageId> some, store::PackagesNamed(r, ecosystem, name));
    out.insert(out.end(), some.begin(), some.end());
  }
  return Unique(out);
}

}  // namespace

Result<RematchOutcome> MatchService::NewAdvisories(IndexPtr fresh, IndexPtr imported) {
  std::lock_guard one(impl_->matching);
  Impl::Current current = impl_->Get();
  if (current.index == nullptr) return Err(Code::kInternal, "advisories came before there was an index");
  impl_->Set(current.index, imported, current.generation);
  std::string fingerprint = FingerprintOf(current.index.get()) + " " + FingerprintOf(imported.get());
  return impl_->store.Write([&](store::Transaction& t) -> Result<RematchOutcome> {
    WEIR_ASSIGN(std::vector<PackageId> candidates, Candidates(t, *fresh));
    WEIR_ASSIGN(std::vector<store::DistinctPackage> packages, store::LoadDistinctPackages(t, candidates));
    std::vector<PackageMatches> matches = MatchPackages(packages, *fresh, nullptr);
    MatchChanges changes(t, impl_->memo, store::FindingWriter::Mode::kExact);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      for (model::Finding& finding : matches[i].findings)
        current.index->JoinExploitation(finding.vulnerability);
      if (!matches[i].findings.empty()) WEIR_TRY(changes.Add(candidates[i], std::move(matches[i].findings)));
    }
    WEIR_TRY(changes.Finish());
    WEIR_TRY(AddAdvisoryEvents(t, changes));
    WEIR_ASSIGN(std::uint64_t stored, StoredGeneration(t));
    if (stored == current.generation) WEIR_TRY(store::SetSetting(t, kFingerprint, fingerprint));
    return std::move(changes.outcome());
  });
}

Result<std::uint64_t> MatchService::Impl::TakeIntoUse(const IndexPtr& new_index, const IndexPtr& new_imported,
                                                      bool anew) {
  std::string fingerprint = FingerprintOf(new_index.get()) + " " + FingerprintOf(new_imported.get());
  std::lock_guard turn(matching);
  auto take = [&](store::Transaction& t) -> Result<std::uint64_t> {
    WEIR_ASSIGN(std::uint64_t stored, StoredGeneration(t));
    WEIR_ASSIGN(std::string old, store::GetSetting(t, kFingerprint, ""));
    WEIR_ASSIGN(std::string finished, store::GetSetting(t, kFinished, ""));
    bool again = anew && finished == std::to_string(stored);
    if (stored != 0 && old == fingerprint && !again) return stored;
    WEIR_TRY(store::SetSetting(t, kGeneration, std::to_string(stored + 1)));
    WEIR_TRY(store::SetSetting(t, kFingerprint, fingerprint));
    return stored + 1;
  };
  WEIR_ASSIGN(std::uint64_t number, store.Write(take));
  Set(new_index, new_imported, number);
  return number;
}

/// Stores as many of PACKAGES as fit into one transaction's time; gives their number.
Result<std::size_t> MatchService::Impl::ReplaceSome(std::span<const PackageId> packages,
                                                    std::span<const PackageMatches> matches,
                                                    std::uint64_t number, RematchOutcome& total,
                                                    std::set<AssetId>& assets) {
  auto start = std::chrono::steady_clock::now();
  return store.Write([&](store::Transaction& t) -> Result<std::size_t> {
    MatchChanges changes(t, memo, store::FindingWriter::Mode::kBulk);
    std::size_t done = 0;
    while (done < packages.size()) {
      WEIR_TRY(changes.Replace(packages[done], matches[done], number));
      ++done;
      if (std::chrono::steady_clock::now() - start > kTransactionTime) break;
    }
    WEIR_TRY(changes.Finish());
    const RematchOutcome& some = changes.outcome();
    total.packages += some.packages;
    total.opened += some.opened;
    total.resolved += some.resolved;
    total.rescored += some.rescored;
    total.top.insert(total.top.end(), some.top.begin(), some.top.end());
    KeepHighest(total.top, kTop);
    assets.insert(changes.assets().begin(), changes.assets().end());
    return done;
  });
}

Result<RematchOutcome> MatchService::NewIndex(IndexPtr index, IndexPtr imported,
                                              const std::function<void(const Progress&)>& progress,
                                              const std::atomic<bool>* cancel) {
  std::lock_guard one(impl_->index_mutex);
  store::Store& store = impl_->store;
  WEIR_ASSIGN(std::uint64_t generation, impl_->TakeIntoUse(index, imported, true));
  RematchOutcome total;
  std::set<AssetId> assets;
  for (;;) {
    // Again until nothing is left: packages may have come with an older generation meanwhile.
    WEIR_ASSIGN(std::vector<PackageId> todo,
                store.Read([&](store::Reader& r) { return store::PackagesToMatch(r, generation); }));
    if (todo.empty()) break;
    for (std::size_t at = 0; at < todo.size();) {
      if (cancel != nullptr && cancel->load()) return Err(Code::kCancelled, "matching was stopped");
      std::span<const PackageId> batch(todo.data() + at, std::min(kBatch, todo.size() - at));
      WEIR_ASSIGN(std::vector<store::DistinctPackage> packages,
                  store.Read([&](store::Reader& r) { return store::LoadDistinctPackages(r, batch); }));
      std::lock_guard turn(impl_->matching);
      // Single advisories may have come since.
      IndexPtr imported_now = impl_->Get().imported;
      std::vector<PackageMatches> matches = MatchPackages(packages, *index, imported_now.get());
      for (std::size_t done = 0; done < batch.size();) {
        WEIR_ASSIGN(std::size_t some,
                    impl_->ReplaceSome(batch.subspan(done), std::span(matches).subspan(done), generation,
                                       total, assets));
        done += some;
      }
      at += batch.size();
      if (progress) progress({static_cast<std::int64_t>(at), static_cast<std::int64_t>(todo.size())});
    }
  }
  total.assets = static_cast<std::int64_t>(assets.size());
  for (store::VulnerabilityId first = 1; first != 0;) {
    WEIR_ASSIGN(first, store.Write([&](store::Transaction& t) {
      return store::RecountFindings(t, first, kRecountBatch);
    }));
  }
  auto finish = [&](store::Transaction& t) -> Result<void> {
    WEIR_TRY(store::PruneTexts(t));
    WEIR_TRY(AddIndexEvent(t, total));
    return store::SetSetting(t, kFinished, std::to_string(generation));
  };
  WEIR_TRY(store.Write(finish));
  return total;
}

model::Rank ExplainRank(const store::FindingDetail& detail) {
  Result<model::Usage> usage = wire::ParseUsage(detail.usage_text, {});
  return rank::ScoreFinding(detail.finding, usage ? *usage : store::UsageOf(detail.usage_key));
}

}  // namespace weir::console
