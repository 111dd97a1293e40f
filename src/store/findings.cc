#include "store/findings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "base/strings.h"
#include "store/cursor.h"
#include "store/finding_codec.h"
#include "store/mask_set.h"
#include "store/matches.h"
#include "store/packages.h"
#include "store/row_flags.h"
#include "store/sbom_codec.h"

namespace weir::store {
namespace {

/// A set of matches that hold fewer findings than this is gathered and sorted; a larger one is met often
/// enough while all findings are gone through in order.
constexpr std::int64_t kGatherFindings = 100'000;

/// Where a finding stands in the order.
struct Place {
  std::int64_t rank = 0;
  MatchId match = 0;
  AssetId asset = 0;
  auto operator<=>(const Place&) const = default;
};

/// The matches that a query speaks of, where it restricts them.
struct MatchSet {
  bool all = true;
  std::vector<MatchId> ids;
  std::vector<bool> member;
  std::int64_t findings = 0;  // of them in the state asked for (open and masked only)
  bool Has(MatchId id) const { return all || (id < member.size() && member[id]); }
};

/// From the counts of assets: far fewer rows than matches.
Result<std::int64_t> CountOpen(Reader& r, SeverityBits severities) {
  std::string what = "0";
  for (unsigned i = 0; i < SeverityCounts::kCount; ++i)
    if (HasSeverity(severities, static_cast<model::Severity>(i))) what += " + open" + std::to_string(i);
  return r.db().Value(0, "SELECT sum(" + what + ") FROM asset_count");
}

Result<MatchSet> FindMatches(Reader& r, const FindingQuery& query) {
  MatchSet out;
  out.all = query.q.empty() && query.vulnerability == 0 && query.package == 0 && !query.known_exploited &&
            !query.fixable;
  if (out.all && query.state == FindingState::kOpen) {
    WEIR_ASSIGN(out.findings, CountOpen(r, query.severity_bits));
    return out;
  }
  std::string sql = "SELECT m.id, m.open, m.masked FROM match m WHERE 1";
  if (query.state != FindingState::kResolved) sql += " AND m.state < 2";
  if (query.severity_bits != 0) sql += " AND (?1 >> m.severity) & 1";
  if (query.vulnerability != 0) sql += " AND m.vulnerability = ?2";
  if (query.package != 0) sql += " AND m.package = ?3";
  if (query.known_exploited) sql += " AND (m.flags & 1 <> 0) = ?4";
  if (query.fixable) sql += " AND (m.flags & 4 <> 0) = ?5";
  if (!query.q.empty())
    sql +=
        " AND (m.vulnerability IN (SELECT id FROM vulnerability WHERE name LIKE ?6 ESCAPE '\\' UNION "
        "SELECT vulnerability FROM vulnerability_alias WHERE name LIKE ?6 ESCAPE '\\') OR m.package IN "
        "(SELECT id FROM package INDEXED BY package_name WHERE name LIKE ?6 ESCAPE '\\'))";
  // Every number is named, so that all can be bound whatever the query has.
  sql += " AND coalesce(?1, ?2, ?3, ?4, ?5, ?6, 1) IS NOT NULL";
  WEIR_ASSIGN(Statement rows, r.db().Query(sql, query.severity_bits, query.vulnerability, query.package,
                                           query.known_exploited, query.fixable, LikePattern(query.q)));
  int column = query.state == FindingState::kMasked ? 2 : 1;
  while (rows.Next()) {
    out.findings += rows.Int(column);
    if (out.all || (rows.Int(column) == 0 && query.state != FindingState::kClosed &&
                    query.state != FindingState::kResolved))
      continue;
    MatchId id = rows.U32(0);
    out.ids.push_back(id);
    if (id >= out.member.size()) out.member.resize(id + 1024);
    out.member[id] = true;
  }
  WEIR_TRY(rows.Finish());
  return out;
}

struct Places {
  std::vector<Place> items;  // of the page, and one more where there is one
  std::uint64_t total = 0;
};

/// The page of PLACES, which hold everything.
Places PageOfAll(std::vector<Place> places, const std::optional<Place>& after, std::size_t limit) {
  Places out;
  out.total = places.size();
  if (after) std::erase_if(places, [&](const Place& place) { return place <= *after; });
  auto middle = places.begin() + static_cast<std::ptrdiff_t>(std::min(limit + 1, places.size()));
  std::partial_sort(places.begin(), middle, places.end());
  places.erase(middle, places.end());
  out.items = std::move(places);
  return out;
}

/// What findings are put in order by, lowest first.
std::string OrderOf(const FindingQuery& query) { return query.newest ? "-first_seen" : "rank"; }

/// All findings of the matches in SET.
Result<std::vector<Place>> Gather(Reader& r, const FindingQuery& query, const MatchSet& set) {
  std::vector<Place> out;
  WEIR_ASSIGN(Statement rows, r.db().Prepare("SELECT " + OrderOf(query) +
                                             ", asset FROM finding WHERE match = ?1 AND +state = ?2 AND "
                                             "(NOT ?3 OR level = 3)"));
  for (MatchId match : set.ids) {
    rows.Restart(match, query.state, query.loaded);
    while (rows.Next()) out.push_back({rows.Int(0), match, rows.U32(1)});
    WEIR_TRY(rows.Finish());
  }
  return out;
}

/// All findings of one asset, through the matches of its packages.
Result<std::vector<Place>> GatherOfAsset(Reader& r, const FindingQuery& query) {
  MatchSet named;
  if (!query.q.empty()) {
    FindingQuery only_q;
    only_q.q = query.q;
    only_q.state = query.state;
    WEIR_ASSIGN(named, FindMatches(r, only_q));
  }
  WEIR_ASSIGN(std::vector<PackageId> packages, PackageIdsOf(r, query.asset));
  std::vector<MatchId> matches;
  WEIR_TRY(ForEachMatch(r, packages, [&](std::size_t, const MatchRef& m) {
    bool wanted = HasSeverity(query.severity_bits, m.severity) &&
                  (query.vulnerability == 0 || m.vulnerability == query.vulnerability) &&
                  (query.package == 0 || m.package == query.package) &&
                  (!query.known_exploited || m.known_exploited == *query.known_exploited) &&
                  (!query.fixable || m.fixable == *query.fixable);
    if (wanted && named.Has(m.id)) matches.push_back(m.id);
  }));
  std::vector<Place> out;
  WEIR_ASSIGN(Statement row, r.db().Prepare("SELECT " + OrderOf(query) +
                                            " FROM finding WHERE match = ?1 AND asset = ?2 AND "
                                            "+state = ?3 AND (NOT ?4 OR level = 3)"));
  for (MatchId match : matches) {
    row.Restart(match, query.asset, query.state, query.loaded);
    if (row.Next()) out.push_back({row.Int(0), match, query.asset});
    WEIR_TRY(row.Finish());
  }
  return out;
}

/// One severity's findings in order.
class Lane {
 public:
  static Result<Lane> Start(Reader& r, const FindingQuery& query, std::int64_t severity, const Place& after) {
    Lane out;
    std::string index = query.loaded ? "finding_loaded" : "finding_order";
    std::string only = query.loaded ? " AND level = 3" : "";
    WEIR_ASSIGN(out.rows_,
                r.db().Query("SELECT rank, match, asset FROM finding INDEXED BY " + index +
                                 " WHERE state = ? AND severity = ?" + only +
                                 " AND (rank, match, asset) > (?, ?, ?) ORDER BY rank, match, asset",
                             query.state, severity, after.rank, after.match, after.asset));
    return out;
  }
  /// The next of SET; false at the end.
  bool Next(const MatchSet& set) {
    while (rows_.Next()) {
      place_ = {rows_.Int(0), rows_.U32(1), rows_.U32(2)};
      if (set.Has(place_.match)) return true;
    }
    return false;
  }
  Result<void> Finish() { return rows_.Finish(); }
  const Place& place() const { return place_; }

 private:
  Statement rows_;
  Place place_;
};

/// Goes through all findings in order, one lane a severity.
Result<Places> Walk(Reader& r, const FindingQuery& query, const MatchSet& set,
                    const std::optional<Place>& after, std::size_t limit) {
  std::vector<Lane> lanes;
  for (std::int64_t severity = 0; severity < static_cast<std::int64_t>(SeverityCounts::kCount); ++severity) {
    if (!HasSeverity(query.severity_bits, static_cast<model::Severity>(severity))) continue;
    WEIR_ASSIGN(Lane lane, Lane::Start(r, query, severity, after.value_or(Place{-1, 0, 0})));
    if (lane.Next(set)) {
      lanes.push_back(std::move(lane));
    } else {
      WEIR_TRY(lane.Finish());
    }
  }
  Places out;
  while (!lanes.empty() && out.items.size() <= limit) {
    auto best = std::ranges::min_element(lanes, {}, &Lane::place);
    out.items.push_back(best->place());
    if (best->Next(set)) continue;
    WEIR_TRY(best->Finish());
    lanes.erase(best);
  }
  return out;
}

/// Adds rows of SET to OUT until there is one more than LIMIT.
Result<void> TakeNewest(Statement rows, const FindingQuery& query, const MatchSet& set, std::size_t limit,
                        std::vector<Place>& out) {
  while (out.size() <= limit && rows.Next()) {
    Place place{rows.Int(0), rows.U32(1), rows.U32(2)};
    bool wanted = set.Has(place.match) &&
                  (!query.loaded || LevelFromRow(rows.Int(4)) == model::Usage::Level::kLoaded) &&
                  HasSeverity(query.severity_bits, SeverityFromRow(rows.Int(3)));
    if (wanted) out.push_back(place);
  }
  return rows.Finish();
}

/// Goes through all findings, the newest first. A Place's rank is the time below zero.
Result<Places> WalkNewest(Reader& r, const FindingQuery& query, const MatchSet& set,
                          const std::optional<Place>& after, std::size_t limit) {
  static constexpr std::string_view kSelect =
      "SELECT -first_seen, match, asset, severity, level FROM finding INDEXED BY finding_recent WHERE state "
      "= ?1 AND ";
  Places out;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (after) {
    before = -std::max(after->rank, -before);  // a cursor may have any number
    WEIR_ASSIGN(Statement same_time,
                r.db().Query(std::string(kSelect) + "first_seen = ?2 AND (match, asset) > (?3, ?4) "
                                                    "ORDER BY match, asset",
                             query.state, before, after->match, after->asset));
    WEIR_TRY(TakeNewest(std::move(same_time), query, set, limit, out.items));
  }
  WEIR_ASSIGN(Statement older,
              r.db().Query(std::string(kSelect) + "first_seen < ?2 ORDER BY first_seen DESC, match, asset",
                           query.state, before));
  WEIR_TRY(TakeNewest(std::move(older), query, set, limit, out.items));
  return out;
}

Result<std::uint64_t> CountByIndex(Reader& r, const FindingQuery& query, const MatchSet& set) {
  std::string index = query.loaded ? "finding_loaded" : "finding_order";
  std::string where = " FROM finding INDEXED BY " + index +
                      " WHERE state = ?1 AND (?2 = 0 OR (?2 >> severity) & 1)" +
                      (query.loaded ? " AND level = 3" : "");
  if (set.all) {
    WEIR_ASSIGN(std::int64_t count,
                r.db().Value(0, "SELECT count(*)" + where, query.state, query.severity_bits));
    return static_cast<std::uint64_t>(count);
  }
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT match" + where, query.state, query.severity_bits));
  std::uint64_t count = 0;
  while (rows.Next()) count += set.Has(rows.U32(0)) ? 1U : 0U;
  WEIR_TRY(rows.Finish());
  return count;
}

Result<Places> FindPlaces(Reader& r, const FindingQuery& query, const std::optional<Place>& after,
                          std::size_t limit) {
  if (query.asset != 0) {
    WEIR_ASSIGN(std::vector<Place> all, GatherOfAsset(r, query));
    return PageOfAll(std::move(all), after, limit);
  }
  WEIR_ASSIGN(MatchSet set, FindMatches(r, query));
  if (!set.all && set.findings <= kGatherFindings) {
    WEIR_ASSIGN(std::vector<Place> all, Gather(r, query, set));
    return PageOfAll(std::move(all), after, limit);
  }
  WEIR_ASSIGN(Places out,
              query.newest ? WalkNewest(r, query, set, after, limit) : Walk(r, query, set, after, limit));
  bool counted = !query.loaded && query.state != FindingState::kClosed;
  if (counted) {
    out.total = static_cast<std::uint64_t>(set.findings);
  } else {
    WEIR_ASSIGN(out.total, CountByIndex(r, query, set));
  }
  return out;
}

constexpr std::string_view kRowColumns =
    "m.vulnerability, m.package, a.name, v.name, v.summary, a.kind, p.name, p.version, p.type, m.severity, "
    "m.flags, "
    "v.epss, v.cvss, d.content";
constexpr std::string_view kRowTables =
    " JOIN match m ON m.id = f.match JOIN vulnerability v ON v.id = m.vulnerability JOIN package p ON "
    "p.id = m.package JOIN asset a ON a.id = f.asset JOIN match_detail d ON d.match = m.id ";

/// Columns from FIRST on are kRowColumns.
Result<void> FillRow(const Statement& row, int first, FindingRow& out) {
  out.vulnerability = row.U32(first);
  out.package = row.U32(first + 1);
  out.asset_name = row.Text(first + 2);
  out.vulnerability_name = row.Text(first + 3);
  out.summary = row.Text(first + 4);
  out.asset_kind = static_cast<model::AssetKind>(row.Int(first + 5));
  out.package_name = row.Text(first + 6);
  out.package_version = row.Text(first + 7);
  out.package_type = PackageTypeFromRow(row.Int(first + 8));
  out.severity = SeverityFromRow(row.Int(first + 9));
  out.known_exploited = (row.Int(first + 10) & kFlagExploited) != 0;
  out.fixable = (row.Int(first + 10) & kFlagFixable) != 0;
  if (!row.IsNull(first + 11)) out.epss = row.Real(first + 11);
  out.cvss = row.Real(first + 12);
  model::Finding match;
  WEIR_TRY(DecodeMatch(row.Blob(first + 13), match));
  if (!match.fixed_versions.empty()) out.fixed_in = match.fixed_versions.front();
  return {};
}

std::string ReasonText(std::int64_t reason) {
  return reason == static_cast<std::int64_t>(ResolvedReason::kPackageGone)
             ? "the package is gone or was updated"
             : "the advisory no longer says so";
}

Result<FindingRow> LoadRow(Reader& r, MatchId match, AssetId asset) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT f.state, 1000 - f.rank, f.level, f.first_seen, " +
                                              std::string(kRowColumns) + " FROM finding f" +
                                              std::string(kRowTables) + "WHERE f.match = ? AND f.asset = ?",
                                          match, asset));
  FindingRow out;
  out.match = match;
  out.asset = asset;
  if (row.Next()) {
    out.state = static_cast<FindingState>(row.Int(0));
    out.score = ScoreOf(row.Int(1));
    out.usage = LevelFromRow(row.Int(2));
    out.first_seen = row.Int(3);
    WEIR_TRY(FillRow(row, 4, out));
    return out;
  }
  WEIR_TRY(row.Finish());
  WEIR_ASSIGN(Statement old, r.db().Query("SELECT f.score, f.first_seen, f.resolved_at, f.reason, " +
                                              std::string(kRowColumns) + " FROM resolved_finding f" +
                                              std::string(kRowTables) + "WHERE f.match = ? AND f.asset = ?",
                                          match, asset));
  if (!old.Next()) {
    WEIR_TRY(old.Finish());
    return Err(Code::kNotFound, "there is no such finding");
  }
  out.state = FindingState::kResolved;
  out.score = ScoreOf(old.Int(0));
  out.first_seen = old.Int(1);
  out.resolved_at = old.Int(2);
  out.resolved_reason = ReasonText(old.Int(3));
  WEIR_TRY(FillRow(old, 4, out));
  return out;
}

Result<Page<FindingRow>> ListResolved(Reader& r, const FindingQuery& query) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(query.page.cursor, 3));
  WEIR_ASSIGN(MatchSet set, FindMatches(r, query));
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT resolved_at, match, asset FROM resolved_finding WHERE "
                                           "(?1 = 0 OR asset = ?1) AND (?2 = 0 OR (?2 >> severity) & 1) "
                                           "ORDER BY resolved_at DESC, match, asset",
                                           query.asset, query.severity_bits));
  auto key = [](std::int64_t at, std::int64_t match, std::int64_t asset) {
    return std::tuple(-at, match, asset);
  };
  std::size_t limit = LimitOf(query.page);
  std::vector<Place> places;  // rank: resolved_at
  Page<FindingRow> out;
  while (rows.Next()) {
    Place place{rows.Int(0), rows.U32(1), rows.U32(2)};
    if (!set.Has(place.match)) continue;
    ++out.total;
    bool before =
        !cursor.empty() && key(place.rank, place.match, place.asset) <= key(cursor[0], cursor[1], cursor[2]);
    if (!before && places.size() <= limit) places.push_back(place);
  }
  WEIR_TRY(rows.Finish());
  for (std::size_t i = 0; i < std::min(limit, places.size()); ++i) {
    WEIR_ASSIGN(FindingRow row, LoadRow(r, places[i].match, places[i].asset));
    out.items.push_back(std::move(row));
  }
  if (places.size() > limit) {
    const Place& last = places[limit - 1];
    out.next_cursor = MakeCursor({last.rank, last.match, last.asset});
  }
  return out;
}

}  // namespace

std::string_view FindingStateName(FindingState state) {
  switch (state) {
    case FindingState::kOpen:
      return "open";
    case FindingState::kMasked:
      return "masked";
    case FindingState::kClosed:
      return "closed";
    case FindingState::kResolved:
      return "resolved";
  }
  return "open";
}

Result<Page<FindingRow>> ListFindings(Reader& r, const FindingQuery& query) {
  if (query.state == FindingState::kResolved) return ListResolved(r, query);
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(query.page.cursor, 3));
  std::optional<Place> after;
  if (!cursor.empty())
    after = Place{cursor[0], static_cast<MatchId>(cursor[1]), static_cast<AssetId>(cursor[2])};
  std::size_t limit = LimitOf(query.page);
  WEIR_ASSIGN(Places places, FindPlaces(r, query, after, limit));
  Page<FindingRow> out;
  out.total = places.total;
  for (std::size_t i = 0; i < std::min(limit, places.items.size()); ++i) {
    WEIR_ASSIGN(FindingRow row, LoadRow(r, places.items[i].match, places.items[i].asset));
    out.items.push_back(std::move(row));
  }
  if (places.items.size() > limit) {
    const Place& last = places.items[limit - 1];
    out.next_cursor = MakeCursor({last.rank, last.match, last.asset});
  }
  return out;
}

Result<FindingRow> GetFindingRow(Reader& r, AssetId asset, MatchId match) { return LoadRow(r, match, asset); }

Result<FindingDetail> GetFinding(Reader& r, AssetId asset, MatchId match) {
  FindingDetail out;
  WEIR_ASSIGN(out.row, LoadRow(r, match, asset));
  WEIR_ASSIGN(out.finding, LoadMatch(r, match));
  WEIR_ASSIGN(PackageUsage usage, GetUsage(r, asset, out.row.package));
  out.usage_text = std::move(usage.text);
  out.usage_key = usage.key;
  Result<StoredSbom> stored = LoadStoredSbom(r, asset);
  if (stored) {
    for (std::size_t i = 0; i < stored->ids.size(); ++i) {
      if (stored->ids[i] != out.row.package) continue;
      const model::Package& package = stored->sbom.packages[i];
      if (out.locations.empty() && !package.locations.empty())
        out.finding.location = package.locations.front();
      out.locations.insert(out.locations.end(), package.locations.begin(), package.locations.end());
    }
  } else if (stored.error().code != Code::kNotFound) {
    return Err(stored.error());
  }
  if (out.row.state != FindingState::kMasked) return out;
  WEIR_ASSIGN(MaskSet masks, MaskSet::Load(r));
  WEIR_ASSIGN(out.mask, masks.Find(r, out.row.vulnerability, out.row.package, asset));
  return out;
}

}  // namespace weir::store
