// Closing findings: ignore rules and VEX documents. A closed finding keeps its
// place in the result with the reason. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/scan_result.h"

namespace weir::advisory {

/// Every field that is set must match. Globs as in base GlobMatch, but '*' spans everything in names.
struct IgnoreRule {
  std::string vulnerability;  // id or alias
  std::string package_name;   // glob
  std::string package_version;
  std::string package_type;  // "deb", "npm" ...
  std::string location;      // path glob
  std::string fix_state;     // "not-fixed", "wont-fix", "unknown", "fixed"
  std::string reason;        // shown
  std::string expires;       // YYYY-MM-DD; empty = never. An expired rule closes nothing and is reported.
};

/// A line of text ("CVE-2023-1234", "CVE-2023-1234 package=openssl reason=...") or a YAML file of rules.
Result<IgnoreRule> ParseIgnoreRule(std::string_view text);
Result<std::vector<IgnoreRule>> ParseIgnoreFile(std::string_view yaml);
/// TODAY as YYYY-MM-DD.
void ApplyIgnoreRules(const std::vector<IgnoreRule>& rules, std::string_view today,
                      model::ScanResult& result);

struct VexStatement {
  std::string vulnerability;
  std::vector<std::string> aliases;
  std::vector<std::string> products;  // purls, CPEs or free ids; subcomponents included
  std::vector<std::string> subcomponents;
  std::string status;  // not_affected, affected, fixed, under_investigation
  std::string justification, statement;
};

/// OpenVEX 0.2.0 or CSAF 2.0 VEX profile, recognised by content.
Result<std::vector<VexStatement>> ParseVex(std::string_view json);
void ApplyVex(const std::vector<VexStatement>& statements, model::ScanResult& result);

}  // namespace weir::advisory
