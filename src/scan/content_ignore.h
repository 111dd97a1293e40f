// Content findings that people have decided to accept: lines of .weirignore, gitleaks'
// ignore files, baselines. Closed findings stay in every result, with the reason.
//
// A line of .weirignore is a fingerprint and a reason, or conditions that all must hold:
//   3f1c...  the old staging key, revoked in May
//   rule=jwt path=tests/** until=2027-01-31 reason=made-up tokens
//   key=<64 hexadecimal digits>      the key of the fingerprints in this file
// Threading: plain values, pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/content_finding.h"

namespace weir::scan {

struct ContentIgnoreRule {
  std::string fingerprint;  // whole
  std::string rule;         // glob over rule ids
  std::string path;         // glob over whole paths: every place must match
  std::string commit;       // gitleaks: of the place
  std::uint32_t line = 0;   // gitleaks; 0: any
  std::string until;        // YYYY-MM-DD: the last day it holds; empty: always
  std::string reason;
  bool secrets_only = false;
};

struct ContentIgnore {
  std::vector<ContentIgnoreRule> rules;
  std::string key;     // of the fingerprints, where the file says it
  std::string key_id;  // where a baseline says whose fingerprints they are
};

/// NAME is for messages. Takes .weirignore, .gitleaksignore ("[commit:]path:rule:line") and baselines (JSON).
Result<ContentIgnore> ParseContentIgnore(std::string_view text, std::string_view name);
/// kInvalidArgument where the two have different keys.
Result<void> MergeContentIgnore(ContentIgnore& ignore, ContentIgnore more);
/// A baseline of what is open in FINDINGS: JSON.
std::string MakeBaseline(const std::vector<model::ContentFinding>& findings, std::string_view key_id);
/// TODAY: YYYY-MM-DD.
void ApplyContentIgnore(const ContentIgnore& ignore, std::string_view today,
                        std::vector<model::ContentFinding>& findings);

}  // namespace weir::scan
