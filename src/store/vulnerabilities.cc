#include "store/vulnerabilities.h"

#include "base/strings.h"
#include "store/cursor.h"
#include "store/finding_codec.h"
#include "store/matches.h"
#include "store/row_flags.h"

namespace weir::store {
namespace {

constexpr std::string_view kColumns =
    "v.id, v.name, v.summary, v.published, v.severity, v.cvss, v.epss, v.flags, c.open, c.masked, c.assets, "
    "c.max_score";

VulnerabilityRow FromRow(const Statement& row) {
  VulnerabilityRow v;
  v.id = row.U32(0);
  v.name = row.Text(1);
  v.summary = row.Text(2);
  v.published = row.Text(3);
  v.severity = SeverityFromRow(row.Int(4));
  v.cvss = row.Real(5);
  if (!row.IsNull(6)) v.epss = row.Real(6);
  v.known_exploited = (row.Int(7) & kFlagExploited) != 0;
  v.ransomware = (row.Int(7) & kFlagRansomware) != 0;
  v.fixable = (row.Int(7) & kFlagFixable) != 0;
  v.open = row.Int(8);
  v.masked = row.Int(9);
  v.assets = row.Int(10);
  v.max_score = ScoreOf(row.Int(11));
  return v;
}

Result<VulnerabilityRow> LoadRow(Reader& r, VulnerabilityId id) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kColumns) +
                                              " FROM vulnerability v JOIN vulnerability_count c "
                                              "ON c.vulnerability = v.id WHERE v.id = ?",
                                          id));
  if (row.Next()) return FromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no vulnerability " + std::to_string(id));
}

std::string_view OrderOf(VulnerabilitySort sort) {
  switch (sort) {
    case VulnerabilitySort::kScore:
      return "c.max_score DESC, c.assets DESC, v.name";
    case VulnerabilitySort::kAssets:
      return "c.assets DESC, c.max_score DESC, v.name";
    case VulnerabilitySort::kPublished:
      return "v.published DESC, v.name";
  }
  return "v.name";
}

}  // namespace

Result<Page<VulnerabilityRow>> ListVulnerabilities(Reader& r, const VulnerabilityQuery& query) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query(
          "SELECT v.id FROM vulnerability_count c JOIN vulnerability v ON v.id = c.vulnerability WHERE "
          "(c.open > 0 OR (?1 AND c.masked > 0)) AND (?2 = 0 OR (?2 >> v.severity) & 1) AND "
          "(?3 IS NULL OR (v.flags & 1 <> 0) = ?3) AND (?4 IS NULL OR (v.flags & 4 <> 0) = ?4) AND "
          "(?5 = '' OR instr(lower(v.name), ?5) OR instr(lower(v.summary), ?5) OR v.id IN "
          "(SELECT vulnerability FROM vulnerability_alias WHERE instr(lower(name), ?5))) ORDER BY " +
              std::string(OrderOf(query.sort)),
          query.include_masked, query.severity_bits, query.known_exploited, query.fixable, ToLower(query.q)));
  std::vector<VulnerabilityId> ids;
  while (rows.Next()) ids.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return PageOf<VulnerabilityRow>(ids.size(), query.page, [&](std::size_t i) { return LoadRow(r, ids[i]); });
}

Result<std::optional<VulnerabilityId>> FindVulnerability(Reader& r, std::string_view name) {
  WEIR_ASSIGN(std::int64_t id,
              r.db().Value(0,
                           "SELECT id FROM vulnerability WHERE name = ?1 UNION ALL SELECT vulnerability FROM "
                           "vulnerability_alias WHERE name = ?1 LIMIT 1",
                           name));
  return id == 0 ? std::nullopt : std::optional(static_cast<VulnerabilityId>(id));
}

Result<std::vector<VulnerabilityId>> VulnerabilitiesNamed(Reader& r, std::span<const std::string> names) {
  WEIR_ASSIGN(Statement rows,
              r.db().Prepare("SELECT id FROM vulnerability WHERE name = ?1 UNION SELECT vulnerability "
                             "FROM vulnerability_alias WHERE name = ?1"));
  std::vector<VulnerabilityId> out;
  for (const std::string& name : names) {
    rows.Restart(name);
    while (rows.Next()) out.push_back(rows.U32(0));
    WEIR_TRY(rows.Finish());
  }
  return out;
}

Result<VulnerabilityDetail> GetVulnerability(Reader& r, VulnerabilityId id) {
  VulnerabilityDetail out;
  WEIR_ASSIGN(out.row, LoadRow(r, id));
  WEIR_ASSIGN(Statement text,
              r.db().Query("SELECT t.content FROM match m JOIN match_detail d ON d.match = m.id JOIN "
                           "vulnerability_text t ON t.id = d.text WHERE m.vulnerability = ? "
                           "ORDER BY m.state, m.severity DESC, m.id DESC LIMIT 1",
                           id));
  if (text.Next()) {
    WEIR_ASSIGN(out.vulnerability, DecodeVulnerability(text.Blob(0)));
  }
  WEIR_TRY(text.Finish());
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT m.id, m.package, p.name, p.version, p.type, m.open, d.content "
                           "FROM match m JOIN package p ON p.id = m.package JOIN match_detail d "
                           "ON d.match = m.id WHERE m.vulnerability = ? AND m.state < 2 "
                           "AND (m.open > 0 OR m.masked > 0) ORDER BY p.name, p.version, m.id",
                           id));
  while (rows.Next()) {
    model::Finding match;
    WEIR_TRY(DecodeMatch(rows.Blob(6), match));
    out.packages.push_back({rows.U32(0), rows.U32(1), rows.String(2), rows.String(3), match.affected_range,
                            PackageTypeFromRow(rows.Int(4)), match.fixed_versions, rows.Int(5)});
  }
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace weir::store
