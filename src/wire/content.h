// What sensors and consoles say of secrets and malware besides the records: the rules
// to look with; and what was found as JSON text and back, for stores of it.
// Threading: pure functions over values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/content_finding.h"
#include "wire/messages.h"

namespace weir::wire {

/// A rule file of people's own.
struct RuleText {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string name;  // letters, digits, '.', '-', '_'
  std::string text;
  bool operator==(const RuleText&) const = default;
};
struct RuleRef {
  model::ContentKind kind = model::ContentKind::kSecret;
  std::string rule;
  bool operator==(const RuleRef&) const = default;
};
/// What a sensor needs to look for secrets and malware as its console wants it. The built-in rules are in the
/// sensor.
struct ContentRules {
  std::string digest;           // of the rest
  std::string fingerprint_key;  // 64 hexadecimal digits: the same for all sensors of one console
  std::vector<RuleText> files;
  std::vector<RuleRef> disabled;
  bool operator==(const ContentRules&) const = default;
};
/// 32 hexadecimal digits over everything in VALUE but its digest.
std::string DigestOf(const ContentRules& value);

std::string ToJson(const ContentRules& value);
/// kMalformed also where the digest is not that of the rest.
Result<ContentRules> ParseContentRules(std::string_view text, const Limits& limits);

std::string ToJson(const model::ContentFinding& value);
std::string ToJson(const model::ContentScan& value);
Result<model::ContentFinding> ParseContentFinding(std::string_view text, const Limits& limits);
Result<model::ContentScan> ParseContentScan(std::string_view text, const Limits& limits);

}  // namespace weir::wire
