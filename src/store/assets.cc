#include "store/assets.h"

#include "base/strings.h"
#include "store/cursor.h"
#include "store/finding_writer.h"
#include "store/masks.h"
#include "store/package_ids.h"
#include "store/packages.h"
#include "store/row_flags.h"

namespace weir::store {
namespace {

constexpr std::string_view kColumns =
    "a.id, a.kind, a.key, a.name, a.image, a.image_id, a.os, a.sensor, a.host, a.state, a.first_seen, "
    "a.last_seen, "
    "a.last_scan_at, a.last_scan, a.facts, c.packages, c.open0, c.open1, c.open2, c.open3, c.open4, c.open5, "
    "c.masked, c.exploited, c.loaded, max(c.max_score, coalesce(k.max_score, 0)), k.secret0, k.secret1, "
    "k.secret2, k.secret3, k.secret4, k.secret5, k.malware0, k.malware1, k.malware2, k.malware3, k.malware4, "
    "k.malware5, k.secrets_masked, k.malware_masked";

model::AssetKind KindFromRow(std::int64_t value) {
  return value >= 0 && value <= static_cast<std::int64_t>(model::AssetKind::kSbom)
             ? static_cast<model::AssetKind>(value)
             : model::AssetKind::kDirectory;
}

AssetState StateFromRow(std::int64_t value) {
  return value >= 0 && value <= static_cast<std::int64_t>(AssetState::kGone) ? static_cast<AssetState>(value)
                                                                             : AssetState::kGone;
}

SeverityCounts CountsFromRow(const Statement& row, int first) {
  SeverityCounts out;
  for (std::size_t i = 0; i < SeverityCounts::kCount; ++i) out.by[i] = row.Int(first + static_cast<int>(i));
  return out;
}

Asset AssetFromRow(const Statement& row) {
  Asset a;
  a.id = row.U32(0);
  a.kind = KindFromRow(row.Int(1));
  a.key = row.Text(2);
  a.name = row.Text(3);
  a.image = row.Text(4);
  a.image_id = row.Text(5);
  a.os = row.Text(6);
  a.sensor = row.Text(7);
  a.host = row.U32(8);
  a.state = StateFromRow(row.Int(9));
  a.first_seen = row.Int(10);
  a.last_seen = row.Int(11);
  a.last_scan_at = row.Int(12);
  a.last_scan = row.Int(13);
  a.facts = row.Text(14).empty() ? "{}" : row.String(14);
  a.packages = row.U32(15);
  a.open = CountsFromRow(row, 16);
  a.masked = row.Int(22);
  a.known_exploited = row.Int(23);
  a.loaded = row.Int(24);
  a.max_score = ScoreOf(row.Int(25));
  a.content.secrets = CountsFromRow(row, 26);
  a.content.malware = CountsFromRow(row, 32);
  a.content.secrets_masked = row.Int(38);
  a.content.malware_masked = row.Int(39);
  return a;
}

std::string_view OrderOf(AssetSort sort) {
  switch (sort) {
    case AssetSort::kScore:
      return "max(c.max_score, coalesce(k.max_score, 0)) DESC, a.name, a.id";
    case AssetSort::kName:
      return "a.name, a.id";
    case AssetSort::kLastSeen:
      return "a.last_seen DESC, a.id";
    case AssetSort::kFindings:
      return "c.open0 + c.open1 + c.open2 + c.open3 + c.open4 + c.open5 DESC, a.name, a.id";
  }
  return "a.id";
}

/// A JSON array, for "IN (SELECT value FROM json_each(?))".
std::string IdList(const std::vector<AssetId>& ids) {
  std::string out = "[";
  for (AssetId id : ids) out += (out.size() > 1 ? "," : "") + std::to_string(id);
  return out + "]";
}

Result<std::vector<AssetId>> FindIds(Reader& r, const AssetQuery& query) {
  std::optional<int> kind, state, severity;
  if (query.kind) kind = static_cast<int>(*query.kind);
  if (query.state) state = static_cast<int>(*query.state);
  std::optional<std::string> holders;
  if (query.package != 0) holders = IdList(r.postings().AssetsOf(query.package));
  std::string content =
      query.has == model::ContentKind::kSecret
          ? " AND k.secret0 + k.secret1 + k.secret2 + k.secret3 + k.secret4 + k.secret5 > 0"
      : query.has == model::ContentKind::kMalware
          ? " AND k.malware0 + k.malware1 + k.malware2 + k.malware3 + k.malware4 + k.malware5 > 0"
          : "";
  std::string column = query.severity ? "c.open" + std::to_string(static_cast<int>(*query.severity)) : "1";
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query(
          "SELECT a.id FROM asset a JOIN asset_count c ON c.asset = a.id LEFT JOIN asset_content k ON "
          "k.asset = "
          "a.id WHERE (?1 IS NULL OR a.kind = ?1) "
          "AND (?2 IS NULL OR a.state = ?2) AND (?2 IS NOT NULL OR ?3 OR a.state <> 2) "
          "AND (?4 = '' OR instr(lower(a.name), ?4) OR instr(lower(a.image), ?4) OR instr(lower(a.key), ?4)) "
          "AND (?5 = 0 OR a.host = ?5) "
          "AND (?6 IS NULL OR a.id IN (SELECT value FROM json_each(?6))) AND " +
              column + " > 0" + content + " ORDER BY " + std::string(OrderOf(query.sort)),
          kind, state, query.include_gone, ToLower(query.q), query.host, holders));
  std::vector<AssetId> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace

std::string_view AssetStateName(AssetState state) {
  switch (state) {
    case AssetState::kRunning:
      return "running";
    case AssetState::kStopped:
      return "stopped";
    case AssetState::kGone:
      return "gone";
  }
  return "gone";
}

Result<AssetId> UpsertAsset(Transaction& t, const AssetInput& input) {
  WEIR_ASSIGN(Statement old,
              t.db().Query("SELECT id, image FROM asset WHERE kind = ? AND key = ?", input.kind, input.key));
  bool there = old.Next();
  AssetId id = there ? old.U32(0) : 0;
  bool new_image = there && !input.image.empty() && old.Text(1) != input.image;
  WEIR_TRY(old.Finish());
  if (!there) {
    WEIR_TRY(t.db().Run(
        "INSERT INTO asset (kind, key, name, image, image_id, os, sensor, host, state, first_seen, "
        "last_seen, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?11, ?11, ?10)",
        input.kind, input.key, input.name, input.image, input.image_id, input.os, input.sensor, input.host,
        input.state, input.facts, t.now()));
    id = static_cast<AssetId>(t.db().last_insert_id());
    WEIR_TRY(t.db().Run("INSERT INTO asset_count (asset) VALUES (?)", id));
    return id;
  }
  WEIR_TRY(
      t.db().Run("UPDATE asset SET name = iif(?2 = '', name, ?2), image = iif(?3 = '', image, ?3), "
                 "image_id = iif(?4 = '', image_id, ?4), os = iif(?5 = '', os, ?5), "
                 "sensor = iif(?6 = '', sensor, ?6), host = iif(?7 = 0, host, ?7), state = ?8, "
                 "facts = iif(?9 = '', facts, ?9), last_seen = ?10 WHERE id = ?1",
                 id, input.name, input.image, input.image_id, input.os, input.sensor, input.host, input.state,
                 input.facts, t.now()));
  if (new_image) WEIR_TRY(RecheckMasks(t, id));
  return id;
}

Result<void> SetAssetState(Transaction& t, AssetId asset, AssetState state) {
  return t.db().Run("UPDATE asset SET state = ? WHERE id = ?", state, asset);
}

Result<void> SetAssetFacts(Transaction& t, AssetId asset, std::string_view facts) {
  return t.db().Run("UPDATE asset SET facts = ? WHERE id = ?", facts, asset);
}

Result<void> TouchAsset(Transaction& t, AssetId asset) {
  return t.db().Run("UPDATE asset SET last_seen = ? WHERE id = ?", t.now(), asset);
}

Result<void> DeleteAsset(Transaction& t, AssetId asset) {
  WEIR_TRY(GetAsset(t, asset));
  WEIR_ASSIGN(std::vector<PackageId> packages, PackageIdsOf(t, asset));
  FindingWriter writer(t);
  std::vector<MatchRef> matches;
  WEIR_TRY(ForEachMatch(t, packages, [&](std::size_t, const MatchRef& match) { matches.push_back(match); }));
  writer.KnowOpen(asset, {});
  for (const MatchRef& match : matches) WEIR_TRY(writer.Resolve(match, asset, ResolvedReason::kPackageGone));
  WEIR_TRY(writer.Finish());
  for (PackageId package : packages) {
    t.posting_changes().Set(package, asset, false);
    WEIR_TRY(t.db().Run("DELETE FROM asset_usage WHERE package = ? AND asset = ?", package, asset));
  }
  for (std::string_view sql :
       {"DELETE FROM content_search WHERE id IN (SELECT id FROM content_finding WHERE asset = ?)",
        "DELETE FROM content_finding WHERE asset = ?", "DELETE FROM asset_content WHERE asset = ?",
        "DELETE FROM resolved_finding WHERE asset = ?", "DELETE FROM asset_package WHERE asset = ?",
        "DELETE FROM asset_sbom WHERE asset = ?", "DELETE FROM asset_usage_state WHERE asset = ?",
        "DELETE FROM scan WHERE asset = ?", "DELETE FROM process WHERE host = ?1 OR asset = ?1",
        "DELETE FROM connection WHERE host = ?1 OR asset = ?1", "DELETE FROM host_address WHERE host = ?",
        "DELETE FROM asset_count WHERE asset = ?", "UPDATE asset SET host = 0 WHERE host = ?",
        "DELETE FROM asset WHERE id = ?"})
    WEIR_TRY(t.db().Run(sql, asset));
  return {};
}

Result<Asset> GetAsset(Reader& r, AssetId asset) {
  WEIR_ASSIGN(
      Statement row,
      r.db().Query("SELECT " + std::string(kColumns) +
                       " FROM asset a JOIN asset_count c ON c.asset = a.id LEFT JOIN asset_content k ON "
                       "k.asset = a.id WHERE a.id = ?",
                   asset));
  if (row.Next()) return AssetFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no asset " + std::to_string(asset));
}

Result<std::optional<AssetId>> FindAsset(Reader& r, model::AssetKind kind, std::string_view key) {
  WEIR_ASSIGN(std::int64_t id, r.db().Value(0, "SELECT id FROM asset WHERE kind = ? AND key = ?", kind, key));
  return id == 0 ? std::nullopt : std::optional(static_cast<AssetId>(id));
}

Result<std::vector<AssetId>> ContainersOf(Reader& r, AssetId host) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id FROM asset WHERE host = ? AND host <> 0 AND state <> 2 "
                                           "ORDER BY id DESC",
                                           host));
  std::vector<AssetId> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<Page<Asset>> ListAssets(Reader& r, const AssetQuery& query) {
  WEIR_ASSIGN(std::vector<AssetId> ids, FindIds(r, query));
  return PageOf<Asset>(ids.size(), query.page, [&](std::size_t i) { return GetAsset(r, ids[i]); });
}

Result<AssetTotals> GetAssetTotals(Reader& r) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query(
          "SELECT a.kind, a.state, count(*), sum(a.last_scan = 0), sum(c.open0), sum(c.open1), "
          "sum(c.open2), sum(c.open3), sum(c.open4), sum(c.open5), sum(c.exploited), sum(c.masked), "
          "sum(c.loaded) FROM asset a JOIN asset_count c ON c.asset = a.id GROUP BY a.kind, a.state"));
  AssetTotals out;
  while (rows.Next()) {
    SeverityCounts open = CountsFromRow(rows, 4);
    for (std::size_t i = 0; i < SeverityCounts::kCount; ++i) out.open.by[i] += open.by[i];
    out.known_exploited += rows.Int(10);
    out.masked += rows.Int(11);
    out.loaded += rows.Int(12);
    AssetState state = StateFromRow(rows.Int(1));
    if (state == AssetState::kGone) continue;
    model::AssetKind kind = KindFromRow(rows.Int(0));
    if (kind == model::AssetKind::kHost) out.hosts += rows.Int(2);
    if (kind == model::AssetKind::kContainer) out.containers += rows.Int(2);
    if (kind == model::AssetKind::kContainer && state == AssetState::kRunning)
      out.running_containers += rows.Int(2);
    if (kind == model::AssetKind::kImage) out.images += rows.Int(2);
    out.never_scanned += rows.Int(3);
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<AssetBrief>> AllAssets(Reader& r, bool include_gone) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT a.id, a.host, a.kind, a.state, a.key, a.name, a.image, c.open0, c.open1, c.open2, "
                   "c.open3, c.open4, c.open5, max(c.max_score, coalesce(k.max_score, 0)) FROM asset a JOIN "
                   "asset_count c ON c.asset = a.id LEFT JOIN asset_content k ON k.asset = a.id WHERE ? OR "
                   "a.state <> 2 ORDER BY a.id",
                   include_gone));
  std::vector<AssetBrief> out;
  while (rows.Next())
    out.push_back({rows.U32(0), rows.U32(1), KindFromRow(rows.Int(2)), StateFromRow(rows.Int(3)),
                   rows.String(4), rows.String(5), rows.String(6), CountsFromRow(rows, 7),
                   ScoreOf(rows.Int(13))});
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace weir::store
