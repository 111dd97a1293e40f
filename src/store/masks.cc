#include "store/masks.h"

#include "store/content.h"
#include "store/content_masks.h"
#include "store/cursor.h"
#include "store/finding_writer.h"
#include "store/mask_set.h"
#include "store/packages.h"

namespace weir::store {
namespace {

constexpr std::string_view kColumns =
    "id, scope, vulnerability, package, asset_key, image, reason, author, created_at, expires_at, active, "
    "kind, fingerprint, rule, title";

Mask MaskFromRow(const Statement& row) {
  Mask m;
  m.id = row.Int(0);
  m.scope = static_cast<MaskScope>(row.Int(1));
  m.vulnerability = row.Text(2);
  m.package = row.Text(3);
  m.asset_key = row.Text(4);
  m.image = row.Text(5);
  m.reason = row.Text(6);
  m.author = row.Text(7);
  m.created_at = row.Int(8);
  m.expires_at = row.Int(9);
  m.active = row.Bool(10);
  if (row.Int(11) >= 0) m.kind = static_cast<model::ContentKind>(row.Int(11) & 1);
  m.fingerprint = row.Text(12);
  m.rule = row.Text(13);
  m.title = row.Text(14);
  return m;
}

/// Every finding that a mask for NAME may speak of.
Result<std::vector<std::pair<MatchRef, AssetId>>> FindingsNamed(Reader& r, std::string_view name,
                                                                std::string_view package) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT m.id, m.package, m.vulnerability, m.severity, m.flags, m.state, f.asset "
                   "FROM match m CROSS JOIN finding f ON f.match = m.id WHERE m.vulnerability IN "
                   "(SELECT id FROM vulnerability WHERE name = ?1 UNION "
                   "SELECT vulnerability FROM vulnerability_alias WHERE name = ?1) AND m.state < 2 AND "
                   "(?2 = '' OR m.package IN (SELECT id FROM package WHERE name = ?2))",
                   name, package));
  std::vector<std::pair<MatchRef, AssetId>> out;
  while (rows.Next()) out.emplace_back(RefFromRow(rows), rows.U32(6));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> Recheck(Transaction& t, const Mask& mask) {
  if (mask.kind) return RecheckFingerprint(t, *mask.kind, mask.fingerprint);
  WEIR_ASSIGN(auto findings, FindingsNamed(t, mask.vulnerability, mask.package));
  FindingWriter writer(t);
  for (const auto& [match, asset] : findings) WEIR_TRY(writer.Recheck(match, asset));
  return writer.Finish();
}

Result<std::int64_t> CountHiddenContent(Reader& r, const Mask& mask) {
  WEIR_ASSIGN(ContentMasks masks, ContentMasks::Load(r));
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT asset FROM content_finding WHERE fingerprint = ? AND kind "
                                           "= ? AND state = ?",
                                           mask.fingerprint, *mask.kind, ContentState::kMasked));
  std::vector<AssetId> assets;
  while (rows.Next()) assets.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  std::int64_t count = 0;
  for (AssetId asset : assets) {
    WEIR_ASSIGN(std::int64_t hides, masks.Find(r, *mask.kind, mask.fingerprint, asset));
    if (hides == mask.id) ++count;
  }
  return count;
}

/// Findings that MASK alone or with others hides.
Result<std::int64_t> CountHidden(Reader& r, MaskSet& masks, const Mask& mask) {
  if (mask.kind) return CountHiddenContent(r, mask);
  WEIR_ASSIGN(auto findings, FindingsNamed(r, mask.vulnerability, mask.package));
  std::int64_t count = 0;
  for (const auto& [match, asset] : findings) {
    if (match.closed) continue;
    WEIR_ASSIGN(std::int64_t hides, masks.Find(r, match.vulnerability, match.package, asset));
    if (hides == mask.id) ++count;
  }
  return count;
}

}  // namespace

Result<Mask> GetMask(Reader& r, std::int64_t id) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kColumns) + " FROM mask WHERE id = ?", id));
  if (row.Next()) return MaskFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no mask " + std::to_string(id));
}

std::string_view MaskScopeName(MaskScope scope) {
  switch (scope) {
    case MaskScope::kFinding:
      return "finding";
    case MaskScope::kImage:
      return "image";
    case MaskScope::kEverywhere:
      return "everywhere";
  }
  return "finding";
}

Result<std::int64_t> AddMask(Transaction& t, const Mask& mask) {
  bool named = mask.scope == MaskScope::kFinding ? !mask.asset_key.empty()
               : mask.scope == MaskScope::kImage ? !mask.image.empty()
                                                 : true;
  bool content = mask.kind && !mask.fingerprint.empty() && mask.vulnerability.empty();
  bool weakness = !mask.kind && !mask.vulnerability.empty();
  if (!(content || weakness) || !named)
    return Err(Code::kInvalidArgument,
               "a mask names a vulnerability or a fingerprint, and the asset or image it is for");
  bool active = mask.expires_at == 0 || mask.expires_at > t.now();
  WEIR_TRY(t.db().Run(
      "INSERT INTO mask (scope, vulnerability, package, asset_key, image, reason, author, created_at, "
      "expires_at, active, kind, fingerprint, rule, title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      mask.scope, mask.vulnerability, mask.package, mask.asset_key, mask.image, mask.reason, mask.author,
      t.now(), mask.expires_at, active, mask.kind ? static_cast<int>(*mask.kind) : -1, mask.fingerprint,
      mask.rule, mask.title));
  std::int64_t id = t.db().last_insert_id();
  WEIR_TRY(Recheck(t, mask));
  return id;
}

Result<void> RemoveMask(Transaction& t, std::int64_t id) {
  WEIR_ASSIGN(Mask mask, GetMask(t, id));
  WEIR_TRY(t.db().Run("DELETE FROM mask WHERE id = ?", id));
  return Recheck(t, mask);
}

Result<std::vector<std::int64_t>> ExpireMasks(Transaction& t) {
  WEIR_ASSIGN(Statement rows,
              t.db().Query("SELECT " + std::string(kColumns) +
                               " FROM mask WHERE active = 1 AND expires_at <> 0 AND expires_at <= ?",
                           t.now()));
  std::vector<Mask> expired;
  while (rows.Next()) expired.push_back(MaskFromRow(rows));
  WEIR_TRY(rows.Finish());
  std::vector<std::int64_t> ids;
  for (const Mask& mask : expired) {
    WEIR_TRY(t.db().Run("UPDATE mask SET active = 0 WHERE id = ?", mask.id));
    WEIR_TRY(Recheck(t, mask));
    ids.push_back(mask.id);
  }
  return ids;
}

Result<void> RecheckMasks(Transaction& t, AssetId asset) {
  WEIR_TRY(RecheckContent(t, asset));
  WEIR_ASSIGN(MaskSet masks, MaskSet::Load(t));
  if (masks.empty()) return {};
  WEIR_ASSIGN(std::vector<PackageId> packages, PackageIdsOf(t, asset));
  std::vector<MatchRef> matches;
  WEIR_TRY(ForEachMatch(t, packages, [&](std::size_t, const MatchRef& match) { matches.push_back(match); }));
  FindingWriter writer(t);
  for (const MatchRef& match : matches) WEIR_TRY(writer.Recheck(match, asset));
  return writer.Finish();
}

Result<Page<Mask>> ListMasks(Reader& r, const PageRequest& page) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kColumns) + " FROM mask ORDER BY id DESC"));
  std::vector<Mask> all;
  while (rows.Next()) all.push_back(MaskFromRow(rows));
  WEIR_TRY(rows.Finish());
  WEIR_ASSIGN(MaskSet masks, MaskSet::Load(r));
  return PageOf<Mask>(all.size(), page, [&](std::size_t i) -> Result<Mask> {
    Mask mask = all[i];
    if (mask.active) {
      WEIR_ASSIGN(mask.findings, CountHidden(r, masks, mask));
    }
    return mask;
  });
}

}  // namespace weir::store
