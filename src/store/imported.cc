#include "store/imported.h"

namespace weir::store {
namespace {

Result<void> DropEmptyDocuments(Transaction& t) {
  return t.db().Run("DELETE FROM imported_document WHERE id NOT IN (SELECT document FROM imported_advisory)");
}

}  // namespace

Result<void> AddImported(Transaction& t, bool is_yaml, std::string_view text,
                         const std::vector<ImportedAdvisory>& advisories) {
  WEIR_TRY(t.db().Run("INSERT INTO imported_document (is_yaml, text) VALUES (?, ?)", is_yaml, text));
  std::int64_t document = t.db().last_insert_id();
  for (const ImportedAdvisory& a : advisories)
    WEIR_TRY(t.db().Run(
        "INSERT INTO imported_advisory (source, id, summary, author, imported_at, document) VALUES (?, ?, ?, "
        "?, ?, ?) "
        "ON CONFLICT (source, id) DO UPDATE SET summary = excluded.summary, author = excluded.author, "
        "imported_at = excluded.imported_at, document = excluded.document",
        a.source, a.id, a.summary, a.author, t.now(), document));
  return DropEmptyDocuments(t);
}

Result<void> RemoveImported(Transaction& t, std::string_view source, std::string_view id) {
  WEIR_TRY(t.db().Run("DELETE FROM imported_advisory WHERE source = ? AND id = ?", source, id));
  return DropEmptyDocuments(t);
}

Result<std::vector<ImportedDocument>> ImportedDocuments(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id, is_yaml, text FROM imported_document ORDER BY id"));
  std::vector<ImportedDocument> out;
  while (rows.Next()) out.push_back({rows.Int(0), rows.Bool(1), rows.String(2)});
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<ImportedAdvisory>> ImportedAdvisories(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT source, id, summary, author, imported_at, document "
                                           "FROM imported_advisory ORDER BY imported_at DESC, source, id"));
  std::vector<ImportedAdvisory> out;
  while (rows.Next())
    out.push_back({rows.String(0), rows.String(1), rows.String(2), rows.String(3), rows.Int(4), rows.Int(5)});
  WEIR_TRY(rows.Finish());
  return out;
}

}  // namespace weir::store
