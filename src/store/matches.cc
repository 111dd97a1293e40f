#include "store/matches.h"

#include "base/hash.h"
#include "store/finding_codec.h"
#include "store/keys.h"
#include "store/packages.h"
#include "store/problem_codec.h"
#include "store/row_flags.h"

namespace weir::store {
namespace {

using model::Finding;
using model::Vulnerability;

constexpr std::size_t kSummaryBytes = 240;

std::int64_t FlagsOf(const Finding& finding) {
  const Vulnerability& v = finding.vulnerability;
  return (v.known_exploited ? kFlagExploited : 0) | (v.ransomware ? kFlagRansomware : 0) |
         (finding.fix_state == model::FixState::kFixed ? kFlagFixable : 0);
}

std::string Cut(const std::string& text) {
  if (text.size() <= kSummaryBytes) return text;
  std::size_t end = kSummaryBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;  // whole UTF-8 characters
  return text.substr(0, end) + "…";
}

double BaseScore(const Vulnerability& v) {
  for (const model::Cvss& cvss : v.cvss)
    if (cvss.base_score > 0) return cvss.base_score;
  return 0;
}

MatchRef RefOf(const Finding& finding, MatchId id, PackageId package, VulnerabilityId vulnerability) {
  MatchRef ref;
  ref.id = id;
  ref.package = package;
  ref.vulnerability = vulnerability;
  ref.severity = finding.vulnerability.severity;
  ref.known_exploited = ref.was_exploited = finding.vulnerability.known_exploited;
  ref.fixable = finding.fix_state == model::FixState::kFixed;
  ref.closed = finding.status != model::FindingStatus::kOpen;
  return ref;
}

constexpr std::string_view kRefColumns = "id, package, vulnerability, severity, flags, state";

MatchState StateOf(const MatchRef& ref) { return ref.closed ? MatchState::kClosed : MatchState::kStands; }

}  // namespace

MatchRef RefFromRow(const Statement& row) {
  MatchRef ref;
  ref.id = row.U32(0);
  ref.package = row.U32(1);
  ref.vulnerability = row.U32(2);
  ref.severity = SeverityFromRow(row.Int(3));
  ref.known_exploited = ref.was_exploited = (row.Int(4) & kFlagExploited) != 0;
  ref.fixable = (row.Int(4) & kFlagFixable) != 0;
  ref.closed = row.Int(5) == static_cast<std::int64_t>(MatchState::kClosed);
  return ref;
}

std::uint64_t ContentHash(const Finding& finding) {
  return Hash64(EncodeVulnerability(finding.vulnerability) + EncodeMatch(finding));
}

Result<std::vector<StoredMatch>> MatchesOf(Reader& r, PackageId package) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT m.id, m.package, m.vulnerability, m.severity, m.flags, m.state, v.name, d.hash "
                   "FROM match m JOIN vulnerability v ON v.id = m.vulnerability "
                   "JOIN match_detail d ON d.match = m.id WHERE m.package = ? AND m.state < 2",
                   package));
  std::vector<StoredMatch> out;
  while (rows.Next()) out.push_back({RefFromRow(rows), rows.String(6), rows.U64(7)});
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> ForEachMatch(Reader& r, std::span<const PackageId> packages,
                          const std::function<void(std::size_t, const MatchRef&)>& fn) {
  WEIR_ASSIGN(Statement rows, r.db().Prepare("SELECT " + std::string(kRefColumns) +
                                             " FROM match WHERE package = ? AND state < 2"));
  for (std::size_t i = 0; i < packages.size(); ++i) {
    rows.Restart(packages[i]);
    while (rows.Next()) fn(i, RefFromRow(rows));
    WEIR_TRY(rows.Finish());
  }
  return {};
}

Result<Finding> LoadMatch(Reader& r, MatchId match) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT t.content, d.content, p.name, p.version, p.type FROM match m "
                           "JOIN match_detail d ON d.match = m.id JOIN vulnerability_text t ON t.id = d.text "
                           "JOIN package p ON p.id = m.package WHERE m.id = ?",
                           match));
  if (!row.Next()) {
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "there is no match " + std::to_string(match));
  }
  Finding out;
  WEIR_ASSIGN(out.vulnerability, DecodeVulnerability(row.Blob(0)));
  WEIR_TRY(DecodeMatch(row.Blob(1), out));
  out.package_name = row.Text(2);
  out.package_version = row.Text(3);
  out.package_type = PackageTypeFromRow(row.Int(4));
  return out;
}

Result<VulnerabilityId> MatchWriter::PutVulnerability(const Finding& finding) {
  const Vulnerability& v = finding.vulnerability;
  auto known = vulnerabilities_.find(v.id);
  if (known != vulnerabilities_.end()) return known->second;
  WEIR_ASSIGN(
      Statement row,
      t_.db().Query("INSERT INTO vulnerability (name, summary, published, severity, cvss, epss, flags) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                    "summary = excluded.summary, published = excluded.published, cvss = excluded.cvss, "
                    "epss = excluded.epss, flags = excluded.flags RETURNING id",
                    v.id, Cut(v.summary), v.published, v.severity, BaseScore(v), v.epss, FlagsOf(finding)));
  if (!row.Next()) return Err(row.Finish().error());
  VulnerabilityId id = row.U32(0);
  WEIR_TRY(row.Finish());
  WEIR_TRY(t_.db().Run("INSERT OR IGNORE INTO vulnerability_count (vulnerability) VALUES (?)", id));
  for (const std::string& alias : v.aliases)
    WEIR_TRY(t_.db().Run("INSERT OR IGNORE INTO vulnerability_alias (name, vulnerability) VALUES (?, ?)",
                         alias, id));
  vulnerabilities_.emplace(v.id, id);
  return id;
}

Result<std::int64_t> MatchWriter::PutText(const Vulnerability& vulnerability) {
  std::string bytes = EncodeVulnerability(vulnerability);
  std::uint64_t hash = Hash64(bytes);
  if (auto known = texts_.find(hash); known != texts_.end()) return known->second;
  std::string key = ContentKey(bytes);
  WEIR_ASSIGN(std::int64_t id,
              t_.db().Value(0, "SELECT id FROM vulnerability_text WHERE key = ?", AsBytes(key)));
  if (id == 0) {
    WEIR_TRY(t_.db().Run("INSERT INTO vulnerability_text (key, content) VALUES (?, ?)", AsBytes(key),
                         AsBytes(bytes)));
    id = t_.db().last_insert_id();
  }
  texts_.emplace(hash, id);
  return id;
}

Result<void> MatchWriter::PutDetail(MatchId match, const Finding& finding) {
  WEIR_ASSIGN(std::int64_t text, PutText(finding.vulnerability));
  return t_.db().Run("INSERT OR REPLACE INTO match_detail (match, hash, text, content) VALUES (?, ?, ?, ?)",
                     match, ContentHash(finding), text, AsBytes(EncodeMatch(finding)));
}

Result<MatchRef> MatchWriter::Add(PackageId package, const Finding& finding) {
  WEIR_ASSIGN(VulnerabilityId vulnerability, PutVulnerability(finding));
  // One that was retired comes back under its number, so that its history is found again.
  WEIR_ASSIGN(std::int64_t retired,
              t_.db().Value(0, "SELECT id FROM match WHERE package = ? AND vulnerability = ? AND state = 2",
                            package, vulnerability));
  MatchRef ref = RefOf(finding, static_cast<MatchId>(retired), package, vulnerability);
  if (retired != 0) {
    WEIR_TRY(
        t_.db().Run("UPDATE match SET state = ?, severity = ?, flags = ?, created_at = ?, retired_at = 0 "
                    "WHERE id = ?",
                    StateOf(ref), ref.severity, FlagsOf(finding), t_.now(), retired));
  } else {
    WEIR_TRY(
        t_.db().Run("INSERT INTO match (package, vulnerability, severity, flags, state, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    package, vulnerability, ref.severity, FlagsOf(finding), StateOf(ref), t_.now()));
    ref.id = static_cast<MatchId>(t_.db().last_insert_id());
    ref.fresh = true;
  }
  WEIR_TRY(PutDetail(ref.id, finding));
  changed_.insert(vulnerability);
  return ref;
}

Result<MatchRef> MatchWriter::Update(PackageId package, const StoredMatch& old, const Finding& finding) {
  WEIR_ASSIGN(VulnerabilityId vulnerability, PutVulnerability(finding));
  MatchRef ref = RefOf(finding, old.ref.id, package, vulnerability);
  ref.was_exploited = old.ref.known_exploited;
  WEIR_TRY(t_.db().Run("UPDATE match SET state = ?, severity = ?, flags = ? WHERE id = ?", StateOf(ref),
                       ref.severity, FlagsOf(finding), ref.id));
  WEIR_TRY(PutDetail(ref.id, finding));
  changed_.insert(vulnerability);
  return ref;
}

Result<void> MatchWriter::Retire(const MatchRef& match) {
  changed_.insert(match.vulnerability);
  return t_.db().Run("UPDATE match SET state = 2, retired_at = ? WHERE id = ?", t_.now(), match.id);
}

Result<void> MatchWriter::SetMatched(PackageId package, std::uint64_t generation,
                                     std::span<const model::Problem> problems) {
  WEIR_TRY(t_.db().Run("UPDATE package SET generation = ? WHERE id = ?", generation, package));
  if (problems.empty()) return t_.db().Run("DELETE FROM match_problem WHERE package = ?", package);
  return t_.db().Run("INSERT OR REPLACE INTO match_problem (package, content) VALUES (?, ?)", package,
                     AsBytes(EncodeProblems(problems)));
}

Result<void> MatchWriter::Finish() {
  WEIR_ASSIGN(Statement find, t_.db().Prepare("SELECT max(severity), max(flags & 4) FROM match "
                                              "WHERE vulnerability = ? AND state < 2"));
  WEIR_ASSIGN(Statement update,
              t_.db().Prepare("UPDATE vulnerability SET severity = ?, flags = (flags & ~4) | ? "
                              "WHERE id = ?"));
  for (VulnerabilityId id : changed_) {
    find.Restart(id);
    bool any = find.Next() && !find.IsNull(0);
    std::int64_t severity = any ? find.Int(0) : 0, fixable = any ? find.Int(1) : 0;
    WEIR_TRY(find.Finish());
    if (any) WEIR_TRY(update.Run(severity, fixable, id));
  }
  changed_.clear();
  return {};
}

Result<void> PruneTexts(Transaction& t) {
  return t.db().Run("DELETE FROM vulnerability_text WHERE id NOT IN (SELECT text FROM match_detail)");
}

Result<std::vector<model::Problem>> MatchProblemsOf(Reader& r, std::span<const PackageId> packages) {
  std::vector<model::Problem> out;
  WEIR_ASSIGN(std::int64_t any, r.db().Value(0, "SELECT EXISTS (SELECT 1 FROM match_problem)"));
  if (any == 0) return out;
  WEIR_ASSIGN(Statement row, r.db().Prepare("SELECT content FROM match_problem WHERE package = ?"));
  for (PackageId package : packages) {
    row.Restart(package);
    if (row.Next()) WEIR_TRY(DecodeProblems(row.Blob(0), out));
    WEIR_TRY(row.Finish());
  }
  return out;
}

}  // namespace weir::store
