#include "secret/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "secret/cases.h"

namespace weir::secret {
namespace {

Rule MakeRule(std::string id, std::string pattern, std::vector<std::string> keywords = {}) {
  Rule rule;
  rule.id = std::move(id);
  rule.pattern = std::move(pattern);
  rule.keywords = std::move(keywords);
  return rule;
}

std::shared_ptr<const Engine> MakeEngine(std::vector<Rule> rules, EngineOptions options = {}) {
  RuleSet set;
  set.rules = std::move(rules);
  auto engine = Engine::Make(std::move(set), options);
  EXPECT_TRUE(engine) << engine.error().message;
  return *engine;
}

std::vector<Hit> Scan(const std::shared_ptr<const Engine>& engine, std::string_view text,
                      std::string_view path = "a/file.txt") {
  Scanner scanner(engine);
  Source source;
  source.path = path;
  scanner.Begin(source);
  scanner.Feed(AsBytes(text));
  return scanner.Finish().hits;
}

const std::string kToken = "ghp_0123456789abcdefghijABCDEFGHIJklmnop";

TEST(Engine, FindsASecretWithItsPlace) {
  auto engine = MakeEngine({MakeRule("github", R"(\b(ghp_[0-9a-zA-Z]{36})\b)", {"ghp_"})});
  std::string text = "one\ntwo " + kToken + " end\n";
  auto hits = Scan(engine, text);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule->id, "github");
  EXPECT_EQ(hits[0].secret, kToken);
  EXPECT_EQ(hits[0].offset, 8U);
  EXPECT_EQ(hits[0].length, kToken.size());
  EXPECT_EQ(hits[0].line, 2U);
  EXPECT_EQ(hits[0].column, 5U);
  EXPECT_TRUE(hits[0].allowed.empty());
}

TEST(Engine, CommentIsShownAsAllowed) {
  auto engine = MakeEngine({MakeRule("github", R"(\b(ghp_[0-9a-zA-Z]{36})\b)", {"ghp_"})});
  auto hits = Scan(engine, "x = " + kToken + "  # gitleaks:allow\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].allowed, "comment gitleaks:allow");
}

TEST(Cases, AnswersAsGitleaks) {
  auto engine = MakeEngine({MakeRule("github", R"(\b(ghp_[0-9a-zA-Z]{36})\b)", {"ghp_"})});
  std::istringstream in("{\"id\":\"a\",\"text\":\"" + kToken + "\"}\nnonsense\n{\"id\":2,\"text\":\"\"}\n");
  std::ostringstream out, errors;
  CaseCounts counts = RunCases(engine, in, out, errors);
  EXPECT_EQ(counts.cases, 3U);
  EXPECT_EQ(counts.malformed, 1U);
  EXPECT_EQ(out.str(), "{\"id\":\"a\",\"rules\":[\"github\"]}\n{\"id\":2,\"rules\":[]}\n");
  EXPECT_NE(errors.str().find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace weir::secret
