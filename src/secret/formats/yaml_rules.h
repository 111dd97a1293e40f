// Rules in YAML. Threading: pure functions.
#pragma once

#include <string_view>

#include "secret/formats/value.h"
#include "secret/rule.h"

namespace weir::secret {

/// Nosey Parker's: "rules:" with "pattern". Titus and Kingfisher (1.x) have the same and more. Patterns are
/// Rust's, mostly with (?x).
RuleSet ReadNoseyParker(const Value& root, std::string_view name);

/// trivy's secret configuration: "rules:" with "regex", allow-rules, exclude-block. Its own rules, which it
/// can turn on and off, are not part of the file.
RuleSet ReadTrivy(const Value& root, std::string_view name);

/// SecretScanner's before it had a feed: "signatures:" with part, match or regex, severity.
RuleSet ReadSecretScanner(const Value& root, std::string_view name);

}  // namespace weir::secret
