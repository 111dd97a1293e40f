// The writing half of content.h.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/hash.h"
#include "store/content.h"
#include "store/content_masks.h"
#include "store/content_rules.h"
#include "store/masks.h"
#include "store/row_flags.h"
#include "store/sbom_codec.h"

namespace weir::store {
namespace {

/// What is stored of one finding, without its text.
struct Stored {
  ContentId id = 0;
  ContentState state = ContentState::kOpen;
  std::int64_t hash = 0;
};
using Key = std::pair<model::ContentKind, std::string>;  // of one asset

ContentState StateFromRow(std::int64_t value) { return static_cast<ContentState>(value & 3); }
std::int64_t RankOf(double score) { return 1000 - TenthsOf(std::clamp(score, 0.0, 100.0)); }

Result<std::map<Key, Stored>> LoadStored(Reader& r, AssetId asset) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT kind, fingerprint, id, state, hash FROM content_finding "
                                           "INDEXED BY content_finding_key WHERE asset = ?",
                                           asset));
  std::map<Key, Stored> out;
  while (rows.Next())
    out.emplace(Key(static_cast<model::ContentKind>(rows.Int(0) & 1), rows.String(1)),
                Stored{rows.Int(2), StateFromRow(rows.Int(3)), rows.Int(4)});
  WEIR_TRY(rows.Finish());
  return out;
}

std::int64_t HashOf(const ContentInput& input) {
  std::string all = input.detail;
  for (std::string_view part :
       {std::string_view(input.rule), std::string_view(input.title), std::string_view(input.search)}) {
    all += '\0';
    all += part;
  }
  all += static_cast<char>(input.severity);
  all += static_cast<char>(input.confidence);
  all += static_cast<char>(input.origin);
  all += static_cast<char>(input.ignored ? 1 : 0);
  all += std::to_string(RankOf(input.score));
  return static_cast<std::int64_t>(Hash64(all));
}

/// Ids of rules, which a scan's findings share.
class RuleIds {
 public:
  explicit RuleIds(Transaction& t) : t_(t) {}
  Result<std::int64_t> Of(const ContentInput& input) {
    Key key(input.kind, input.rule);
    if (auto known = ids_.find(key); known != ids_.end()) return known->second;
    WEIR_TRY(
        t_.db().Run("INSERT INTO content_rule (kind, name, title) VALUES (?, ?, ?) ON CONFLICT (kind, "
                    "name) DO NOTHING",
                    input.kind, input.rule, input.title));
    WEIR_ASSIGN(std::int64_t id, t_.db().Value(0, "SELECT id FROM content_rule WHERE kind = ? AND name = ?",
                                               input.kind, input.rule));
    ids_.emplace(std::move(key), id);
    return id;
  }

 private:
  Transaction& t_;
  std::map<Key, std::int64_t> ids_;
};

Result<void> Recount(Transaction& t, AssetId asset) {
  WEIR_ASSIGN(Statement rows, t.db().Query("SELECT kind, state, severity, count(*), min(rank) FROM "
                                           "content_finding INDEXED BY content_finding_key WHERE asset = ? "
                                           "AND state < 3 GROUP BY kind, state, severity",
                                           asset));
  SeverityCounts open[2];
  std::int64_t masked[2] = {}, rank = 1000;
  while (rows.Next()) {
    std::size_t kind = rows.U64(0) & 1U;
    if (StateFromRow(rows.Int(1)) != ContentState::kOpen) {
      masked[kind] += rows.Int(3);
      continue;
    }
    open[kind].by[static_cast<std::size_t>(SeverityFromRow(rows.Int(2)))] += rows.Int(3);
    rank = std::min(rank, rows.Int(4));
  }
  WEIR_TRY(rows.Finish());
  const auto& s = open[0].by;
  const auto& m = open[1].by;
  return t.db().Run(
      "INSERT OR REPLACE INTO asset_content (asset, secret0, secret1, secret2, secret3, secret4, secret5, "
      "malware0, malware1, malware2, malware3, malware4, malware5, secrets_masked, malware_masked, "
      "max_score) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      asset, s[0], s[1], s[2], s[3], s[4], s[5], m[0], m[1], m[2], m[3], m[4], m[5], masked[0], masked[1],
      1000 - rank);
}

Result<void> Resolve(Transaction& t, ContentId id) {
  return t.db().Run("UPDATE content_finding SET state = ?, resolved_at = ? WHERE id = ?",
                    ContentState::kResolved, t.now(), id);
}

/// Tests the findings that IDS name (with their assets) again.
Result<void> Recheck(Transaction& t, const std::vector<ContentId>& ids) {
  WEIR_ASSIGN(ContentMasks masks, ContentMasks::Load(t));
  std::set<AssetId> assets;
  for (ContentId id : ids) {
    WEIR_ASSIGN(Statement row,
                t.db().Query("SELECT f.kind, c.name, f.fingerprint, f.asset, f.ignored, f.state FROM "
                             "content_finding f JOIN content_rule c ON c.id = f.rule WHERE f.id = ?",
                             id));
    if (!row.Next()) {
      WEIR_TRY(row.Finish());
      continue;
    }
    AssetId asset = row.U32(3);
    ContentState old = StateFromRow(row.Int(5));
    auto kind = static_cast<model::ContentKind>(row.Int(0) & 1);
    std::string rule = row.String(1), fingerprint = row.String(2);
    bool ignored = row.Bool(4);
    WEIR_TRY(row.Finish());
    if (old == ContentState::kResolved) continue;
    WEIR_ASSIGN(ContentState now, masks.StateOf(t, kind, rule, fingerprint, asset, ignored));
    if (now == old) continue;
    WEIR_TRY(t.db().Run("UPDATE content_finding SET state = ? WHERE id = ?", now, id));
    assets.insert(asset);
  }
  for (AssetId asset : assets) WEIR_TRY(Recount(t, asset));
  return {};
}

Result<std::vector<ContentId>> Ids(Statement rows) {
  std::vector<ContentId> ids;
  while (rows.Next()) ids.push_back(rows.Int(0));
  WEIR_TRY(rows.Finish());
  return ids;
}

}  // namespace

Result<ContentChange> PutContent(Transaction& t, AssetId asset, std::span<const model::ContentKind> kinds,
                                 std::span<const ContentInput> found, bool complete) {
  WEIR_ASSIGN(auto stored, LoadStored(t, asset));
  WEIR_ASSIGN(ContentMasks masks, ContentMasks::Load(t));
  RuleIds rules(t);
  WEIR_ASSIGN(
      Statement insert,
      t.db().Prepare("INSERT INTO content_finding (asset, kind, fingerprint, rule, severity, confidence, "
                     "origin, state, ignored, rank, first_seen, resolved_at, hash, content) VALUES (?, "
                     "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"));
  WEIR_ASSIGN(Statement update,
              t.db().Prepare("UPDATE content_finding SET rule = ?, severity = ?, confidence = ?, origin = ?, "
                             "state = ?, ignored = ?, rank = ?, first_seen = iif(?, ?, first_seen), "
                             "resolved_at = 0, hash = ?, content = ? WHERE id = ?"));
  WEIR_ASSIGN(Statement search,
              t.db().Prepare("INSERT OR REPLACE INTO content_search (id, text) VALUES (?, ?)"));
  ContentChange change;
  std::vector<std::pair<double, ContentId>> opened;
  std::set<Key> seen;
  for (const ContentInput& input : found) {
    Key key(input.kind, input.fingerprint);
    if (std::ranges::find(kinds, input.kind) == kinds.end() || !seen.insert(key).second) continue;
    WEIR_ASSIGN(ContentState state,
                masks.StateOf(t, input.kind, input.rule, input.fingerprint, asset, input.ignored));
    std::int64_t hash = HashOf(input);
    auto old = stored.find(key);
    if (old != stored.end() && old->second.hash == hash && old->second.state == state) continue;
    WEIR_ASSIGN(std::int64_t rule, rules.Of(input));
    std::string content = Compress(input.detail);
    ContentId id = 0;
    bool was_open = false;
    if (old == stored.end()) {
      WEIR_TRY(insert.Run(asset, input.kind, input.fingerprint, rule, input.severity, input.confidence,
                          input.origin, state, input.ignored, RankOf(input.score), t.now(), hash,
                          AsBytes(content)));
      id = t.db().last_insert_id();
    } else {
      id = old->second.id;
      was_open = old->second.state == ContentState::kOpen;
      bool is_back = old->second.state == ContentState::kResolved;
      WEIR_TRY(update.Run(rule, input.severity, input.confidence, input.origin, state, input.ignored,
                          RankOf(input.score), is_back, t.now(), hash, AsBytes(content), id));
    }
    WEIR_TRY(search.Run(id, input.search));
    if (state == ContentState::kOpen && !was_open) opened.emplace_back(-input.score, id);
  }
  if (complete)
    for (const auto& [key, row] : stored) {
      if (row.state == ContentState::kResolved || seen.contains(key) ||
          std::ranges::find(kinds, key.first) == kinds.end())
        continue;
      WEIR_TRY(Resolve(t, row.id));
      if (row.state == ContentState::kOpen) ++change.resolved;
    }
  WEIR_TRY(Recount(t, asset));
  change.opened = static_cast<std::int64_t>(opened.size());
  std::ranges::sort(opened);
  for (const auto& [score, id] : opened) change.new_open.push_back(id);
  return change;
}

Result<std::int64_t> ResolveContent(Transaction& t, AssetId asset) {
  constexpr model::ContentKind kBoth[] = {model::ContentKind::kSecret, model::ContentKind::kMalware};
  WEIR_ASSIGN(ContentChange change, PutContent(t, asset, kBoth, {}, true));
  return change.resolved;
}

Result<void> RecheckContent(Transaction& t, AssetId asset) {
  WEIR_ASSIGN(Statement rows, t.db().Query("SELECT id FROM content_finding INDEXED BY content_finding_key "
                                           "WHERE asset = ? AND state < 3",
                                           asset));
  WEIR_ASSIGN(std::vector<ContentId> ids, Ids(std::move(rows)));
  return Recheck(t, ids);
}

Result<void> RecheckFingerprint(Transaction& t, model::ContentKind kind, std::string_view fingerprint) {
  WEIR_ASSIGN(Statement rows,
              t.db().Query("SELECT id FROM content_finding INDEXED BY content_finding_same WHERE "
                           "fingerprint = ? AND kind = ? AND state < 3",
                           fingerprint, kind));
  WEIR_ASSIGN(std::vector<ContentId> ids, Ids(std::move(rows)));
  return Recheck(t, ids);
}

Result<void> PruneContent(Transaction& t, TimeMs resolved_before) {
  WEIR_TRY(
      t.db().Run("DELETE FROM content_search WHERE id IN (SELECT id FROM content_finding WHERE state = 3 "
                 "AND resolved_at < ?)",
                 resolved_before));
  return t.db().Run("DELETE FROM content_finding WHERE state = 3 AND resolved_at < ?", resolved_before);
}

Result<void> DisableRule(Transaction& t, const DisabledRule& rule) {
  WEIR_TRY(
      t.db().Run("INSERT OR REPLACE INTO disabled_rule (kind, rule, author, reason, at) VALUES (?, ?, ?, "
                 "?, ?)",
                 rule.kind, rule.rule, rule.author, rule.reason, t.now()));
  WEIR_ASSIGN(Statement rows, t.db().Query("SELECT f.id FROM content_finding f JOIN content_rule c ON c.id = "
                                           "f.rule WHERE c.kind = ? AND c.name = ? AND f.state < 3",
                                           rule.kind, rule.rule));
  WEIR_ASSIGN(std::vector<ContentId> ids, Ids(std::move(rows)));
  return Recheck(t, ids);
}

Result<bool> EnableRule(Transaction& t, model::ContentKind kind, std::string_view rule) {
  WEIR_TRY(t.db().Run("DELETE FROM disabled_rule WHERE kind = ? AND rule = ?", kind, rule));
  if (t.db().changes() == 0) return false;
  WEIR_ASSIGN(Statement rows, t.db().Query("SELECT f.id FROM content_finding f JOIN content_rule c ON c.id = "
                                           "f.rule WHERE c.kind = ? AND c.name = ? AND f.state < 3",
                                           kind, rule));
  WEIR_ASSIGN(std::vector<ContentId> ids, Ids(std::move(rows)));
  WEIR_TRY(Recheck(t, ids));
  return true;
}

}  // namespace weir::store
