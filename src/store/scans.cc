#include "store/scans.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "store/cursor.h"
#include "store/matches.h"
#include "store/package_ids.h"
#include "store/packages.h"
#include "store/row_flags.h"

namespace weir::store {
namespace {

constexpr int kKeptScans = 100;

constexpr std::string_view kColumns =
    "s.id, s.key, s.trigger, s.error, s.problems, s.coverage, s.facts, s.asset, coalesce(a.name, ''), "
    "s.started_at, "
    "s.finished_at, s.state, s.packages, s.open0, s.open1, s.open2, s.open3, s.open4, s.open5, s.opened, "
    "s.resolved, s.content, s.secrets, s.malware";

Scan ScanFromRow(const Statement& row) {
  Scan s;
  s.id = row.Int(0);
  s.key = row.Text(1);
  s.trigger = row.Text(2);
  s.error = row.Text(3);
  s.problems = row.Text(4);
  s.coverage = row.Text(5);
  s.facts = row.Text(6);
  s.asset = row.U32(7);
  s.asset_name = row.Text(8);
  s.started_at = row.Int(9);
  s.finished_at = row.Int(10);
  s.state = row.Int(11) == 0 ? ScanState::kDone : ScanState::kFailed;
  s.packages = row.U32(12);
  for (std::size_t i = 0; i < SeverityCounts::kCount; ++i) s.open.by[i] = row.Int(13 + static_cast<int>(i));
  s.opened = row.Int(19);
  s.resolved = row.Int(20);
  s.content = row.Text(21);
  s.secrets = row.Int(22);
  s.malware = row.Int(23);
  return s;
}

std::string_view OrEmpty(std::string_view json, std::string_view empty) {
  return json.empty() ? empty : json;
}

struct ScanPackages {
  AssetId asset = 0;
  TimeMs stored_at = 0;
  std::vector<PackageId> ids;
  std::vector<std::uint32_t> content;  // ids of what stood
};

Result<ScanPackages> LoadPackages(Reader& r, ScanId scan) {
  WEIR_ASSIGN(
      Statement row,
      r.db().Query("SELECT asset, stored_at, ids, content_ids FROM scan WHERE id = ? AND state = 0", scan));
  if (!row.Next()) {
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "there is no finished scan " + std::to_string(scan));
  }
  ScanPackages out{row.U32(0), row.Int(1), {}, {}};
  WEIR_TRY(DecodeIds(row.Blob(2), out.ids));
  WEIR_TRY(DecodeIds(row.Blob(3), out.content));
  return out;
}

/// A match of one of the packages, and whether it stood when each scan was stored.
struct MatchThen {
  ScanDifference::FindingChange change;
  bool package_before = false, package_after = false;
  bool stood_before = false, stood_after = false;
};

Result<std::vector<MatchThen>> MatchesThen(Reader& r, const ScanPackages& before, const ScanPackages& after) {
  std::vector<PackageId> all;
  std::ranges::set_union(before.ids, after.ids, std::back_inserter(all));
  WEIR_ASSIGN(Statement rows,
              r.db().Prepare(
                  "SELECT m.id, m.severity, m.created_at, m.retired_at, m.state, v.name, p.name, p.version "
                  "FROM match m JOIN vulnerability v ON v.id = m.vulnerability JOIN package p ON "
                  "p.id = m.package WHERE m.package = ? AND m.state <> 1"));
  std::vector<MatchThen> out;
  for (PackageId package : all) {
    rows.Restart(package);
    while (rows.Next()) {
      MatchThen match;
      match.change = {
          rows.U32(0), rows.String(5), rows.String(6), rows.String(7), SeverityFromRow(rows.Int(1)), false};
      match.package_before = std::ranges::binary_search(before.ids, package);
      match.package_after = std::ranges::binary_search(after.ids, package);
      auto stood = [&](TimeMs at) { return rows.Int(2) <= at && (rows.Int(4) != 2 || rows.Int(3) > at); };
      match.stood_before = match.package_before && stood(before.stored_at);
      match.stood_after = match.package_after && stood(after.stored_at);
      out.push_back(std::move(match));
    }
    WEIR_TRY(rows.Finish());
  }
  return out;
}

Result<std::vector<ScanDifference::PackageChange>> Name(Reader& r, const std::vector<PackageId>& ids) {
  WEIR_ASSIGN(Statement row, r.db().Prepare("SELECT name, version, type FROM package WHERE id = ?"));
  std::vector<ScanDifference::PackageChange> out;
  for (PackageId id : ids) {
    row.Restart(id);
    if (row.Next()) out.push_back({id, PackageTypeFromRow(row.Int(2)), row.String(0), row.String(1)});
    WEIR_TRY(row.Finish());
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version) < std::tie(b.name, b.version);
  });
  return out;
}

/// Those of AFTER that BEFORE has not.
Result<std::vector<ContentRow>> ContentOnlyIn(Reader& r, const std::vector<std::uint32_t>& after,
                                              const std::vector<std::uint32_t>& before) {
  std::vector<std::uint32_t> ids;
  std::ranges::set_difference(after, before, std::back_inserter(ids));
  std::vector<ContentRow> out;
  for (std::uint32_t id : ids) {
    auto row = GetContent(r, id);
    if (row) {
      out.push_back(std::move(*row));
    } else if (row.error().code != Code::kNotFound) {
      return Err(row.error());
    }
  }
  std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.score > b.score; });
  return out;
}

}  // namespace

Result<ScanId> AddScan(Transaction& t, const ScanInput& input) {
  WEIR_ASSIGN(std::vector<PackageId> ids, PackageIdsOf(t, input.asset));
  bool done = input.state == ScanState::kDone;
  if (!done) ids.clear();
  WEIR_ASSIGN(std::vector<std::uint32_t> content, StandingContent(t, input.asset));
  WEIR_TRY(t.db().Run(
      "INSERT INTO scan (key, asset, trigger, started_at, finished_at, stored_at, state, error, "
      "problems, coverage, facts, packages, open0, open1, open2, open3, open4, open5, opened, "
      "resolved, ids, content, content_ids, secrets, malware) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
      "?10, ?11, iif(?7 = 0, packages, 0), "
      "open0, open1, open2, open3, open4, open5, ?12, ?13, ?14, ?15, ?16, coalesce(secret0 + secret1 + "
      "secret2 "
      "+ secret3 + secret4 + secret5, 0), coalesce(malware0 + malware1 + malware2 + malware3 + malware4 + "
      "malware5, 0) FROM asset_count c LEFT JOIN asset_content k ON k.asset = c.asset WHERE c.asset = ?2",
      input.key, input.asset, input.trigger, input.started_at, input.finished_at, t.now(), input.state,
      input.error, OrEmpty(input.problems, "[]"), OrEmpty(input.coverage, "[]"), OrEmpty(input.facts, "{}"),
      input.opened, input.resolved, AsBytes(EncodeIds(ids)), OrEmpty(input.content, "[]"),
      AsBytes(EncodeIds(content))));
  if (t.db().changes() == 0) return Err(Code::kNotFound, "there is no asset " + std::to_string(input.asset));
  ScanId id = t.db().last_insert_id();
  if (done)
    WEIR_TRY(t.db().Run("UPDATE asset SET last_scan = ?, last_scan_at = ? WHERE id = ?", id,
                        input.finished_at, input.asset));
  WEIR_TRY(
      t.db().Run("DELETE FROM scan WHERE asset = ?1 AND id <= (SELECT id FROM scan WHERE asset = ?1 "
                 "ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                 input.asset, kKeptScans));
  return id;
}

Result<Scan> GetScan(Reader& r, ScanId scan) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT " + std::string(kColumns) +
                               " FROM scan s LEFT JOIN asset a ON a.id = s.asset WHERE s.id = ?",
                           scan));
  if (row.Next()) return ScanFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no scan " + std::to_string(scan));
}

Result<std::optional<Scan>> FindScan(Reader& r, AssetId asset, std::string_view key) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT " + std::string(kColumns) +
                               " FROM scan s LEFT JOIN asset a ON a.id = s.asset WHERE s.asset = ? "
                               "AND s.key = ? ORDER BY s.id DESC LIMIT 1",
                           asset, key));
  std::optional<Scan> out;
  if (row.Next()) out = ScanFromRow(row);
  WEIR_TRY(row.Finish());
  return out;
}

Result<Page<Scan>> ListScans(Reader& r, AssetId asset, const PageRequest& page) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(page.cursor, 1));
  std::optional<std::int64_t> before;
  if (!cursor.empty()) before = cursor[0];
  std::size_t limit = LimitOf(page);
  std::string where = asset == 0 ? "(?1 = 0)" : "s.asset = ?1";
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kColumns) +
                               " FROM scan s LEFT JOIN asset a ON a.id = s.asset WHERE " + where +
                               " AND (?2 IS NULL OR s.id < ?2) ORDER BY s.id DESC LIMIT ?3",
                           asset, before, limit + 1));
  Page<Scan> out;
  while (rows.Next()) out.items.push_back(ScanFromRow(rows));
  WEIR_TRY(rows.Finish());
  if (out.items.size() > limit) {
    out.items.pop_back();
    out.next_cursor = MakeCursor({out.items.back().id});
  }
  WEIR_ASSIGN(std::int64_t total, r.db().Value(0, "SELECT count(*) FROM scan s WHERE " + where, asset));
  out.total = static_cast<std::uint64_t>(total);
  return out;
}

Result<ScanDifference> CompareScans(Reader& r, ScanId before_id, ScanId after_id) {
  WEIR_ASSIGN(ScanPackages before, LoadPackages(r, before_id));
  WEIR_ASSIGN(ScanPackages after, LoadPackages(r, after_id));
  ScanDifference out;
  std::vector<PackageId> added, removed;
  std::ranges::set_difference(after.ids, before.ids, std::back_inserter(added));
  std::ranges::set_difference(before.ids, after.ids, std::back_inserter(removed));
  WEIR_ASSIGN(out.added, Name(r, added));
  WEIR_ASSIGN(out.removed, Name(r, removed));
  out.unchanged_packages = static_cast<std::int64_t>(after.ids.size() - added.size());
  WEIR_ASSIGN(out.content_added, ContentOnlyIn(r, after.content, before.content));
  WEIR_ASSIGN(out.content_removed, ContentOnlyIn(r, before.content, after.content));
  WEIR_ASSIGN(std::vector<MatchThen> matches, MatchesThen(r, before, after));
  // An update keeps most weaknesses: the old version's finding and the new one's are the same to people.
  std::map<std::pair<std::string, std::string>, int> stayed;
  for (const MatchThen& match : matches) {
    std::pair name(match.change.vulnerability, match.change.package_name);
    stayed[name] |= (match.stood_before ? 1 : 0) | (match.stood_after ? 2 : 0);
  }
  for (MatchThen& match : matches) {
    if (match.stood_before == match.stood_after) {
      out.unchanged_findings += match.stood_before ? 1 : 0;
      continue;
    }
    match.change.by_advisory = match.package_before && match.package_after;
    if (stayed[{match.change.vulnerability, match.change.package_name}] == 3) {
      out.unchanged_findings += match.stood_after ? 1 : 0;
      continue;
    }
    (match.stood_after ? out.opened : out.resolved).push_back(std::move(match.change));
  }
  auto order = [](const auto& a, const auto& b) {
    return std::tie(b.severity, a.vulnerability, a.package_name) <
           std::tie(a.severity, b.vulnerability, b.package_name);
  };
  std::ranges::sort(out.opened, order);
  std::ranges::sort(out.resolved, order);
  return out;
}

}  // namespace weir::store
