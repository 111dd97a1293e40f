#include "wire/content.h"

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/describe_content.h"
#include "wire/json_text.h"

namespace weir::wire {

std::string ToJson(const ContentRules& value) { return Write(value); }
std::string ToJson(const model::ContentFinding& value) { return Write(value); }
std::string ToJson(const model::ContentScan& value) { return Write(value); }

Result<model::ContentFinding> ParseContentFinding(std::string_view text, const Limits& limits) {
  return Read<model::ContentFinding>(text, limits);
}
Result<model::ContentScan> ParseContentScan(std::string_view text, const Limits& limits) {
  return Read<model::ContentScan>(text, limits);
}

std::string DigestOf(const ContentRules& value) {
  ContentRules all = value;
  all.digest.clear();
  return DigestHex(DigestKind::kSha256, AsBytes(Write(all))).substr(0, 32);
}

Result<ContentRules> ParseContentRules(std::string_view text, const Limits& limits) {
  WEIR_ASSIGN(ContentRules rules, Read<ContentRules>(text, limits));
  if (rules.digest != DigestOf(rules)) return Err(Code::kMalformed, "\"digest\" is not that of the rules");
  return rules;
}

}  // namespace weir::wire
