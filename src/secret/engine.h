// Rules as the scanner uses them. Internal to the room.
// Threading: immutable once made; Regex compiles itself when first used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "secret/database.h"
#include "secret/regex.h"
#include "secret/secret.h"

namespace weir::secret {

/// Regex cannot be moved, and lists of rules are.
using RegexPtr = std::unique_ptr<Regex>;

struct ReadyAllowlist {
  const Allowlist* list = nullptr;
  std::vector<RegexPtr> regexes, paths;
  std::vector<std::string> stopwords;  // lower case
};

/// How far from an end that stage one reports the whole match can reach.
struct Reach {
  std::size_t before = 2'048, after = 2'048;
};

struct ReadyRule {
  const Rule* rule = nullptr;
  RegexPtr regex, path;  // none: no such condition
  std::vector<ReadyAllowlist> allowlists;
  std::vector<std::uint32_t> required;  // indexes of rules; as Rule::required
  Reach reach;
};

struct Engine::Impl {
  EngineOptions options;
  std::vector<Rule> rules;  // those of structured formats last
  std::vector<Allowlist> lists;
  std::vector<RuleRemark> remarks;
  std::vector<ReadyRule> ready;  // as rules
  std::vector<ReadyAllowlist> global;
  std::string digest;

  // Databases of stage one; ids are indexes of rules.
  DatabasePtr content;
  DatabasePtr paths;                                               // rules that a path alone decides
  std::unordered_map<std::string_view, std::uint32_t> structured;  // id of rule
};

/// Upper bound on what one match may span.
inline constexpr std::size_t kMaxMatchBytes = 64U << 10U;

}  // namespace weir::secret
