#include <gtest/gtest.h>

#include "advisory/feeds/range_text.h"
#include "advisory/feeds/testing.h"

namespace weir::advisory {
namespace {

constexpr std::string_view kGood = R"(
- id: CVE-2021-44228
  name: Log4Shell
  aliases: [GHSA-jfh8-c2jp-5v3q]
  summary: JNDI lookups load remote code
  published: 2021-12-10
  severity: critical
  cvss: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H
  kev: {since: 2021-12-10, ransomware: true}
  cwes: [CWE-502]
  references: ["https://logging.apache.org/"]
  affected:
    - ecosystem: Maven
      package: ["org.apache.logging.log4j:log4j-core", "org.example:copy"]
      ranges: [">=2.0-beta9 <2.3.1", ">2.4 <=2.12"]
    - ecosystem: CPE
      package: "apache:log4j"
      versions: ["2.10"]
      target_software: jvm
    - ecosystem: Debian:12
      package: log4j
      unaffected: true
    - ecosystem: Go
      package: golang.org/x/net
      ranges: ["*"]
      fix: wont-fix
      go_imports: [{path: golang.org/x/net/http2, symbols: [A, B.C]}]
)";

TEST(Starter, ReadsEveryKey) {
  KeepingSink sink;
  auto stats = ReadStarter(kGood, sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->first_error, "");
  ASSERT_EQ(sink.advisories.size(), 1U);
  const Advisory& a = sink.advisories[0];
  EXPECT_EQ(a.source, "starter");
  EXPECT_EQ(a.summary, "Log4Shell: JNDI lookups load remote code");
  EXPECT_EQ(a.published, "2021-12-10T00:00:00Z");
  EXPECT_EQ(a.severity, model::Severity::kCritical);
  ASSERT_EQ(a.affected.size(), 5U);
  EXPECT_EQ(a.affected[1].name, "org.example:copy");
  EXPECT_EQ(a.affected[0].ranges[0].introduced, "2.0-beta9");
  EXPECT_EQ(a.affected[0].ranges[0].fixed, "2.3.1");
  EXPECT_TRUE(a.affected[0].ranges[1].introduced_exclusive);
  EXPECT_EQ(a.affected[0].ranges[1].last_affected, "2.12");
  EXPECT_EQ(a.affected[0].fix_state, model::FixState::kFixed);
  EXPECT_EQ(a.affected[2].versions, std::vector<std::string>{"2.10"});
  EXPECT_EQ(a.affected[2].cpe_target_software, "jvm");
  EXPECT_TRUE(a.affected[3].unaffected);
  EXPECT_EQ(a.affected[4].fix_state, model::FixState::kWontFix);
  EXPECT_EQ(a.affected[4].go_imports[0].symbols.size(), 2U);
  ASSERT_EQ(sink.kev.size(), 1U);
  EXPECT_TRUE(sink.kev[0].ransomware);
}

TEST(Starter, RefusesFaultyRecordsOneByOne) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{summary: x, affected: [{ecosystem: npm, package: a, ranges: ['*']}]}", "id is missing"},
      {"{id: A-1, affected: [{ecosystem: npm, package: a, ranges: ['*']}]}", "summary is missing"},
      {"{id: A-1, summary: x}", "affected is missing"},
      {"{id: A-1, summary: x, affected: [{ecosystem: npm, package: a}]}", "needs ranges"},
      {"{id: A-1, summary: x, affected: [{ecosystem: npm, ranges: ['*']}]}", "package is missing"},
      {"{id: A-1, summary: x, affected: [{ecosystem: nmp, package: a, ranges: ['*']}]}", "not known"},
      {"{id: A-1, summary: x, affected: [{ecosystem: PyPI, package: a, ranges: ['<1.x!y']}]}", "range"},
      {"{id: A-1, summary: x, affected: [{ecosystem: npm, package: a, ranges: ['>=2.0.0 <1.0.0']}]}",
       "holds no version"},
      {"{id: A-1, summary: x, affected: [{ecosystem: npm, package: a, ranges: ['*'], extra: 1}]}",
       "unknown key"},
      {"{id: A-1, summary: x, cvss: 'CVSS:9', affected: [{ecosystem: npm, package: a, ranges: ['*']}]}",
       "CVSS"},
      {"{id: A-1, summary: x, severity: awful, affected: [{ecosystem: npm, package: a, ranges: ['*']}]}",
       "severity"},
      {"{id: A-1, summary: x, kev: {since: 2021-01-01}, affected: [{ecosystem: npm, package: a, ranges: "
       "['*']}]}",
       "kev"},
      {"{id: A-1, summary: x, affected: [{ecosystem: CPE, package: a, ranges: ['*']}]}", "vendor:product"},
      {"[]", "wanted a map"},
      {"text", "wanted a map"},
  };
  for (const auto& [record, why] : cases) {
    KeepingSink sink;
    auto stats = ReadStarter(
        "- {id: B-1, summary: y, affected: [{ecosystem: npm, package: b, ranges: ['<1.0.0']}]}\n- " +
            std::string(record) + "\n",
        sink);
    ASSERT_TRUE(stats) << record << stats.error().message;
    EXPECT_EQ(stats->malformed, 1U) << record;
    EXPECT_TRUE(stats->first_error.starts_with("line 2")) << stats->first_error;
    EXPECT_NE(stats->first_error.find(why), std::string::npos) << record << " gave " << stats->first_error;
    EXPECT_EQ(sink.advisories.size(), 1U) << record;
  }
}

TEST(Starter, EndsOnDocumentsThatNeverEnd) {
  KeepingSink sink;
  EXPECT_FALSE(ReadStarter("\n,gnore:\n  - x\n", sink));
  EXPECT_FALSE(ReadStarter("[]\n,gnore:\n  - x\n", sink));
}

TEST(Starter, RefusesHostileDocuments) {
  KeepingSink sink;
  EXPECT_FALSE(ReadStarter("a: b", sink));
  EXPECT_FALSE(ReadStarter("- &a [x]\n- *a\n", sink));
  EXPECT_FALSE(ReadStarter("- " + std::string(50'000, '['), sink));
  EXPECT_FALSE(ReadStarter("- \"unclosed", sink));
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "-\n";
  EXPECT_FALSE(ReadStarter(deep, sink));
}

TEST(RangeText, ReadsBounds) {
  auto range = ParseRangeText(Scheme::kSemver, " >=1.0.0   <2.0.0 ");
  ASSERT_TRUE(range) << range.error().message;
  EXPECT_EQ(range->introduced, "1.0.0");
  EXPECT_EQ(range->fixed, "2.0.0");
  EXPECT_TRUE(ParseRangeText(Scheme::kSemver, ">=1.0.0 <=1.0.0"));
  for (std::string_view bad : {"", "1.0.0", "=1.0.0", ">= 1.0.0", "<2.0.0 >=1.0.0", "<1.0.0 <2.0.0",
                               "<=>1.0.0", ">1.0.0 >2.0.0", "<1.0.0,", ">1.0.0 <=1.0.0", "~1.0.0"})
    EXPECT_FALSE(ParseRangeText(Scheme::kSemver, bad)) << bad;
}

}  // namespace
}  // namespace weir::advisory
