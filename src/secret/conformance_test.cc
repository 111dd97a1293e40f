// Where gitleaks' verdict is not what one would think: found with its own examples
// (bench/secrets_conformance), kept here as texts of our own.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "secret/cases.h"
#include "secret/rules.h"

namespace weir::secret {
namespace {

std::vector<std::string> Verdict(std::string_view toml, const std::string& text,
                                 const std::string& path = {}) {
  auto rules = ParseRules(toml, "test");
  if (!rules) return {rules.error().message};
  auto engine = Engine::Make(*rules, {});
  if (!engine) return {engine.error().message};
  std::istringstream in(nlohmann::json{{"id", "a"}, {"text", text}, {"path", path}}.dump());
  std::ostringstream out, errors;
  RunCases(*engine, in, out, errors);
  return nlohmann::json::parse(out.str()).at("rules").get<std::vector<std::string>>();
}

using Ids = std::vector<std::string>;

TEST(ConformanceTest, AGenericRuleYieldsOnlyToAMatchThatBeginsOnTheSameLine) {
  constexpr std::string_view kRules = R"(
[[rules]]
id = "specific"
regex = '''\b(acme_[a-z0-9]{12})\b'''
[[rules]]
id = "generic-key"
regex = '''(?i)key[\s=>"]{1,8}([a-z0-9_]{10,40})'''
)";
  EXPECT_EQ(Verdict(kRules, "key = acme_a1b2c3d4e5f6"), Ids{"specific"});
  EXPECT_EQ(Verdict(kRules, "key =\n  acme_a1b2c3d4e5f6"), (Ids{"generic-key", "specific"}));
}

}  // namespace
}  // namespace weir::secret
