#include "secret/formats/lint.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "secret/rules.h"

namespace weir::secret {
namespace {

bool Says(const LintReport& report, LintRemark::Level level, std::string_view rule, std::string_view words) {
  for (const LintRemark& remark : report.remarks)
    if (remark.level == level && remark.rule == rule && remark.message.find(words) != std::string::npos)
      return true;
  return false;
}

TEST(LintTest, SaysWhatIsWrong) {
  using Level = LintRemark::Level;
  auto rules = ParseRules(R"(
[[rules]]
id = "good"
regex = '''\b(good_[a-z]{10})\b'''
keywords = ["good_"]
examples = ["x good_abcdefghij y"]
negative_examples = ["good_abc"]
[[rules]]
id = "blind"
regex = '''blind_[0-9]{10}'''
keywords = ["blind_", "absent"]
examples = ["blind_012345678"]
negative_examples = ["blind_0123456789"]
[[rules]]
id = "costly"
regex = '''[a-f0-9]{40}'''
[[rules]]
id = "broken"
regex = '''abc(?<bad'''
[[rules]]
id = "endless"
regex = '''(?s)BEGIN.*END'''
[[rules.allowlists]]
regexes = ['''a**''']
[[rules]]
id = "empty"
regex = '''(?:xyz)?'''
[[rules]]
id = "generic-name"
regex = '''(?i)key=([a-z0-9_]{10,40})'''
examples = ["key=good_abcdefghij"]
[[rules]]
id = "nothing"
)",
                          "t.toml");
  ASSERT_TRUE(rules.has_value());
  const LintReport report = LintRuleSet(std::move(*rules), "t.toml");
  EXPECT_FALSE(report.clean());
  EXPECT_TRUE(Says(report, Level::kError, "blind", "does not find its example"));
  EXPECT_TRUE(Says(report, Level::kError, "blind", "finds its negative example"));
  EXPECT_TRUE(Says(report, Level::kNote, "blind", "keyword \"absent\""));
  EXPECT_TRUE(Says(report, Level::kWarning, "costly", "costs every file"));
  EXPECT_TRUE(Says(report, Level::kError, "broken", ""));
  EXPECT_TRUE(Says(report, Level::kNote, "endless", "any length"));
  EXPECT_TRUE(Says(report, Level::kError, "endless", "allowlist"));
  EXPECT_TRUE(Says(report, Level::kWarning, "empty", "nothing at all"));
  EXPECT_TRUE(Says(report, Level::kNote, "generic-name", "good takes precedence"));
  EXPECT_TRUE(Says(report, Level::kError, "nothing", "neither"));
  for (const LintRemark& remark : report.remarks) EXPECT_NE(remark.rule, "good") << remark.message;
  EXPECT_NE(report.Text().find("examples tried"), std::string::npos);
  const auto json = nlohmann::json::parse(report.Json());
  EXPECT_EQ(json.at("name"), "t.toml");
  EXPECT_EQ(json.at("remarks").size(), report.remarks.size());
}

}  // namespace
}  // namespace weir::secret
