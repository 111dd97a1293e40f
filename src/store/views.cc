#include "store/views.h"

#include <algorithm>

#include "base/strings.h"
#include "store/assets.h"
#include "store/row_flags.h"

namespace weir::store {
namespace {

constexpr std::uint64_t kNewest = std::uint64_t{1} << 62U;

Result<std::string> OneText(Reader& r, std::string_view sql, AssetId host, std::string_view key) {
  WEIR_ASSIGN(Statement row, r.db().Query(sql, host, key));
  std::string text = row.Next() ? row.String(0) : std::string();
  WEIR_TRY(row.Finish());
  return text;
}

bool IsExposed(UsageKey key) {
  model::Usage usage = UsageOf(key);
  return usage.listening && usage.listens != model::AddressScope::kLoopback;
}

}  // namespace

Result<std::vector<std::string>> ListeningProcesses(Reader& r, AssetId asset, std::size_t limit) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT json FROM process WHERE asset = ? AND running = 1 AND listening = 1 LIMIT ?",
                   asset, limit));
  std::vector<std::string> out;
  while (rows.Next()) out.push_back(rows.String(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::string> ProcessName(Reader& r, AssetId host, std::string_view key) {
  return OneText(r, "SELECT name FROM process WHERE host = ? AND key = ?", host, key);
}

Result<AssetId> ProcessAsset(Reader& r, AssetId host, std::string_view key) {
  WEIR_ASSIGN(std::int64_t asset,
              r.db().Value(0, "SELECT asset FROM process WHERE host = ? AND key = ?", host, key));
  return static_cast<AssetId>(asset);
}

Result<std::vector<std::string>> ImagesOfSensor(Reader& r, std::string_view sensor) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT a.key FROM asset a WHERE a.kind = ? AND a.state <> ? AND EXISTS (SELECT 1 FROM "
                   "json_each(CASE WHEN json_valid(a.facts) THEN a.facts ELSE '{}' END, '$.sensors') "
                   "WHERE value = ?)",
                   model::AssetKind::kImage, AssetState::kGone, sensor));
  std::vector<std::string> out;
  while (rows.Next()) out.push_back(rows.String(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<std::pair<AssetId, std::string>>> FactOfAssets(Reader& r, std::string_view name) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id, json_extract(facts, '$.' || ?1) AS fact FROM asset "
                                           "WHERE json_valid(facts) AND fact IS NOT NULL ORDER BY id",
                                           name));
  std::vector<std::pair<AssetId, std::string>> out;
  while (rows.Next()) out.emplace_back(rows.U32(0), rows.String(1));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<AssetId>> HostsOfMachine(Reader& r, std::string_view machine_id) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT id FROM asset WHERE kind = ? AND state <> ? AND json_valid(facts) "
                           "AND json_extract(facts, '$.machine_id') = ?",
                           model::AssetKind::kHost, AssetState::kGone, machine_id));
  std::vector<AssetId> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::int64_t> ContainersOfImage(Reader& r, std::string_view image_id) {
  return r.db().Value(0, "SELECT count(*) FROM asset WHERE kind = ? AND state <> ? AND image_id = ?",
                      model::AssetKind::kContainer, AssetState::kGone, image_id);
}

Result<TrafficCounts> CountTraffic(Reader& r, AssetId asset, bool is_host) {
  TrafficCounts out;
  std::string where = is_host ? " WHERE host = ?" : " WHERE asset = ?";
  WEIR_ASSIGN(out.processes,
              r.db().Value(0, "SELECT count(*) FROM process" + where + " AND running = 1", asset));
  WEIR_ASSIGN(out.connections,
              r.db().Value(0, "SELECT count(*) FROM connection" + where + " AND count > 0", asset));
  return out;
}

Result<std::vector<std::pair<std::string, std::int64_t>>> ConnectionCounts(Reader& r, AssetId host) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT process, sum(count) FROM connection WHERE host = ? AND count > 0 "
                           "GROUP BY process",
                           host));
  std::vector<std::pair<std::string, std::int64_t>> out;
  while (rows.Next()) out.emplace_back(rows.String(0), rows.Int(1));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<bool> IsRansomware(Reader& r, VulnerabilityId vulnerability) {
  WEIR_ASSIGN(std::int64_t flags,
              r.db().Value(0, "SELECT flags FROM vulnerability WHERE id = ?", vulnerability));
  return (flags & kFlagRansomware) != 0;
}

Result<UseCounts> UseOfVulnerability(Reader& r, VulnerabilityId vulnerability) {
  // From the side of usage: packages in use are few, findings may be many.
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT u.key, count(*) FROM match m CROSS JOIN asset_usage u ON u.package = m.package "
                   "CROSS JOIN finding f ON f.match = m.id AND f.asset = u.asset "
                   "WHERE m.vulnerability = ? AND m.state = 0 AND (u.key & 3) = 3 AND +f.state = 0 "
                   "GROUP BY u.key",
                   vulnerability));
  UseCounts out;
  while (rows.Next()) {
    out.loaded += rows.Int(1);
    if (IsExposed(rows.U32(0))) out.exposed += rows.Int(1);
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<UseCounts> UseOfAll(Reader& r) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT u.key, count(*) FROM finding f INDEXED BY finding_loaded "
                           "JOIN match m ON m.id = f.match "
                           "JOIN asset_usage u ON u.package = m.package AND u.asset = f.asset "
                           "WHERE f.level = 3 AND f.state = 0 GROUP BY u.key"));
  UseCounts out;
  while (rows.Next()) {
    out.loaded += rows.Int(1);
    if (IsExposed(rows.U32(0))) out.exposed += rows.Int(1);
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<std::string>> AliasesOf(Reader& r, VulnerabilityId vulnerability) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT a.name FROM vulnerability_alias a JOIN vulnerability v ON v.id = a.vulnerability "
                   "WHERE a.vulnerability = ? AND a.name <> v.name ORDER BY a.name",
                   vulnerability));
  std::vector<std::string> out;
  while (rows.Next()) out.push_back(rows.String(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<std::string>> PackageNamesOf(Reader& r, VulnerabilityId vulnerability, std::size_t limit) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT p.name, sum(m.open) AS open FROM match m JOIN package p ON p.id = m.package "
                   "WHERE m.vulnerability = ? AND m.state = 0 AND m.open > 0 GROUP BY p.name "
                   "ORDER BY open DESC, p.name LIMIT ?",
                   vulnerability, limit));
  std::vector<std::string> out;
  while (rows.Next()) out.push_back(rows.String(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::optional<std::pair<AssetId, MatchId>>> TopFindingOf(Reader& r, VulnerabilityId vulnerability) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT f.asset, f.match FROM match m CROSS JOIN finding f ON f.match = m.id "
                           "WHERE m.vulnerability = ?1 AND m.state = 0 AND +f.state = 0 AND f.rank = 1000 - "
                           "(SELECT max_score FROM vulnerability_count WHERE vulnerability = ?1) LIMIT 1",
                           vulnerability));
  // The first that has the highest score: most of a vulnerability's findings have the same.
  std::optional<std::pair<AssetId, MatchId>> top;
  if (row.Next()) top.emplace(row.U32(0), row.U32(1));
  WEIR_TRY(row.Finish());
  return top;
}

Result<SeverityCounts> SeveritiesOfPackage(Reader& r, PackageId package) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT severity, count(*) FROM match WHERE package = ? AND state = 0 "
                           "GROUP BY severity",
                           package));
  SeverityCounts out;
  while (rows.Next())
    if (std::size_t severity = rows.U32(0); severity < SeverityCounts::kCount) out.by[severity] = rows.Int(1);
  WEIR_TRY(rows.Finish());
  return out;
}

Result<double> ScoreOfPackage(Reader& r, PackageId package) {
  WEIR_ASSIGN(
      std::int64_t tenths,
      r.db().Value(0,
                   "SELECT max(c.max_score) FROM match m JOIN vulnerability_count c "
                   "ON c.vulnerability = m.vulnerability WHERE m.package = ? AND m.state = 0 AND m.open > 0",
                   package));
  return static_cast<double>(tenths) / 10;
}

Result<double> ScoreOfPackageIn(Reader& r, PackageId package, AssetId asset) {
  WEIR_ASSIGN(
      std::int64_t tenths,
      r.db().Value(
          0,
          "SELECT 1000 - min(f.rank) FROM match m CROSS JOIN finding f ON f.match = m.id AND f.asset = ? "
          "WHERE m.package = ? AND m.state = 0 AND +f.state = 0",
          asset, package));
  return static_cast<double>(tenths) / 10;
}

Result<std::vector<Gap>> CoverageGaps(Reader& r) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT json_extract(c.value, '$.ecosystem') AS ecosystem, "
                   "max(json_extract(c.value, '$.starter_only')) AS starter, "
                   "sum(json_extract(c.value, '$.packages')), count(*) "
                   "FROM asset a, json_each(CASE WHEN json_valid(a.facts) THEN a.facts ELSE '{}' END, "
                   "'$.coverage') c WHERE a.state <> ? AND (json_extract(c.value, '$.starter_only') = 1 OR "
                   "json_array_length(c.value, '$.sources') = 0) "
                   "GROUP BY ecosystem ORDER BY 3 DESC, ecosystem LIMIT 100",
                   AssetState::kGone));
  std::vector<Gap> out;
  while (rows.Next()) out.push_back({rows.String(0), rows.Int(2), rows.Int(3), rows.Bool(1)});
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::int64_t> FailedScans(Reader& r) {
  return r.db().Value(0,
                      "SELECT count(*) FROM asset WHERE state <> ? AND json_valid(facts) AND "
                      "coalesce(json_extract(facts, '$.scan_error'), '') <> ''",
                      AssetState::kGone);
}

Result<ScanId> ScanBefore(Reader& r, AssetId asset, ScanId scan) {
  return r.db().Value(0, "SELECT max(id) FROM scan WHERE asset = ? AND id < ? AND state = 0", asset, scan);
}

Result<Page<Scan>> FilteredScans(Reader& r, const ScanQuery& query) {
  std::int64_t before = static_cast<std::int64_t>(
      std::min<std::uint64_t>(ParseUint(query.page.cursor).value_or(kNewest), kNewest));
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id FROM scan WHERE id < ?1 AND (?2 = 0 OR asset = ?2) AND "
                                           "(?3 IS NULL OR state = ?3) ORDER BY id DESC LIMIT ?4",
                                           before, query.asset, query.state, query.page.limit + 1));
  std::vector<ScanId> ids;
  while (rows.Next()) ids.push_back(rows.Int(0));
  WEIR_TRY(rows.Finish());
  Page<Scan> page;
  for (ScanId id : ids) {
    if (page.items.size() == query.page.limit) {
      page.next_cursor = std::to_string(page.items.back().id);
      break;
    }
    WEIR_ASSIGN(Scan scan, GetScan(r, id));
    page.items.push_back(std::move(scan));
  }
  WEIR_ASSIGN(std::int64_t total, r.db().Value(0,
                                               "SELECT count(*) FROM scan WHERE (?1 = 0 OR asset = ?1) AND "
                                               "(?2 IS NULL OR state = ?2)",
                                               query.asset, query.state));
  page.total = static_cast<std::uint64_t>(total);
  return page;
}

Result<Page<Job>> FilteredJobs(Reader& r, const std::optional<JobState>& state, const PageRequest& request) {
  std::int64_t before = static_cast<std::int64_t>(
      std::min<std::uint64_t>(ParseUint(request.cursor).value_or(kNewest), kNewest));
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id FROM job WHERE id < ?1 AND (?2 IS NULL OR state = ?2) "
                                           "ORDER BY id DESC LIMIT ?3",
                                           before, state, request.limit + 1));
  std::vector<std::int64_t> ids;
  while (rows.Next()) ids.push_back(rows.Int(0));
  WEIR_TRY(rows.Finish());
  Page<Job> page;
  for (std::int64_t id : ids) {
    if (page.items.size() == request.limit) {
      page.next_cursor = std::to_string(page.items.back().id);
      break;
    }
    WEIR_ASSIGN(Job job, GetJob(r, id));
    page.items.push_back(std::move(job));
  }
  WEIR_ASSIGN(std::int64_t total,
              r.db().Value(0, "SELECT count(*) FROM job WHERE (?1 IS NULL OR state = ?1)", state));
  page.total = static_cast<std::uint64_t>(total);
  return page;
}

}  // namespace weir::store
