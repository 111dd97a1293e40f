#include "store/content_rules.h"

#include <map>

namespace weir::store {
namespace {

model::ContentKind KindFromRow(std::int64_t value) { return static_cast<model::ContentKind>(value & 1); }

RuleFile FileFromRow(const Statement& row) {
  RuleFile file;
  file.id = row.Int(0);
  file.kind = KindFromRow(row.Int(1));
  file.name = row.Text(2);
  file.url = row.Text(3);
  file.sha256 = row.Text(4);
  file.author = row.Text(5);
  file.report = row.Text(6);
  file.created_at = row.Int(7);
  file.bytes = row.U64(8);
  file.text = row.Text(9);
  return file;
}

std::string Select(bool with_text) {
  return "SELECT id, kind, name, url, sha256, author, report, created_at, length(CAST(text AS BLOB)), " +
         std::string(with_text ? "text" : "''") + " FROM rule_file ";
}

}  // namespace

Result<std::int64_t> PutRuleFile(Transaction& t, const RuleFile& file) {
  WEIR_TRY(t.db().Run("DELETE FROM rule_file WHERE kind = ? AND name = ?", file.kind, file.name));
  WEIR_TRY(
      t.db().Run("INSERT INTO rule_file (kind, name, url, sha256, author, created_at, report, text) VALUES "
                 "(?, ?, ?, ?, ?, ?, ?, ?)",
                 file.kind, file.name, file.url, file.sha256, file.author, t.now(), file.report, file.text));
  return t.db().last_insert_id();
}

Result<void> RemoveRuleFile(Transaction& t, std::int64_t id) {
  WEIR_TRY(t.db().Run("DELETE FROM rule_file WHERE id = ?", id));
  if (t.db().changes() == 0) return Err(Code::kNotFound, "there is no rule file " + std::to_string(id));
  return {};
}

Result<RuleFile> GetRuleFile(Reader& r, std::int64_t id) {
  WEIR_ASSIGN(Statement row, r.db().Query(Select(true) + "WHERE id = ?", id));
  if (row.Next()) return FileFromRow(row);
  WEIR_TRY(row.Finish());
  return Err(Code::kNotFound, "there is no rule file " + std::to_string(id));
}

Result<std::vector<RuleFile>> ListRuleFiles(Reader& r, bool with_text) {
  WEIR_ASSIGN(Statement rows, r.db().Query(Select(with_text) + "ORDER BY kind, name"));
  std::vector<RuleFile> out;
  while (rows.Next()) out.push_back(FileFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<DisabledRule>> ListDisabledRules(Reader& r) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT kind, rule, author, reason, at FROM disabled_rule ORDER BY kind, rule"));
  std::vector<DisabledRule> out;
  while (rows.Next())
    out.push_back({KindFromRow(rows.Int(0)), rows.String(1), rows.String(2), rows.String(3), rows.Int(4)});
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<RuleCount>> CountByRule(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT rule, sum(state = 0), sum(state = 1 OR state = 2) FROM "
                                           "content_finding INDEXED BY content_finding_rule GROUP BY rule"));
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> counts;
  while (rows.Next()) counts[rows.Int(0)] = {rows.Int(1), rows.Int(2)};
  WEIR_TRY(rows.Finish());
  WEIR_ASSIGN(rows, r.db().Query("SELECT id, kind, name, title FROM content_rule ORDER BY kind, name"));
  std::vector<RuleCount> out;
  while (rows.Next()) {
    auto [open, masked] = counts[rows.Int(0)];
    out.push_back({KindFromRow(rows.Int(1)), rows.String(2), rows.String(3), open, masked});
  }
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace weir::store
