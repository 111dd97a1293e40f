#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "base/strings.h"
#include "rank/document_tables.h"
#include "rank/factors.h"
#include "rank/rank.h"

namespace weir::rank {
namespace {

using model::AddressScope;
using model::AttackVector;
using model::Finding;

struct Case {
  Finding finding;
  Usage usage;
  double Score() const { return ScoreFinding(finding, usage).score; }
};

void SetCvss(Finding& finding, double base, AttackVector vector, const char* version = "3.1") {
  finding.vulnerability.cvss = {{"", version, base, vector}};
}

AttackVector VectorOf(std::string_view word) {
  if (word == "network") return AttackVector::kNetwork;
  if (word == "adjacent") return AttackVector::kAdjacent;
  return word == "local" ? AttackVector::kLocal : AttackVector::kUnknown;
}

AddressScope ScopeOf(std::string_view word) {
  if (word == "public") return AddressScope::kPublic;
  if (word == "any") return AddressScope::kAny;
  return word == "private" ? AddressScope::kPrivate : AddressScope::kLoopback;
}

/// From the words in the second column of the examples in docs/ranking.md.
Case ParseFacts(std::string_view words) {
  Case out;
  model::Vulnerability& v = out.finding.vulnerability;
  v.cvss.resize(1);
  v.cvss[0].version = "3.1";
  for (std::string_view word : Split(words, ' ')) {
    std::string_view value = word;
    std::string_view key = NextPiece(value, '=');
    if (key == "cvss")
      v.cvss[0].base_score = ParseDouble(value).value();
    else if (key == "vector")
      v.cvss[0].attack_vector = VectorOf(value);
    else if (key == "severity")
      v.severity = model::ParseSeverity(value);
    else if (key == "kev")
      v.known_exploited = true;
    else if (key == "ransomware")
      v.ransomware = true;
    else if (key == "epss")
      v.epss = ParseDouble(value);
    else if (key == "use")
      out.usage.level = value == "loaded" ? Usage::Level::kLoaded
                        : value == "idle" ? Usage::Level::kIdle
                                          : Usage::Level::kUnknown;
    else if (key == "listens")
      out.usage.listening = true, out.usage.listens = ScopeOf(value);
    else if (key == "reached")
      (value == "public" ? out.usage.reached_from_outside : out.usage.reached_from_private) = true;
    else if (key == "root")
      out.usage.runs_as_root = true;
    else if (key == "fix")
      out.finding.fix_state = model::FixState::kFixed;
    else
      ADD_FAILURE() << "unknown word " << word;
  }
  return out;
}

TEST(RankingDocument, ExamplesAreWhatTheFormulaGives) {
  int checked = 0;
  for (const auto& cells : TableRows(3)) {
    if (cells[2].find("vector=") == std::string::npos) continue;
    EXPECT_NEAR(ParseFacts(cells[2]).Score(), ParseDouble(cells[3]).value_or(-1), 0.05) << cells[1];
    ++checked;
  }
  EXPECT_GE(checked, 12);
}

TEST(RankingDocument, ShowsTheWeightsInUse) {
  auto rows = TableRows(4);
  for (const Factor& factor : kFactors) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& cells) {
      return cells[1] == "`" + std::string(factor.name) + "`";
    });
    ASSERT_NE(row, rows.end()) << factor.name;
    EXPECT_DOUBLE_EQ(ParseDouble((*row)[2]).value_or(-1), factor.weight) << factor.name;
    EXPECT_DOUBLE_EQ(ParseDouble((*row)[3]).value_or(-1), factor.lift) << factor.name;
  }
  for (const auto& [name, value] : {std::pair{"`loaded`", kUseLoaded},
                                    {"`unknown-usage`", kUseUnknown},
                                    {"`live-runtime`", kUseLiveRuntime},
                                    {"`high`", kHighConfidence},
                                    {"`medium`", kMediumConfidence},
                                    {"`low`", kLowConfidence},
                                    {"`idle`", kUseIdle}}) {
    bool found = false;
    for (const auto& cells : TableRows(3))
      if (cells[1] == name) found = ParseDouble(cells[2]) == value;
    EXPECT_TRUE(found) << name;
  }
}

TEST(Score, MeetsItsAims) {
  double idle = ParseFacts("cvss=9.8 vector=network use=idle").Score();
  double unknown = ParseFacts("cvss=9.8 vector=network use=unknown").Score();
  double loaded = ParseFacts("cvss=9.8 vector=network use=loaded").Score();
  EXPECT_GE(idle, 35);
  EXPECT_LE(idle, 45);
  EXPECT_GE(loaded - idle, 25);
  EXPECT_GT(unknown, idle + 10);
  EXPECT_LT(unknown, loaded - 10);
  EXPECT_GE(ParseFacts("cvss=9.8 vector=network kev use=loaded listens=public").Score(), 95);
  EXPECT_LT(ParseFacts("cvss=3.9 vector=network use=idle fix").Score(), 10);
}

// ThreatMapper takes the vector as network only where a text pattern fits a 3.1 vector.
TEST(IncumbentDefect, VectorIsReadFromEveryCvssVersionNotByAPattern) {
  for (const char* vector : {"AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                             "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                             "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}) {
    Finding finding;
    auto cvss = model::ParseCvss(vector);
    ASSERT_TRUE(cvss) << vector;
    finding.vulnerability.cvss = {*cvss};
    EXPECT_EQ(ScoreFinding(finding, {}).reasons[1].factor, "network-vector") << vector;
  }
  Finding finding;
  SetCvss(finding, 9.8, AttackVector::kNetwork, "4.0");
  EXPECT_EQ(ScoreFinding(finding, {}).reasons[1].factor, "network-vector");
  finding.vulnerability.cvss.clear();
  EXPECT_EQ(ScoreFinding(finding, {}).reasons[1].factor, "unknown-vector")
      << "an unknown vector is not a local one";
}

// Its score of a local critical finding stays the same whatever the host is exposed to.
TEST(IncumbentDefect, LocalCriticalFindingsArePromoted) {
  double idle = ParseFacts("cvss=9.3 vector=local use=idle").Score();
  double loaded = ParseFacts("cvss=9.3 vector=local use=loaded").Score();
  double root = ParseFacts("cvss=9.3 vector=local use=loaded root").Score();
  double listening = ParseFacts("cvss=9.3 vector=local use=loaded root listens=public").Score();
  EXPECT_GT(loaded, idle + 15);
  EXPECT_GT(root, loaded + 3);
  EXPECT_GT(listening, root + 10);
  EXPECT_GT(root, ParseFacts("cvss=6.5 vector=network use=idle").Score());
}

// It shows and sorts by the exploitability sub-score (at most 3.9) as "CVSS".
TEST(IncumbentDefect, TheBaseScoreCountsNotTheExploitabilitySubScore) {
  // Both have an exploitability sub-score of 3.9 but base scores of 9.8 and 5.3.
  Finding high, low;
  SetCvss(high, 9.8, AttackVector::kNetwork);
  SetCvss(low, 5.3, AttackVector::kNetwork);
  EXPECT_GT(ScoreFinding(high, {}).score, 2 * ScoreFinding(low, {}).score);
}

// Known exploitation, EPSS and fixes are no inputs there.
TEST(IncumbentDefect, ExploitationAndFixesAreInputs) {
  double plain = ParseFacts("cvss=7.5 vector=network use=unknown").Score();
  EXPECT_GT(ParseFacts("cvss=7.5 vector=network use=unknown kev").Score(), plain + 20);
  EXPECT_GT(ParseFacts("cvss=7.5 vector=network use=unknown epss=0.9").Score(), plain + 10);
  EXPECT_GT(ParseFacts("cvss=7.5 vector=network use=unknown fix").Score(), plain);
  EXPECT_GT(ParseFacts("cvss=7.5 vector=network use=unknown kev ransomware").Score(),
            ParseFacts("cvss=7.5 vector=network use=unknown kev").Score());
}

// There is a word (critical) or a number, never what led to it.
TEST(IncumbentDefect, EveryScoreIsExplainedAndAddsUp) {
  Case c = ParseFacts(
      "cvss=9.8 vector=network kev ransomware epss=0.5 use=loaded listens=public reached=public root fix");
  model::Rank rank = ScoreFinding(c.finding, c.usage);
  std::vector<std::string> factors;
  for (const model::RankReason& reason : rank.reasons) factors.push_back(reason.factor);
  EXPECT_EQ(factors, (std::vector<std::string>{"severity", "network-vector", "known-exploited", "ransomware",
                                               "epss", "loaded", "listening-public", "reached-public",
                                               "runs-as-root", "fix-available"}));
}

TEST(Score, VendorsWordHoldsTheBaseScore) {
  double low = ParseFacts("cvss=9.8 severity=low vector=network use=loaded").Score();
  double high = ParseFacts("cvss=9.8 severity=high vector=network use=loaded").Score();
  double critical = ParseFacts("cvss=9.8 severity=critical vector=network use=loaded").Score();
  EXPECT_LT(low, 30);
  EXPECT_LE(high, critical);
  EXPECT_GT(high, low + 30);
}

TEST(Score, UnknownUsageIsNeutralAndSaysSo) {
  Finding finding;
  SetCvss(finding, 9.8, AttackVector::kNetwork);
  model::Rank rank = ScoreFinding(finding, {});
  ASSERT_EQ(rank.reasons.back().factor, "unknown-usage");
  EXPECT_EQ(rank.reasons.back().points, 0);
}

Case RandomCase(std::mt19937& random) {
  auto coin = [&] { return random() % 2 == 0; };
  auto part = [&] { return static_cast<double>(random() % 1001) / 1000; };
  Case out;
  model::Vulnerability& v = out.finding.vulnerability;
  v.severity = static_cast<model::Severity>(random() % 6);
  if (coin()) SetCvss(out.finding, part() * 10, static_cast<AttackVector>(random() % 5));
  v.known_exploited = coin();
  v.ransomware = v.known_exploited && coin();
  if (coin()) v.epss = part();
  out.finding.fix_state = static_cast<model::FixState>(random() % 4);
  out.usage.level = static_cast<Usage::Level>(random() % 4);
  out.usage.listening = coin();
  out.usage.listens = static_cast<AddressScope>(random() % 5);
  out.usage.reached_from_outside = coin();
  out.usage.reached_from_private = coin();
  out.usage.reached_indirectly = coin();
  out.usage.reached_locally = coin();
  out.usage.runs_as_root = coin();
  out.usage.privileged = coin();
  if (coin()) out.usage.stale_text = "old";
  return out;
}

TEST(ScoreProperty, PointsAddUpToTheScoreWhichIsInRange) {
  std::mt19937 random(1);
  for (int i = 0; i < 5'000; ++i) {
    Case c = RandomCase(random);
    model::Rank rank = ScoreFinding(c.finding, c.usage);
    double sum = 0;
    for (const model::RankReason& reason : rank.reasons) {
      sum += reason.points;
      EXPECT_FALSE(reason.factor.empty());
    }
    ASSERT_NEAR(sum, rank.score, 1e-6);
    ASSERT_GE(rank.score, 0);
    ASSERT_LE(rank.score, 100);
  }
}

TEST(ScoreProperty, MoreOfAFactorNeverLowersTheScore) {
  const std::function<void(Case&)> more[] = {
      [](Case& c) { c.finding.vulnerability.known_exploited = true; },
      [](Case& c) { c.finding.vulnerability.ransomware = c.finding.vulnerability.known_exploited; },
      [](Case& c) {
        c.finding.vulnerability.epss = std::min(1.0, c.finding.vulnerability.epss.value_or(0) + 0.1);
      },
      [](Case& c) { c.finding.fix_state = model::FixState::kFixed; },
      [](Case& c) {
        for (model::Cvss& cvss : c.finding.vulnerability.cvss)
          if (cvss.base_score > 0) cvss.base_score = std::min(10.0, cvss.base_score + 0.5);
      },
      [](Case& c) {
        for (model::Cvss& cvss : c.finding.vulnerability.cvss) cvss.attack_vector = AttackVector::kNetwork;
      },
      [](Case& c) {
        if (c.finding.vulnerability.severity != model::Severity::kUnknown)
          c.finding.vulnerability.severity = model::Severity::kCritical;
      },
      [](Case& c) { c.usage.level = Usage::Level::kLoaded; },
      [](Case& c) {
        if (c.usage.level == Usage::Level::kIdle) c.usage.level = Usage::Level::kInstalledInLiveRuntime;
      },
      [](Case& c) { c.usage.listening = true; },
      [](Case& c) { c.usage.listens = AddressScope::kPublic; },
      [](Case& c) { c.usage.reached_from_outside = true; },
      [](Case& c) { c.usage.reached_from_private = true; },
      [](Case& c) { c.usage.reached_indirectly = true; },
      [](Case& c) { c.usage.runs_as_root = true; },
      [](Case& c) { c.usage.privileged = true; },
  };
  std::mt19937 random(2);
  for (int i = 0; i < 2'000; ++i) {
    Case before = RandomCase(random);
    for (std::size_t m = 0; m < std::size(more); ++m) {
      Case after = before;
      more[m](after);
      ASSERT_GE(after.Score(), before.Score()) << "factor " << m;
    }
  }
}

}  // namespace
}  // namespace weir::rank
