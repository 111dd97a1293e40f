// Rules that look for secrets and malware, as people see them: what is in a rule file
// before it is taken, and what is built in. Nothing is looked for with them here.
// Threading: functions independent of each other; those for malware start a child
// process and wait for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/content_finding.h"
#include "store/content_rules.h"

namespace weir::console {

struct KnownRule {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string id, title, source, reference;
  model::Severity severity = model::Severity::kUnknown;
  model::Confidence confidence = model::Confidence::kMedium;
  std::vector<std::string> tags;
  std::vector<std::string> examples;  // masked
  std::string set_aside;              // why it is not used; empty: it is
};

struct RuleRemark {
  std::string rule, message;
  bool left_out = false;
};
struct CheckedRules {
  std::uint64_t rules = 0;  // that can be used
  std::vector<RuleRemark> remarks;
};

struct RuleTools {
  std::string scratch;  // a folder of the console's own; made where it is not there
  std::string program;  // this one, whose hidden subcommand compiles YARA rules; see malware/malware.h
};

/// An Error where no rule of TEXT can be used.
Result<CheckedRules> CheckRuleText(const RuleTools& tools, model::ContentKind kind, const std::string& name,
                                   const std::string& text);
/// Built-in rules and those of FILES (with their texts), by kind and id. What cannot be read is left out: it
/// was checked when it was taken.
std::vector<KnownRule> AllRules(const RuleTools& tools, const std::vector<store::RuleFile>& files);

/// EXAMPLE with every word that might be a secret masked, on one line: for people who want to see what a rule
/// is after.
std::string MaskExample(std::string_view example);

/// The file that URL leads to; its SHA-256 must be as given. https only, and not to where webhooks may not
/// go either.
Result<std::string> FetchRuleText(const std::string& url, const std::string& sha256, bool allow_internal);

inline constexpr std::size_t kMaxRuleText = 4U << 20U;

}  // namespace weir::console
