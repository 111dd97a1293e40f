// For the tests of this room. Threading: one thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "secret/secret.h"

namespace weir::secret {

inline Rule MakeRule(std::string id, std::string pattern, std::vector<std::string> keywords = {}) {
  Rule rule;
  rule.id = std::move(id);
  rule.title = "A " + rule.id;
  rule.pattern = std::move(pattern);
  rule.keywords = std::move(keywords);
  rule.severity = model::Severity::kHigh;
  rule.confidence = model::Confidence::kHigh;
  return rule;
}

inline std::shared_ptr<const Engine> MakeEngine(std::vector<Rule> rules, EngineOptions options = {},
                                                std::vector<Allowlist> lists = {}) {
  RuleSet set;
  set.rules = std::move(rules);
  set.allowlists = std::move(lists);
  auto engine = Engine::Make(std::move(set), options);
  EXPECT_TRUE(engine) << engine.error().message;
  return engine ? *engine : nullptr;
}

inline Scanner::Result ScanText(const std::shared_ptr<const Engine>& engine, std::string_view text,
                                std::string_view path = "a/file.txt") {
  Scanner scanner(engine);
  Source source;
  source.path = path;
  return scanner.Scan(source, AsBytes(text));
}

/// "rule=secret" of each hit.
inline std::vector<std::string> Names(const Scanner::Result& result) {
  std::vector<std::string> out;
  for (const Hit& hit : result.hits) out.push_back(std::string(hit.rule->id) + "=" + hit.secret);
  return out;
}

inline const std::string kToken = "ghp_0123456789abcdefghijABCDEFGHIJklmnop";
inline Rule TokenRule() { return MakeRule("token", R"(\b(ghp_[0-9a-zA-Z]{36})\b)", {"ghp_"}); }
/// As gitleaks' rule for secrets of no known kind.
inline Rule GenericRule() {
  Rule rule = MakeRule(
      "generic",
      R"((?i)[\w.-]{0,50}?(?:key|secret|token)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:)[\x60'"\s=]{0,5}([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$))",
      {"key", "secret", "token"});
  rule.generic = true;
  rule.entropy = 3.0;
  return rule;
}

}  // namespace weir::secret
