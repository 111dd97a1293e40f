#include "store/finding_writer.h"

#include <algorithm>
#include <optional>
#include <set>

#include "store/day.h"
#include "store/mask_set.h"
#include "store/packages.h"

namespace weir::store {
namespace {

constexpr auto kOpen = static_cast<std::int64_t>(FindingState::kOpen);
constexpr auto kMasked = static_cast<std::int64_t>(FindingState::kMasked);
constexpr auto kClosed = static_cast<std::int64_t>(FindingState::kClosed);
constexpr auto kLoaded = static_cast<std::int64_t>(model::Usage::Level::kLoaded);

struct Row {
  std::int64_t state = kOpen, severity = 0, score = 0, level = 0;
  bool exploited = false;  // of its match
  bool operator==(const Row&) const = default;
};

struct AssetDelta {
  std::int64_t open[SeverityCounts::kCount] = {};
  std::int64_t masked = 0, exploited = 0, loaded = 0;
  std::int64_t highest_added = 0, highest_removed = 0;
  bool counts() const {
    return masked != 0 || exploited != 0 || loaded != 0 ||
           std::ranges::any_of(open, [](std::int64_t change) { return change != 0; });
  }
};
struct MatchDelta {
  std::int64_t open = 0, masked = 0;
};
struct VulnerabilityDelta {
  std::int64_t open = 0, masked = 0;
  std::int64_t highest_added = 0, highest_removed = 0;
  std::unordered_map<AssetId, std::int64_t> assets;  // change of open findings
};

struct Recount {
  std::int64_t assets = 0, max_score = 0;
};

Result<Recount> CountAll(Reader& r, VulnerabilityId vulnerability) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT f.asset, 1000 - f.rank FROM match m CROSS JOIN finding f ON f.match = m.id "
                   "WHERE m.vulnerability = ? AND m.state < 2 AND +f.state = 0",
                   vulnerability));
  Recount out;
  std::vector<bool> seen;
  while (rows.Next()) {
    std::size_t asset = rows.U32(0);
    if (asset >= seen.size()) seen.resize(asset + 1024);
    if (!seen[asset]) ++out.assets;
    seen[asset] = true;
    out.max_score = std::max(out.max_score, rows.Int(1));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace

struct FindingWriter::Impl {
  Transaction& t;
  std::optional<MaskSet> masks;
  Statement find, insert, update, rescore, erase, reopen, resolve;
  std::unordered_map<AssetId, AssetDelta> assets;
  std::unordered_map<MatchId, MatchDelta> matches;
  std::unordered_map<VulnerabilityId, VulnerabilityDelta> vulnerabilities;
  std::unordered_map<AssetId, std::unordered_map<VulnerabilityId, std::int64_t>> known_open;
  std::int64_t opened = 0, resolved = 0;

  Mode mode;

  Impl(Transaction& transaction, Mode how) : t(transaction), mode(how) {}

  Result<void> Prepare();
  Result<std::optional<Row>> Find(const MatchRef& match, AssetId asset);
  Result<std::int64_t> StateOf(const MatchRef& match, AssetId asset);
  Result<bool> Masked(const MatchRef& match, AssetId asset);
  void Count(const MatchRef& match, AssetId asset, const Row& row, std::int64_t sign);
  Result<void> Write(const MatchRef& match, AssetId asset, const Row& old, const Row& row);

  Result<void> FlushAssets();
  Result<void> FlushMatches();
  Result<void> FlushVulnerabilities();
  Result<std::int64_t> OpenIn(VulnerabilityId vulnerability, AssetId asset);
  Result<std::int64_t> HighestOf(VulnerabilityId vulnerability, std::int64_t not_above);
};

Result<void> FindingWriter::Impl::Prepare() {
  if (masks) return {};
  Connection& db = t.db();
  WEIR_ASSIGN(
      find,
      db.Prepare("SELECT state, severity, 1000 - rank, level FROM finding WHERE match = ? AND asset = ?"));
  WEIR_ASSIGN(insert,
              db.Prepare("INSERT INTO finding (match, asset, state, severity, rank, level, first_seen) "
                         "VALUES (?, ?, ?, ?, 1000 - ?, ?, ?)"));
  WEIR_ASSIGN(update, db.Prepare("UPDATE finding SET state = ?3, severity = ?4, rank = 1000 - ?5, level = ?6 "
                                 "WHERE match = ?1 AND asset = ?2"));
  WEIR_ASSIGN(rescore, db.Prepare("UPDATE finding SET rank = 1000 - ?3 WHERE match = ?1 AND asset = ?2"));
  WEIR_ASSIGN(erase, db.Prepare("DELETE FROM finding WHERE match = ? AND asset = ? RETURNING first_seen"));
  WEIR_ASSIGN(reopen, db.Prepare("DELETE FROM resolved_finding WHERE match = ? AND asset = ? "
                                 "RETURNING first_seen"));
  WEIR_ASSIGN(resolve, db.Prepare("INSERT OR REPLACE INTO resolved_finding (match, asset, severity, score, "
                                  "first_seen, resolved_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  WEIR_ASSIGN(masks, MaskSet::Load(t));
  return {};
}

Result<std::optional<Row>> FindingWriter::Impl::Find(const MatchRef& match, AssetId asset) {
  std::optional<Row> out;
  if (match.fresh) return out;
  find.Restart(match.id, asset);
  if (find.Next()) out = Row{find.Int(0), find.Int(1), find.Int(2), find.Int(3), match.was_exploited};
  WEIR_TRY(find.Finish());
  return out;
}

Result<bool> FindingWriter::Impl::Masked(const MatchRef& match, AssetId asset) {
  if (masks->empty()) return false;
  WEIR_ASSIGN(std::int64_t mask, masks->Find(t, match.vulnerability, match.package, asset));
  return mask != 0;
}

Result<std::int64_t> FindingWriter::Impl::StateOf(const MatchRef& match, AssetId asset) {
  if (match.closed) return kClosed;
  WEIR_ASSIGN(bool masked, Masked(match, asset));
  return masked ? kMasked : kOpen;
}

void FindingWriter::Impl::Count(const MatchRef& match, AssetId asset, const Row& row, std::int64_t sign) {
  if (row.state == kMasked) {
    assets[asset].masked += sign;
    matches[match.id].masked += sign;
    vulnerabilities[match.vulnerability].masked += sign;
  }
  if (row.state != kOpen) return;
  AssetDelta& a = assets[asset];
  VulnerabilityDelta& v = vulnerabilities[match.vulnerability];
  a.open[static_cast<std::size_t>(row.severity) % SeverityCounts::kCount] += sign;
  if (row.exploited) a.exploited += sign;
  if (row.level == kLoaded) a.loaded += sign;
  matches[match.id].open += sign;
  v.open += sign;
  v.assets[asset] += sign;
  std::int64_t& asset_highest = sign > 0 ? a.highest_added : a.highest_removed;
  asset_highest = std::max(asset_highest, row.score);
  std::int64_t& highest = sign > 0 ? v.highest_added : v.highest_removed;
  highest = std::max(highest, row.score);
}

/// An index is written for every column that is named, changed or not: mostly only the score has changed.
Result<void> FindingWriter::Impl::Write(const MatchRef& match, AssetId asset, const Row& old,
                                        const Row& row) {
  bool same = old.state == row.state && old.severity == row.severity && old.level == row.level;
  if (!same) return update.Run(match.id, asset, row.state, row.severity, row.score, row.level);
  if (old.score == row.score) return {};
  return rescore.Run(match.id, asset, row.score);
}

FindingWriter::FindingWriter(Transaction& t, Mode mode) : impl_(std::make_unique<Impl>(t, mode)) {}
FindingWriter::~FindingWriter() = default;
Transaction& FindingWriter::transaction() { return impl_->t; }

Result<FindingWriter::Effect> FindingWriter::Put(const MatchRef& match, AssetId asset, double score,
                                                 model::Usage::Level level) {
  WEIR_TRY(impl_->Prepare());
  WEIR_ASSIGN(std::optional<Row> old, impl_->Find(match, asset));
  Row row;
  WEIR_ASSIGN(row.state, impl_->StateOf(match, asset));
  row.severity = static_cast<std::int64_t>(match.severity);
  row.score = TenthsOf(score);
  row.level = static_cast<std::int64_t>(level);
  row.exploited = match.known_exploited;
  if (old && *old == row) return Effect::kNone;
  if (old) {
    impl_->Count(match, asset, *old, -1);
    impl_->Count(match, asset, row, 1);
    bool opens = old->state == kClosed && row.state == kOpen;
    bool closes = old->state == kOpen && row.state == kClosed;
    impl_->opened += opens ? 1 : 0;
    impl_->resolved += closes ? 1 : 0;
    WEIR_TRY(impl_->Write(match, asset, *old, row));
    return opens ? Effect::kOpened : Effect::kChanged;
  }
  TimeMs first_seen = impl_->t.now();
  if (!match.fresh) {
    impl_->reopen.Restart(match.id, asset);
    if (impl_->reopen.Next()) first_seen = impl_->reopen.Int(0);
    while (impl_->reopen.Next()) {
    }
    WEIR_TRY(impl_->reopen.Finish());
  }
  WEIR_TRY(impl_->insert.Run(match.id, asset, row.state, row.severity, row.score, row.level, first_seen));
  impl_->Count(match, asset, row, 1);
  if (row.state != kOpen) return Effect::kChanged;
  ++impl_->opened;
  return Effect::kOpened;
}

Result<bool> FindingWriter::Resolve(const MatchRef& match, AssetId asset, ResolvedReason reason) {
  WEIR_TRY(impl_->Prepare());
  WEIR_ASSIGN(std::optional<Row> old, impl_->Find(match, asset));
  if (!old) return false;
  impl_->erase.Restart(match.id, asset);
  TimeMs first_seen = impl_->t.now();
  if (impl_->erase.Next()) first_seen = impl_->erase.Int(0);
  while (impl_->erase.Next()) {
  }
  WEIR_TRY(impl_->erase.Finish());
  impl_->Count(match, asset, *old, -1);
  WEIR_TRY(
      impl_->resolve.Run(match.id, asset, old->severity, old->score, first_seen, impl_->t.now(), reason));
  if (old->state == kOpen) ++impl_->resolved;
  return old->state == kOpen;
}

Result<void> FindingWriter::Recheck(const MatchRef& match, AssetId asset) {
  WEIR_TRY(impl_->Prepare());
  WEIR_ASSIGN(std::optional<Row> old, impl_->Find(match, asset));
  if (!old) return {};
  Row row = *old;
  WEIR_ASSIGN(row.state, impl_->StateOf(match, asset));
  if (row == *old) return {};
  impl_->Count(match, asset, *old, -1);
  impl_->Count(match, asset, row, 1);
  return impl_->Write(match, asset, *old, row);
}

void FindingWriter::KnowOpen(AssetId asset, std::unordered_map<VulnerabilityId, std::int64_t> open) {
  impl_->known_open.insert_or_assign(asset, std::move(open));
}

Result<bool> FindingWriter::IsMasked(const MatchRef& match, AssetId asset) {
  WEIR_TRY(impl_->Prepare());
  return impl_->Masked(match, asset);
}

Result<void> FindingWriter::Impl::FlushAssets() {
  // Mostly the score can only rise: a look at the row decides whether it has to be found anew.
  WEIR_ASSIGN(
      Statement add,
      t.db().Prepare("UPDATE asset_count SET open0 = open0 + ?2, open1 = open1 + ?3, open2 = open2 + ?4, "
                     "open3 = open3 + ?5, open4 = open4 + ?6, open5 = open5 + ?7, masked = masked + ?8, "
                     "exploited = exploited + ?9, loaded = loaded + ?10, "
                     "max_score = max(max_score, ?11) WHERE asset = ?1"));
  WEIR_ASSIGN(Statement look, t.db().Prepare("SELECT max_score FROM asset_count WHERE asset = ?"));
  // In the order of the table, so that its pages are met one after the other.
  std::vector<AssetId> sorted;
  sorted.reserve(assets.size());
  for (const auto& [asset, d] : assets) sorted.push_back(asset);
  std::ranges::sort(sorted);
  for (AssetId asset : sorted) {
    const AssetDelta& d = assets.at(asset);
    if (mode == Mode::kBulk && !d.counts()) continue;  // maxima come with the recount
    WEIR_TRY(add.Run(asset, d.open[0], d.open[1], d.open[2], d.open[3], d.open[4], d.open[5], d.masked,
                     d.exploited, d.loaded, d.highest_added));
    if (mode == Mode::kBulk || d.highest_removed == 0 || d.highest_added >= d.highest_removed) continue;
    look.Restart(asset);
    std::int64_t max = look.Next() ? look.Int(0) : 0;
    WEIR_TRY(look.Finish());
    if (max > d.highest_removed) continue;
    WEIR_ASSIGN(max, MaxScoreOf(t, asset));
    WEIR_TRY(t.db().Run("UPDATE asset_count SET max_score = ? WHERE asset = ?", max, asset));
  }
  return {};
}

Result<void> FindingWriter::Impl::FlushMatches() {
  WEIR_ASSIGN(Statement add,
              t.db().Prepare("UPDATE match SET open = open + ?2, masked = masked + ?3 WHERE id = ?1"));
  for (const auto& [match, d] : matches)
    if (d.open != 0 || d.masked != 0) WEIR_TRY(add.Run(match, d.open, d.masked));
  return {};
}

Result<std::int64_t> FindingWriter::Impl::OpenIn(VulnerabilityId vulnerability, AssetId asset) {
  if (auto known = known_open.find(asset); known != known_open.end()) {
    auto found = known->second.find(vulnerability);
    return found == known->second.end() ? 0 : found->second;
  }
  return t.db().Value(0,
                      "SELECT count(*) FROM match m CROSS JOIN finding f ON f.match = m.id AND f.asset = ?2 "
                      "WHERE m.vulnerability = ?1 AND m.state < 2 AND +f.state = 0",
                      vulnerability, asset);
}

Result<std::int64_t> FindingWriter::Impl::HighestOf(VulnerabilityId vulnerability, std::int64_t not_above) {
  WEIR_ASSIGN(Statement rows,
              t.db().Query("SELECT 1000 - f.rank FROM match m CROSS JOIN finding f ON f.match = m.id "
                           "WHERE m.vulnerability = ? AND m.state < 2 AND +f.state = 0",
                           vulnerability));
  std::int64_t highest = 0;
  while (highest < not_above && rows.Next()) highest = std::max(highest, rows.Int(0));
  WEIR_TRY(rows.Finish());
  return highest;
}

Result<void> FindingWriter::Impl::FlushVulnerabilities() {
  constexpr std::size_t kFewAssets = 4;
  for (auto& [vulnerability, d] : vulnerabilities) {
    std::erase_if(d.assets, [](const auto& entry) { return entry.second == 0; });
    WEIR_ASSIGN(Statement row, t.db().Query("SELECT open, assets, max_score FROM vulnerability_count "
                                            "WHERE vulnerability = ?",
                                            vulnerability));
    bool there = row.Next();
    std::int64_t open = there ? row.Int(0) : 0;
    Recount now{there ? row.Int(1) : 0, there ? row.Int(2) : 0};
    WEIR_TRY(row.Finish());
    if (open == 0 && d.open == static_cast<std::int64_t>(d.assets.size())) {
      // All its findings are in this unit, one an asset.
      now = {static_cast<std::int64_t>(d.assets.size()), d.highest_added};
    } else if (open + d.open == 0) {
      now = {};
    } else if (mode == Mode::kBulk) {
      now.max_score = std::max(now.max_score, d.highest_added);
    } else if (d.assets.size() > kFewAssets) {
      WEIR_ASSIGN(now, CountAll(t, vulnerability));
    } else {
      for (const auto& [asset, change] : d.assets) {
        WEIR_ASSIGN(std::int64_t after, OpenIn(vulnerability, asset));
        now.assets += (after > 0 ? 1 : 0) - (after - change > 0 ? 1 : 0);
      }
      bool falls = d.highest_removed >= now.max_score && d.highest_added < d.highest_removed;
      now.max_score = std::max(now.max_score, d.highest_added);
      if (falls) {
        WEIR_ASSIGN(now.max_score, HighestOf(vulnerability, now.max_score));
      }
    }
    WEIR_TRY(
        t.db().Run("UPDATE vulnerability_count SET open = open + ?2, masked = masked + ?3, assets = ?4, "
                   "max_score = ?5 WHERE vulnerability = ?1",
                   vulnerability, d.open, d.masked, now.assets, now.max_score));
  }
  return {};
}

Result<void> FindingWriter::Finish() {
  WEIR_TRY(impl_->FlushAssets());
  WEIR_TRY(impl_->FlushMatches());
  WEIR_TRY(impl_->FlushVulnerabilities());
  if (impl_->opened == 0 && impl_->resolved == 0) return {};
  return impl_->t.db().Run(
      "INSERT INTO trend (day, opened, resolved) VALUES (?1, ?2, ?3) ON CONFLICT (day) DO UPDATE SET "
      "opened = opened + excluded.opened, resolved = resolved + excluded.resolved",
      DayOf(impl_->t.now()), impl_->opened, impl_->resolved);
}

Result<VulnerabilityId> RecountFindings(Transaction& t, VulnerabilityId first, std::size_t count) {
  std::vector<VulnerabilityId> ids;
  WEIR_ASSIGN(Statement rows,
              t.db().Query("SELECT vulnerability FROM vulnerability_count WHERE vulnerability >= ? "
                           "ORDER BY vulnerability LIMIT ?",
                           first, count));
  while (rows.Next()) ids.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  WEIR_ASSIGN(Statement update,
              t.db().Prepare("UPDATE vulnerability_count SET assets = ?2, max_score = ?3 "
                             "WHERE vulnerability = ?1 AND (assets <> ?2 OR max_score <> ?3)"));
  for (VulnerabilityId id : ids) {
    WEIR_ASSIGN(Recount now, CountAll(t, id));
    WEIR_TRY(update.Run(id, now.assets, now.max_score));
  }
  if (ids.size() == count) return ids.back() + 1;
  std::unordered_map<AssetId, std::int64_t> highest;
  WEIR_ASSIGN(
      rows, t.db().Query("SELECT asset, 1000 - rank FROM finding INDEXED BY finding_order WHERE state = 0"));
  while (rows.Next()) {
    std::int64_t& max = highest[rows.U32(0)];
    max = std::max(max, rows.Int(1));
  }
  WEIR_TRY(rows.Finish());
  std::vector<std::pair<AssetId, std::int64_t>> wrong;
  WEIR_ASSIGN(rows, t.db().Query("SELECT asset, max_score FROM asset_count"));
  while (rows.Next()) {
    auto found = highest.find(rows.U32(0));
    std::int64_t max = found == highest.end() ? 0 : found->second;
    if (max != rows.Int(1)) wrong.emplace_back(rows.U32(0), max);
  }
  WEIR_TRY(rows.Finish());
  WEIR_ASSIGN(Statement set, t.db().Prepare("UPDATE asset_count SET max_score = ?2 WHERE asset = ?1"));
  for (const auto& [asset, max] : wrong) WEIR_TRY(set.Run(asset, max));
  return 0;
}

Result<std::int64_t> MaxScoreOf(Reader& r, AssetId asset) {
  WEIR_ASSIGN(std::vector<PackageId> packages, PackageIdsOf(r, asset));
  WEIR_ASSIGN(Statement rows,
              r.db().Prepare("SELECT 1000 - min(f.rank) FROM match m CROSS JOIN finding f ON f.match = m.id "
                             "AND f.asset = ?2 WHERE m.package = ?1 AND +f.state = 0"));
  std::int64_t highest = 0;
  for (PackageId package : packages) {
    rows.Restart(package, asset);
    if (rows.Next()) highest = std::max(highest, rows.Int(0));
    WEIR_TRY(rows.Finish());
  }
  return highest;
}

}  // namespace weir::store
