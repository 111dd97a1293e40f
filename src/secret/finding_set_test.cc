#include <gtest/gtest.h>

#include "secret/testing.h"

namespace weir::secret {
namespace {

model::ContentPlace Place(std::string path) {
  model::ContentPlace place;
  place.location.path = std::move(path);
  return place;
}

TEST(MaskSecret, ShowsLittle) {
  EXPECT_EQ(MaskSecret("hunter2"), "********");
  EXPECT_EQ(MaskSecret("correct horse battery"), "********");
  EXPECT_EQ(MaskSecret(kToken), "ghp_********");
  EXPECT_EQ(MaskSecret("sk_live_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"), "sk_live_********");
  EXPECT_EQ(MaskSecret("8Gd72jsk2Hhw91Jq8Gd72jsk2Hhw91Jq"), "8Gd7********");
  for (std::size_t n = 0; n < 300; ++n) {
    std::string secret(n, 'q'), masked = MaskSecret(secret);
    EXPECT_LE(std::count(masked.begin(), masked.end(), 'q'), static_cast<long>(n / 6));
  }
  EXPECT_EQ(MaskSecret("\x01\n\xff\xfe" + std::string(40, 'a')), "....********");
}

TEST(FingerprintKey, TellsSecretsApartAndNothingElse) {
  auto key = FingerprintKey::Parse(std::string(64, 'a'));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->ToString(), std::string(64, 'a'));
  EXPECT_EQ(key->Id().size(), 8U);
  EXPECT_EQ(key->Fingerprint("r", "s").size(), 32U);
  EXPECT_EQ(key->Fingerprint("r", "s"), key->Fingerprint("r", "s"));
  EXPECT_NE(key->Fingerprint("r", "s"), key->Fingerprint("rs", ""));
  EXPECT_NE(key->Fingerprint("r", "s"), FingerprintKey::Random().Fingerprint("r", "s"));
  EXPECT_FALSE(FingerprintKey::Parse("zz"));
  EXPECT_FALSE(FingerprintKey::Parse(std::string(63, 'a') + "g"));
}

TEST(FindingSet, JoinsPlacesAndForgetsSecrets) {
  auto engine = MakeEngine({TokenRule()});
  FindingSet set(engine, FingerprintKey::Random());
  auto removed = Place("z/old");
  removed.origin = model::Origin::kRemovedFile;
  auto result = ScanText(engine, kToken);
  set.Add(result.hits, removed);
  EXPECT_TRUE(result.hits[0].secret.empty());
  for (int i = 0; i < 30; ++i) {
    result = ScanText(engine, "x\n" + kToken);
    set.Add(result.hits, Place("deep/er/" + std::to_string(i)));
  }
  result = ScanText(engine, kToken + " weir:ignore", "tests/x");
  set.Add(result.hits, Place("tests/x"));
  auto findings = set.Take();
  ASSERT_EQ(findings.size(), 1U);
  const model::ContentFinding& finding = findings[0];
  EXPECT_EQ(finding.rule, "token");
  EXPECT_EQ(finding.title, "A token");
  EXPECT_EQ(finding.masked, "ghp_********");
  EXPECT_EQ(finding.place_count, 32U);
  ASSERT_EQ(finding.places.size(), model::ContentFinding::kMaxPlaces);
  EXPECT_EQ(finding.places[0].location.path, "tests/x");  // the shortest way there
  EXPECT_EQ(finding.places[1].line, 2U);
  EXPECT_EQ(finding.status, model::FindingStatus::kOpen);  // one place is not allowed
  EXPECT_EQ(finding.confidence, model::Confidence::kHigh);
  EXPECT_TRUE(finding.facts.empty());  // not only in samples
}

TEST(FindingSet, AllowedEverywhereIsIgnored) {
  auto engine = MakeEngine({TokenRule()});
  FindingSet set(engine, FingerprintKey::Random());
  auto result = ScanText(engine, kToken + " weir:ignore");
  set.Add(result.hits, Place("a"));
  auto findings = set.Take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].status, model::FindingStatus::kIgnored);
  EXPECT_EQ(findings[0].status_reason, "comment weir:ignore");
}

TEST(FindingSet, AsksOnceForEachSecret) {
  Rule rule = TokenRule();
  rule.validate = ValidationRequest{};
  auto engine = MakeEngine({rule});
  FindingSet set(engine, FingerprintKey::Random());
  int asked = 0;
  set.SetAsk([&](const Rule&, const std::string& secret) {
    ++asked;
    EXPECT_EQ(secret, kToken);
    return model::Validation::kValid;
  });
  for (const char* path : {"a", "b"}) {
    auto result = ScanText(engine, kToken);
    set.Add(result.hits, Place(path));
  }
  auto findings = set.Take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(findings[0].validation, model::Validation::kValid);
}

TEST(FindingSet, IsBoundedAndTakesOverEarlierFindings) {
  auto engine = MakeEngine({MakeRule("n", "num-[0-9]{4}")});
  FindingSet set(engine, FingerprintKey::Random(), 3);
  std::string text;
  for (int i = 1000; i < 1010; ++i) text += "num-" + std::to_string(i) + "\n";
  auto result = ScanText(engine, text);
  set.Add(result.hits, Place("a"));
  EXPECT_EQ(set.dropped(), 7U);
  auto findings = set.Take();
  EXPECT_EQ(findings.size(), 3U);
  FindingSet next(engine, FingerprintKey::Random());
  for (const auto& finding : findings) next.Add(finding);
  EXPECT_EQ(next.Take(), findings);
}

}  // namespace
}  // namespace weir::secret
