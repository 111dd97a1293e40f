#include "scan/content_ignore.h"

#include <gtest/gtest.h>

namespace weir::scan {
namespace {

constexpr std::string_view kOne = "0123456789abcdef0123456789abcdef",
                           kTwo = "ffffffffffffffffffffffffffffffff";

model::ContentFinding Finding(std::string_view fingerprint, std::string rule,
                              std::vector<std::string> paths) {
  model::ContentFinding finding;
  finding.fingerprint = std::string(fingerprint);
  finding.rule = std::move(rule);
  for (std::string& path : paths) {
    model::ContentPlace place;
    place.location.path = std::move(path);
    place.line = 7;
    finding.places.push_back(std::move(place));
  }
  finding.place_count = finding.places.size();
  return finding;
}

/// The reason why FINDING is closed on 2026-11-26; empty: it is open.
std::string Closed(std::string_view text, model::ContentFinding finding,
                   std::string_view name = ".weirignore") {
  Result<ContentIgnore> ignore = ParseContentIgnore(text, name);
  EXPECT_TRUE(ignore) << (ignore ? "" : ignore.error().message);
  if (!ignore) return "error";
  std::vector<model::ContentFinding> findings = {std::move(finding)};
  ApplyContentIgnore(*ignore, "2026-11-26", findings);
  return findings[0].status == model::FindingStatus::kOpen ? "" : findings[0].status_reason;
}

TEST(ContentIgnore, AFingerprintFollowsTheSecretWhereverItLies) {
  std::string line = std::string(kOne) + "  revoked in May\n";
  EXPECT_EQ(Closed(line, Finding(kOne, "jwt", {"a"})), "revoked in May");
  EXPECT_EQ(Closed(line, Finding(kOne, "jwt", {"b", "c"})), "revoked in May");
  EXPECT_EQ(Closed(line, Finding(kTwo, "jwt", {"a"})), "");
}

TEST(ContentIgnore, EveryPlaceMustLieWhereThePathSays) {
  EXPECT_EQ(Closed("rule=jwt path=tests/** reason=made up", Finding(kOne, "jwt", {"tests/a", "tests/b/c"})),
            "made up");
  EXPECT_EQ(Closed("rule=jwt path=tests/**", Finding(kOne, "jwt", {"tests/a", "src/main.c"})), "");
  model::ContentFinding many = Finding(kOne, "jwt", {"tests/a"});
  many.place_count = 30;
  EXPECT_EQ(Closed("path=tests/**", many), "") << "places that are not kept may lie elsewhere";
}

TEST(ContentIgnore, EndsAfterItsDay) {
  EXPECT_EQ(Closed("rule=jwt until=2026-11-26", Finding(kOne, "jwt", {"a"})), ".weirignore");
  EXPECT_EQ(Closed("rule=jwt until=2026-11-25", Finding(kOne, "jwt", {"a"})), "");
}

TEST(ContentIgnore, MalwareIsNotClosedByAFileBesideIt) {
  Result<ContentIgnore> ignore = ParseContentIgnore(kOne, ".weirignore");
  ASSERT_TRUE(ignore);
  ignore->rules[0].secrets_only = true;
  std::vector<model::ContentFinding> findings = {Finding(kOne, "webshell", {"a"})};
  findings[0].kind = model::ContentKind::kMalware;
  ApplyContentIgnore(*ignore, "2026-11-26", findings);
  EXPECT_EQ(findings[0].status, model::FindingStatus::kOpen);
}

TEST(ContentIgnore, ReadsGitleaksLines) {
  const char* text = "src/a:b.py:jwt:7\n0123456789012345678901234567890123456789:old.env:aws:7\n";
  EXPECT_EQ(Closed(text, Finding(kOne, "jwt", {"src/a:b.py"}), "x/.gitleaksignore"), "x/.gitleaksignore");
  model::ContentFinding committed = Finding(kOne, "aws", {"old.env"});
  EXPECT_EQ(Closed(text, committed, ".gitleaksignore"), "");
  committed.places[0].commit = "0123456789012345678901234567890123456789";
  EXPECT_EQ(Closed(text, committed, ".gitleaksignore"), ".gitleaksignore");
}

TEST(ContentIgnore, ABaselineClosesWhatItWasMadeOfAndNothingElse) {
  std::string text = MakeBaseline({Finding(kOne, "jwt", {"a"})}, "deadbeef");
  Result<ContentIgnore> ignore = ParseContentIgnore(text, "known.json");
  ASSERT_TRUE(ignore);
  EXPECT_EQ(ignore->key_id, "deadbeef");
  EXPECT_EQ(Closed(text, Finding(kOne, "jwt", {"moved/elsewhere"}), "known.json"), "in the baseline");
  EXPECT_EQ(Closed(text, Finding(kTwo, "jwt", {"a"}), "known.json"), "");
}

TEST(ContentIgnore, SaysWhatIsWrong) {
  for (std::string_view text : {"rule", "colour=red", "until=2026-01-01", "rule=a until=tomorrow",
                                "fingerprint=12", "key=12", "reason=because", "{\"kind\":\"other\"}", "{"})
    EXPECT_FALSE(ParseContentIgnore(text, "file")) << text;
  EXPECT_FALSE(ParseContentIgnore("a:b", ".gitleaksignore"));
  EXPECT_FALSE(ParseContentIgnore("a:b:c", ".gitleaksignore"));
}

TEST(ContentIgnore, TwoFilesWithDifferentKeysDoNotMix) {
  ContentIgnore one, two;
  one.key = std::string(64, 'a');
  two.key = std::string(64, 'b');
  EXPECT_FALSE(MergeContentIgnore(one, two));
  two.key = one.key;
  EXPECT_TRUE(MergeContentIgnore(one, two));
}

}  // namespace
}  // namespace weir::scan
