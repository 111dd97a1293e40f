// What a secret looks like: one rule, and a set of them as read from a rule file.
//
// The fields are those of gitleaks' TOML, which most people's rules are written in,
// and what our own pack adds to them (severity, confidence, checksum, examples,
// validate). Other formats are read into the same shape; see rules.h.
// Threading: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/content_finding.h"

namespace weir::secret {

/// What is no secret although a rule matches.
struct Allowlist {
  enum class Target : std::uint8_t { kSecret, kMatch, kLine };
  bool all = false;                    // every list that is given must match (gitleaks "AND"); else any
  Target target = Target::kSecret;     // what REGEXES look at
  std::vector<std::string> regexes;    // RE2 syntax
  std::vector<std::string> paths;      // RE2 syntax, over the whole path
  std::vector<std::string> stopwords;  // in the secret, case does not matter
  std::vector<std::string> commits;    // whole ids
};

/// Another rule that has to match nearby (gitleaks' composite rules).
struct RequiredRule {
  std::string id;
  std::optional<std::uint32_t> within_lines, within_columns;
};

/// How to ask the issuer whether a secret works. "{{secret}}" stands for it; validate.h has its other forms.
struct ValidationRequest {
  std::string method = "GET", url;  // https only; may begin with {{secret}}
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<int> valid = {200}, invalid = {401, 403};  // HTTP status; any other: unknown
};

struct Rule {
  std::string id, title;
  std::string pattern;  // empty: the path alone decides
  /// kRust: "(?x)" and Rust's classes are understood (Nosey Parker and its descendants); else RE2/Go syntax.
  enum class Syntax : std::uint8_t { kGo, kRust } syntax = Syntax::kGo;
  std::string path_pattern;           // RE2 syntax; empty: every path
  std::vector<std::string> keywords;  // lower case; one of them must be near; empty: no such condition
  double entropy = 0;                 // Shannon, bits a byte, that the secret must exceed; 0: no condition
  std::uint32_t secret_group = 0;     // capture that is the secret; 0: the first that is not empty, else all
  std::string secret_group_name;      // as secret_group, by name (trivy); wins where it is set
  std::vector<Allowlist> allowlists;
  std::vector<RequiredRule> required;
  bool skip_report = false;  // only there for others to require
  model::Severity severity = model::Severity::kMedium;
  model::Confidence confidence = model::Confidence::kMedium;
  bool generic = false;  // says little of what it is: yields to a specific rule at the same place
  std::string checksum;  // name of a check that the secret must pass; see checksum.h
  std::vector<std::string> examples, negative_examples;
  std::vector<std::string> tags;
  std::optional<ValidationRequest> validate;
  std::string source;  // the file it was read from, or "built-in"
};

/// What of a rule file was not taken, or taken with a change.
struct RuleRemark {
  std::string rule;  // id, or empty for the file
  std::string message;
  bool left_out = false;  // the rule is not in use
};

struct RuleSet {
  std::vector<Rule> rules;
  std::vector<Allowlist> allowlists;  // for all rules
  std::vector<RuleRemark> remarks;
};

}  // namespace weir::secret
