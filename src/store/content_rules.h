// Rules for secrets and malware that people have added, and those they have disabled.
// Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/content_finding.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct RuleFile {
  std::int64_t id = 0;
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string name;  // with KIND unique
  std::string url, sha256, author;
  std::string report;  // JSON, as the console shows it
  std::string text;    // empty in lists
  std::uint64_t bytes = 0;
  TimeMs created_at = 0;
};
/// Replaces the file of that kind and name.
Result<std::int64_t> PutRuleFile(Transaction& t, const RuleFile& file);
/// kNotFound.
Result<void> RemoveRuleFile(Transaction& t, std::int64_t id);
/// With its text; kNotFound.
Result<RuleFile> GetRuleFile(Reader& r, std::int64_t id);
/// By kind and name.
Result<std::vector<RuleFile>> ListRuleFiles(Reader& r, bool with_text);

struct DisabledRule {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string rule, author, reason;
  TimeMs at = 0;
};
/// Its open findings are ignored, and open again when it is enabled.
Result<void> DisableRule(Transaction& t, const DisabledRule& rule);
/// False where it was not disabled.
Result<bool> EnableRule(Transaction& t, model::ContentKind kind, std::string_view rule);
/// By kind and rule.
Result<std::vector<DisabledRule>> ListDisabledRules(Reader& r);

/// Findings by rule, of everything that stands.
struct RuleCount {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string rule, title;
  std::int64_t open = 0, masked = 0;  // masked: and ignored
};
Result<std::vector<RuleCount>> CountByRule(Reader& r);

}  // namespace weir::store
