#include "model/severity.h"

#include <gtest/gtest.h>

#include <fstream>

namespace weir::model {
namespace {

TEST(Severity, KnowsTheWordsOfVendors) {
  EXPECT_EQ(ParseSeverity("IMPORTANT"), Severity::kHigh);
  EXPECT_EQ(ParseSeverity("Moderate"), Severity::kMedium);
  EXPECT_EQ(ParseSeverity("unimportant"), Severity::kNegligible);
  EXPECT_EQ(ParseSeverity("not yet assigned"), Severity::kUnknown);
  EXPECT_EQ(ParseSeverity("medium**"), Severity::kMedium);
  EXPECT_EQ(ParseSeverity(" critical "), Severity::kCritical);
  EXPECT_EQ(ParseSeverity("who knows"), Severity::kUnknown);
  EXPECT_EQ(ParseSeverity(""), Severity::kUnknown);
}

TEST(Severity, NamesComeBack) {
  for (Severity severity : {Severity::kUnknown, Severity::kNegligible, Severity::kLow, Severity::kMedium,
                            Severity::kHigh, Severity::kCritical}) {
    EXPECT_EQ(ParseSeverity(SeverityName(severity)), severity);
  }
  EXPECT_EQ(SeverityName(Severity::kNegligible), "negligible");
}

TEST(Severity, OfAScoreFollowsTheQualitativeScale) {
  EXPECT_EQ(SeverityOfScore(0.0), Severity::kNegligible);
  EXPECT_EQ(SeverityOfScore(0.1), Severity::kLow);
  EXPECT_EQ(SeverityOfScore(3.9), Severity::kLow);
  EXPECT_EQ(SeverityOfScore(4.0), Severity::kMedium);
  EXPECT_EQ(SeverityOfScore(6.9), Severity::kMedium);
  EXPECT_EQ(SeverityOfScore(7.0), Severity::kHigh);
  EXPECT_EQ(SeverityOfScore(9.0), Severity::kCritical);
  EXPECT_EQ(SeverityOfScore(-1), Severity::kUnknown);
}

TEST(Cvss, ScoresAsTheReferenceDoes) {
  std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/data/model/cvss.txt");
  int rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t space = line.find(' ');
    const std::optional<Cvss> cvss = ParseCvss(std::string_view(line).substr(space + 1));
    ASSERT_TRUE(cvss) << line;
    EXPECT_DOUBLE_EQ(cvss->base_score, std::stod(line.substr(0, space))) << line;
    ++rows;
  }
  EXPECT_GT(rows, 200);
}

TEST(Cvss, ScoresWhatEverybodyKnows) {
  const struct {
    const char* vector;
    double score;
    const char* version;
    AttackVector attack;
  } cases[] = {
      // CVE-2021-44228, CVE-2014-0160 twice, CVE-2016-5195, and a temporal score that must not count.
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, "3.1", AttackVector::kNetwork},
      {"AV:N/AC:L/Au:N/C:P/I:N/A:N", 5.0, "2.0", AttackVector::kNetwork},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, "3.1", AttackVector::kNetwork},
      {"CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "3.0", AttackVector::kLocal},
      {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", 8.8, "3.1", AttackVector::kAdjacent},
      {"(AV:N/AC:M/Au:N/C:N/I:P/A:N)", 4.3, "2.0", AttackVector::kNetwork},
      {"CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 8.6, "4.0",
       AttackVector::kPhysical},
      {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0, "4.0", AttackVector::kNetwork},
  };
  for (const auto& [vector, score, version, attack] : cases) {
    const std::optional<Cvss> cvss = ParseCvss(vector);
    ASSERT_TRUE(cvss) << vector;
    EXPECT_DOUBLE_EQ(cvss->base_score, score) << vector;
    EXPECT_EQ(cvss->version, version);
    EXPECT_EQ(cvss->attack_vector, attack);
    EXPECT_EQ(cvss->vector, vector);
  }
}

TEST(Cvss, RefusesWhatIsNotAVector) {
  for (const char* text :
       {"", "7.5", "()", "CVSS:3.1/", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/ZZ:H", "CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:", "AV:N/AC:L/Au:N/C:P/I:N"}) {
    EXPECT_FALSE(ParseCvss(text)) << text;
  }
}

}  // namespace
}  // namespace weir::model
