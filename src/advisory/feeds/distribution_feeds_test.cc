#include <gtest/gtest.h>

#include "advisory/feeds/testing.h"

namespace weir::advisory {
namespace {

const AffectedPackage* Find(const Advisory& advisory, std::string_view ecosystem, std::string_view name) {
  for (const AffectedPackage& package : advisory.affected)
    if (package.ecosystem == ecosystem && package.name == name) return &package;
  return nullptr;
}

TEST(DebianTracker, ReadsEveryStatus) {
  KeepingSink sink;
  auto stats = ReadDebianTracker(R"({
    "zlib":{"CVE-2023-45853":{"description":"MiniZip overflow","scope":"remote","releases":{
      "bookworm":{"status":"open","urgency":"not yet assigned","nodsa":"contrib/minizip not built","nodsa_reason":"ignored",
                  "repositories":{"bookworm":"1:1.2.13"}},
      "bullseye":{"status":"open","urgency":"low**","nodsa":"Minor issue","nodsa_reason":"","repositories":{}},
      "buster":{"status":"open","urgency":"end-of-life","repositories":{}},
      "trixie":{"status":"resolved","fixed_version":"1:1.3.dfsg-3.1","urgency":"unimportant","repositories":{}},
      "sid":{"status":"undetermined","urgency":"unimportant","repositories":{}},
      "made-up":{"status":"open","urgency":"low"}}},
      "CVE-2018-1":{"releases":{"bookworm":{"status":"resolved","fixed_version":"0","urgency":"low"}}}},
    "minizip":{"CVE-2023-45853":{"releases":{"bookworm":{"status":"resolved","fixed_version":"2.0-1","urgency":"high"}}},
               "CVE-2020-2":{"scope":"local"}},
    "odd":[]})",
                                 sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->records, 5U);
  EXPECT_EQ(stats->malformed, 2U);
  EXPECT_EQ(stats->used, 3U);
  ASSERT_EQ(sink.advisories.size(), 2U);
  const Advisory& none = sink.advisories[0];
  EXPECT_EQ(none.id, "CVE-2018-1");
  EXPECT_TRUE(none.affected[0].unaffected);
  EXPECT_TRUE(none.affected[0].ranges.empty());

  const Advisory& a = sink.advisories[1];
  EXPECT_EQ(a.id, "CVE-2023-45853");
  EXPECT_EQ(a.source, "debian-tracker");
  EXPECT_EQ(a.summary, "MiniZip overflow");
  const AffectedPackage* bookworm = Find(a, "Debian:12", "zlib");
  ASSERT_TRUE(bookworm);
  EXPECT_EQ(bookworm->fix_state, model::FixState::kWontFix);
  ASSERT_EQ(bookworm->ranges.size(), 1U);
  EXPECT_TRUE(bookworm->ranges[0].fixed.empty());
  EXPECT_EQ(Find(a, "Debian:11", "zlib")->fix_state, model::FixState::kNotFixed);
  EXPECT_EQ(Find(a, "Debian:11", "zlib")->severity, model::Severity::kLow);
  EXPECT_EQ(Find(a, "Debian:10", "zlib")->fix_state, model::FixState::kWontFix);
  EXPECT_EQ(Find(a, "Debian:13", "zlib")->ranges[0].fixed, "1:1.3.dfsg-3.1");
  EXPECT_EQ(Find(a, "Debian:13", "zlib")->severity, model::Severity::kNegligible);
  EXPECT_EQ(Find(a, "Debian:sid", "zlib"), nullptr) << "undetermined is no claim";
  EXPECT_EQ(Find(a, "Debian:12", "minizip")->ranges[0].fixed, "2.0-1");
}

TEST(DebianTracker, RefusesOtherDocuments) {
  KeepingSink sink;
  EXPECT_FALSE(ReadDebianTracker("[]", sink));
  EXPECT_FALSE(ReadDebianTracker("<html>", sink));
}

TEST(AlpineSecdb, ReadsFixesAndNaks) {
  KeepingSink sink;
  auto stats = ReadAlpineSecdb(R"({"distroversion":"v3.18","reponame":"main","packages":[
    {"pkg":{"name":"busybox","secfixes":{"1.36.1-r1":["CVE-2022-48174","CVE-2023-1 XSA-305"],"0":["CVE-2021-42373"]}}},
    {"pkg":{"name":"openssl","secfixes":{"3.1.1-r0":["CVE-2022-48174",""]}}},
    {"pkg":{"secfixes":{}}}]})",
                               sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->records, 6U);
  EXPECT_EQ(stats->used, 4U);
  EXPECT_EQ(stats->malformed, 2U);
  ASSERT_EQ(sink.advisories.size(), 3U);
  EXPECT_EQ(sink.advisories[0].id, "CVE-2021-42373");
  EXPECT_TRUE(sink.advisories[0].affected[0].unaffected);
  EXPECT_EQ(sink.advisories[1].affected.size(), 2U);
  const AffectedPackage* busybox = Find(sink.advisories[1], "Alpine:v3.18", "busybox");
  ASSERT_TRUE(busybox);
  EXPECT_EQ(busybox->ranges[0].fixed, "1.36.1-r1");
  EXPECT_EQ(busybox->scheme, Scheme::kApk);
  EXPECT_EQ(sink.advisories[2].id, "CVE-2023-1");
  EXPECT_FALSE(ReadAlpineSecdb("{}", sink));
}

}  // namespace
}  // namespace weir::advisory
