// The reading half of content.h.
#include "store/content.h"

#include <limits>
#include <optional>

#include "store/content_masks.h"
#include "store/cursor.h"
#include "store/row_flags.h"
#include "store/sbom_codec.h"

namespace weir::store {
namespace {

constexpr std::size_t kMaxDetail = 8U << 20U;

constexpr std::string_view kColumns =
    "SELECT f.id, f.asset, coalesce(a.name, ''), coalesce(a.kind, 0), f.kind, f.fingerprint, c.name, "
    "c.title, f.severity, f.confidence, f.state, f.rank, f.first_seen, f.resolved_at, f.content FROM "
    "content_finding f JOIN content_rule c ON c.id = f.rule LEFT JOIN asset a ON a.id = f.asset WHERE ";

Result<ContentRow> RowFrom(const Statement& row) {
  ContentRow out;
  out.id = row.Int(0);
  out.asset = row.U32(1);
  out.asset_name = row.Text(2);
  out.asset_kind = static_cast<model::AssetKind>(row.Int(3));
  out.kind = static_cast<model::ContentKind>(row.Int(4) & 1);
  out.fingerprint = row.Text(5);
  out.rule = row.Text(6);
  out.title = row.Text(7);
  out.severity = SeverityFromRow(row.Int(8));
  out.confidence = static_cast<model::Confidence>(std::min<std::int64_t>(row.Int(9), 2));
  out.state = static_cast<ContentState>(row.Int(10) & 3);
  out.score = ScoreOf(1000 - row.Int(11));
  out.first_seen = row.Int(12);
  out.resolved_at = row.Int(13);
  WEIR_ASSIGN(out.detail, Decompress(row.Blob(14), kMaxDetail));
  return out;
}

struct Order {
  std::string_view index, columns, direction, after;
  std::int64_t first;  // a cursor before everything
};

Order OrderOf(const ContentQuery& query) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  if (query.state == ContentState::kResolved)
    return {"content_finding_resolved", "f.resolved_at", "DESC", "<", kLast};
  if (query.newest) return {"content_finding_recent", "f.first_seen", "DESC", "<", kLast};
  return {"content_finding_order", "f.rank", "", ">", -1};
}

std::string FromWhere(const ContentQuery& query, const Order& order) {
  std::string_view index = query.asset != 0             ? "content_finding_key"
                           : !query.fingerprint.empty() ? "content_finding_same"
                           : !query.rule.empty()        ? "content_finding_rule"
                                                        : order.index;
  // A subquery behind "OR" is run at most once, and not where what stands before it is true.
  std::string sql =
      " FROM content_finding f INDEXED BY " + std::string(index) +
      " WHERE f.state = ?1 AND (?2 < 0 OR f.kind = ?2) AND (?3 = 0 OR (?3 >> f.severity) & 1) "
      "AND (?4 = 0 OR (?4 >> f.confidence) & 1) AND (?5 = 0 OR (?5 >> f.origin) & 1) "
      "AND (?6 = '' OR f.rule IN (SELECT id FROM content_rule WHERE name LIKE ?6 ESCAPE '\\' OR "
      "title LIKE ?6 ESCAPE '\\') OR f.asset IN (SELECT id FROM asset WHERE name LIKE ?6 ESCAPE "
      "'\\') OR f.id IN (SELECT id FROM content_search WHERE text LIKE ?6 ESCAPE '\\'))";
  sql += query.rule.empty() ? " AND ?7 = ''" : " AND f.rule IN (SELECT id FROM content_rule WHERE name = ?7)";
  sql += query.asset == 0 ? " AND ?8 = 0" : " AND f.asset = ?8";
  sql += query.fingerprint.empty() ? " AND ?9 = ''" : " AND f.fingerprint = ?9";
  // The partial index is only taken where it is plain that its condition holds.
  if (query.state == ContentState::kResolved) sql += " AND f.state = 3";
  return sql;
}

/// How many there are, where the counts that are kept anyway say so: counting 200,000 rows takes as long as
/// all the rest of a page.
Result<std::optional<std::int64_t>> KnownTotal(Reader& r, const ContentQuery& query) {
  bool counted = query.state == ContentState::kOpen && query.confidence_bits == 0 && query.origin_bits == 0 &&
                 query.rule.empty() && query.q.empty() && query.fingerprint.empty() && query.asset == 0;
  if (!counted) return std::optional<std::int64_t>();
  WEIR_ASSIGN(ContentCounts counts, GetContentTotals(r));
  std::int64_t total = 0;
  for (std::size_t i = 0; i < SeverityCounts::kCount; ++i) {
    if (!HasSeverity(query.severity_bits, static_cast<model::Severity>(i))) continue;
    if (query.kind != model::ContentKind::kMalware) total += counts.secrets.by[i];
    if (query.kind != model::ContentKind::kSecret) total += counts.malware.by[i];
  }
  return std::optional(total);
}

}  // namespace

std::string_view ContentStateName(ContentState state) {
  switch (state) {
    case ContentState::kOpen:
      return "open";
    case ContentState::kMasked:
      return "masked";
    case ContentState::kIgnored:
      return "ignored";
    case ContentState::kResolved:
      return "resolved";
  }
  return "open";
}

Result<Page<ContentRow>> ListContent(Reader& r, const ContentQuery& query) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(query.page.cursor, 2));
  Order order = OrderOf(query);
  if (cursor.empty()) cursor = {order.first, order.first};
  std::string where = FromWhere(query, order);
  std::int64_t kind = query.kind ? static_cast<std::int64_t>(*query.kind) : -1;
  std::string like = query.q.empty() ? std::string() : LikePattern(query.q);
  Page<ContentRow> out;
  WEIR_ASSIGN(std::optional<std::int64_t> total, KnownTotal(r, query));
  if (!total) {
    WEIR_ASSIGN(total, r.db().Value(0, "SELECT count(*)" + where, query.state, kind, query.severity_bits,
                                    query.confidence_bits, query.origin_bits, like, query.rule, query.asset,
                                    query.fingerprint));
  }
  out.total = static_cast<std::uint64_t>(*total);
  std::string column(order.columns), direction(order.direction);
  std::size_t limit = LimitOf(query.page);
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT f.id, " + column + where + " AND (" + column + ", f.id) " +
                                               std::string(order.after) + " (?10, ?11) ORDER BY " + column +
                                               " " + direction + ", f.id " + direction + " LIMIT ?12",
                                           query.state, kind, query.severity_bits, query.confidence_bits,
                                           query.origin_bits, like, query.rule, query.asset,
                                           query.fingerprint, cursor[0], cursor[1], limit + 1));
  std::vector<std::pair<ContentId, std::int64_t>> ids;
  while (rows.Next()) ids.emplace_back(rows.Int(0), rows.Int(1));
  WEIR_TRY(rows.Finish());
  bool more = ids.size() > limit;
  if (more) ids.pop_back();
  for (const auto& [id, place] : ids) {
    WEIR_ASSIGN(ContentRow row, GetContent(r, id));
    out.items.push_back(std::move(row));
  }
  if (more) out.next_cursor = MakeCursor({ids.back().second, ids.back().first});
  return out;
}

Result<ContentRow> GetContent(Reader& r, ContentId id) {
  WEIR_ASSIGN(Statement row, r.db().Query(std::string(kColumns) + "f.id = ?", id));
  if (row.Next()) return RowFrom(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no secret or malware " + std::to_string(id));
}

Result<std::int64_t> CountSame(Reader& r, model::ContentKind kind, std::string_view fingerprint,
                               AssetId asset) {
  return r.db().Value(0,
                      "SELECT count(*) FROM content_finding INDEXED BY content_finding_same WHERE "
                      "fingerprint = ? AND kind = ? AND asset <> ? AND state < 3",
                      fingerprint, kind, asset);
}

Result<std::vector<ContentRow>> SameContent(Reader& r, model::ContentKind kind, std::string_view fingerprint,
                                            AssetId asset, std::size_t limit) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query(std::string(kColumns) + "f.fingerprint = ? AND f.kind = ? AND f.asset <> ? AND "
                                                   "f.state < 3 ORDER BY f.state, f.rank, f.id LIMIT ?",
                           fingerprint, kind, asset, limit));
  std::vector<ContentRow> out;
  while (rows.Next()) {
    WEIR_ASSIGN(ContentRow row, RowFrom(rows));
    out.push_back(std::move(row));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::int64_t> MaskOfContent(Reader& r, const ContentRow& row) {
  if (row.state != ContentState::kMasked) return 0;
  WEIR_ASSIGN(ContentMasks masks, ContentMasks::Load(r));
  return masks.Find(r, row.kind, row.fingerprint, row.asset);
}

Result<std::vector<std::uint32_t>> StandingContent(Reader& r, AssetId asset) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id FROM content_finding INDEXED BY content_finding_key "
                                           "WHERE asset = ? AND state < 3 ORDER BY id",
                                           asset));
  std::vector<std::uint32_t> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<ContentCounts> GetContentTotals(Reader& r) {
  WEIR_ASSIGN(
      Statement row,
      r.db().Query(
          "SELECT sum(secret0), sum(secret1), sum(secret2), sum(secret3), sum(secret4), "
          "sum(secret5), sum(malware0), sum(malware1), sum(malware2), sum(malware3), "
          "sum(malware4), sum(malware5), sum(secrets_masked), sum(malware_masked) FROM asset_content"));
  ContentCounts out;
  if (row.Next()) {
    for (int i = 0; i < static_cast<int>(SeverityCounts::kCount); ++i) {
      out.secrets.by[i] = row.Int(i);
      out.malware.by[i] = row.Int(6 + i);
    }
    out.secrets_masked = row.Int(12);
    out.malware_masked = row.Int(13);
  }
  WEIR_TRY(row.Finish());
  return out;
}

}  // namespace weir::store
