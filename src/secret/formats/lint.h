// What is wrong, or could be better, with a rule file: for whoever writes one.
// Threading: pure but for reading the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "secret/rule.h"

namespace weir::secret {

struct LintRemark {
  enum class Level : std::uint8_t { kError, kWarning, kNote } level = Level::kNote;
  std::string rule;  // id; empty: the file
  std::string message;
  bool operator==(const LintRemark&) const = default;
};

struct LintReport {
  std::string name, format;
  std::uint64_t rules = 0;          // in use
  std::uint64_t left_out = 0;       // not in use
  std::uint64_t examples = 0;       // tried, negative ones included
  std::vector<LintRemark> remarks;  // errors first, then by rule

  bool clean() const;        // no errors
  std::string Text() const;  // a line each, a summary last
  std::string Json() const;
};

/// PATH: a file or a folder, as for ReadRules. An Error only where nothing can be read.
Result<LintReport> LintRules(const std::string& path);
/// Of rules that were read already.
LintReport LintRuleSet(RuleSet rules, std::string_view name);

}  // namespace weir::secret
