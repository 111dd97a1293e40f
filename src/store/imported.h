// Advisories that were imported by hand: whole documents, so that what they say of
// matching is read anew by every version of the program.
// Threading: as Reader and Transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct ImportedDocument {
  std::int64_t id = 0;
  bool is_yaml = false;  // our own format; else OSV JSON
  std::string text;
};
struct ImportedAdvisory {
  std::string source, id;  // together its name
  std::string summary, author;
  TimeMs imported_at = 0;
  std::int64_t document = 0;  // the newest that has it
};

/// Stores TEXT and that it holds ADVISORIES; documents that hold nothing any more are dropped.
Result<void> AddImported(Transaction& t, bool is_yaml, std::string_view text,
                         const std::vector<ImportedAdvisory>& advisories);
/// A feed has it by now.
Result<void> RemoveImported(Transaction& t, std::string_view source, std::string_view id);
/// Oldest first.
Result<std::vector<ImportedDocument>> ImportedDocuments(Reader& r);
/// Newest first.
Result<std::vector<ImportedAdvisory>> ImportedAdvisories(Reader& r);

}  // namespace weir::store
