// The built-in rules against their own examples, through the engine as it runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/embedded_rules.h"
#include "base/strings.h"
#include "secret/checksum.h"
#include "secret/rules.h"
#include "secret/secret.h"

namespace weir::secret {
namespace {

std::shared_ptr<const Engine> MakeEngine(bool structured) {
  EngineOptions options;
  options.structured = structured;
  auto engine = Engine::Make(BuiltInRules(), options);
  if (!engine) {
    ADD_FAILURE() << engine.error().message;
    return nullptr;
  }
  return *engine;
}

class PackTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { engine_ = MakeEngine(false); }
  static void TearDownTestSuite() { engine_.reset(); }

  std::vector<Hit> Scan(std::string_view text) {
    Scanner scanner(engine_);
    scanner.Begin({.path = "app/settings", .origin = model::Origin::kFile, .commit = {}});
    scanner.Feed(AsBytes(text));
    return scanner.Finish().hits;
  }
  std::set<std::string> IdsIn(std::string_view text) {
    std::set<std::string> ids;
    for (const Hit& hit : Scan(text)) ids.insert(hit.rule->id);
    return ids;
  }
  static std::shared_ptr<const Engine> engine_;
};
std::shared_ptr<const Engine> PackTest::engine_;

TEST_F(PackTest, EveryRuleIsTaken) {
  const RuleSet set = BuiltInRules();
  for (const RuleRemark& remark : set.remarks) ADD_FAILURE() << remark.rule << ": " << remark.message;
  ASSERT_NE(engine_, nullptr);
  for (const RuleRemark& remark : engine_->remarks()) {
    EXPECT_FALSE(remark.left_out) << remark.rule << ": " << remark.message;
  }
}

TEST_F(PackTest, AtLeastTwoHundredKinds) {
  std::set<std::string> ids;
  std::size_t patterns = 0;
  for (const Rule& rule : BuiltInRules().rules) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    patterns += rule.pattern.empty() ? 0U : 1U;
  }
  EXPECT_GE(patterns, 200U);
}

TEST_F(PackTest, EveryRuleIsWhole) {
  for (const Rule& rule : BuiltInRules().rules) {
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_NE(rule.severity, model::Severity::kUnknown) << rule.id;
    EXPECT_TRUE(rule.checksum.empty() || IsChecksum(rule.checksum)) << rule.id << " " << rule.checksum;
    if (rule.generic) {
      EXPECT_LE(rule.severity, model::Severity::kMedium) << rule.id;
      EXPECT_EQ(rule.confidence, model::Confidence::kLow) << rule.id;
    }
    if (rule.pattern.empty()) continue;
    EXPECT_FALSE(rule.examples.empty()) << rule.id;
    EXPECT_FALSE(rule.negative_examples.empty()) << rule.id;
    for (const std::string& keyword : rule.keywords) EXPECT_EQ(keyword, ToLower(keyword)) << rule.id;
  }
}

TEST_F(PackTest, ExamplesAreFound) {
  ASSERT_NE(engine_, nullptr);
  for (const Rule& rule : engine_->rules()) {
    for (const std::string& example : rule.examples) {
      EXPECT_TRUE(IdsIn(example).contains(rule.id)) << rule.id << ": " << example;
      // In the middle of other text, as a line of it, too.
      EXPECT_TRUE(IdsIn("first line\n" + example + "\nlast line\n").contains(rule.id))
          << rule.id << ": " << example;
    }
  }
}

TEST_F(PackTest, NearMissesAreNotFound) {
  ASSERT_NE(engine_, nullptr);
  for (const Rule& rule : engine_->rules()) {
    for (const std::string& example : rule.negative_examples) {
      EXPECT_FALSE(IdsIn(example).contains(rule.id)) << rule.id << ": " << example;
    }
  }
}

std::string SeverityAt(std::string_view path, std::string_view text) {
  static const std::shared_ptr<const Engine> kEngine = MakeEngine(true);
  Scanner scanner(kEngine);
  scanner.Begin({.path = path, .origin = model::Origin::kFile, .commit = {}});
  scanner.Feed(AsBytes(text));
  model::Severity most = model::Severity::kUnknown;
  for (const Hit& hit : scanner.Finish().hits) most = std::max(most, hit.severity);
  return std::string(model::SeverityName(most));
}

TEST_F(PackTest, AKubeconfigOpensACluster) {
  ASSERT_NE(engine_, nullptr);
  std::string key;
  for (const Rule& rule : engine_->rules()) {
    if (rule.id == "kubeconfig-client-key") key = rule.examples.at(0);
  }
  const std::string head = "apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: admin\n  user:\n";
  EXPECT_EQ(SeverityAt("home/me/.kube/config", head + key + "\n"), "high");
  EXPECT_EQ(SeverityAt("home/me/old/kubeconfig", head + "    token: q7Rt2xLw9Zk4Vb8Nc3Mf\n"), "high");
  EXPECT_EQ(SeverityAt("root/cluster.yaml", head + "    password: Xk29mmQz\n"), "high");
}

TEST_F(PackTest, AKeyInAnEnvironmentIsFound) {
  EXPECT_EQ(SeverityAt("proc/7/environ", "PATH=/bin\nAPI_TOKEN=q7Rt2xLw9Zk4Vb8Nc3Mf\n"), "medium");
  EXPECT_EQ(SeverityAt("proc/7/environ", "PATH=/bin\nDB_PASSWORD=Xk29mmQz\n"), "medium");
}

// The program holds the rules' text, and is scanned on the hosts it runs on.
TEST_F(PackTest, ThePackDoesNotFindItself) {
  ASSERT_NE(engine_, nullptr);
  for (const std::string_view text : EmbeddedSecretRules()) {
    for (const Hit& hit : Scan(text)) ADD_FAILURE() << hit.rule->id << " in line " << hit.line;
  }
}

}  // namespace
}  // namespace weir::secret
