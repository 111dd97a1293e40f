// Reads rules: the built-in pack, and the files that people have.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "secret/rule.h"

namespace weir::secret {

enum class RuleFormat : std::uint8_t {
  kGitleaks,       // TOML; betterleaks and our own pack too
  kNoseyParker,    // YAML; Titus and Kingfisher too
  kTrivy,          // YAML
  kSecretScanner,  // YAML, before its feed
};
std::string_view RuleFormatName(RuleFormat format);

/// The pack that is part of the program. Never fails: a test holds it to that.
RuleSet BuiltInRules();

/// TEXT of a rule file of any of the formats, told by its content. NAME is for messages and Rule::source.
/// An Error where it is none of them; a rule that cannot be taken is left out and remarked.
Result<RuleSet> ParseRules(std::string_view text, std::string_view name);
Result<RuleFormat> DetectRuleFormat(std::string_view text);

/// Reads FILE, or all *.toml, *.yaml, *.yml of a folder. gitleaks' [extend] path and useDefault (which means
/// our built-in pack) are followed, two deep.
Result<RuleSet> ReadRules(const std::string& path);

/// Adds MORE; a rule of the same id replaces the one before.
void MergeRules(RuleSet& rules, RuleSet more);

}  // namespace weir::secret
