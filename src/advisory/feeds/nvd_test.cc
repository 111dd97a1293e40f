#include <gtest/gtest.h>

#include "advisory/feeds/cpe.h"
#include "advisory/feeds/testing.h"

namespace weir::advisory {
namespace {

TEST(Cpe, ReadsEscapes) {
  auto name = ParseCpe(R"(cpe:2.3:a:nodejs:node\.js:18.0:rc1:*:*:lts:*:*:*)");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->product, "node.js");
  EXPECT_EQ(name->FullVersion(), "18.0-rc1");
  EXPECT_EQ(ParseCpe("cpe:2.3:a:openbsd:openssh:8.5:p1:*:*:*:*:*:*")->FullVersion(), "8.5p1");
  EXPECT_EQ(ParseCpe(R"(cpe:2.3:a:x:a\:b:1:*:*:*:*:wordpress:*:*)")->target_software, "wordpress");
  EXPECT_FALSE(ParseCpe("cpe:2.3:a:x:y:1:*:*"));
  EXPECT_FALSE(ParseCpe("cpe:/a:x:y:1"));
  EXPECT_FALSE(ParseCpe(""));
}

TEST(Nvd, ReadsMatches) {
  KeepingSink sink;
  auto stats = ReadNvd(R"({"resultsPerPage":3,"vulnerabilities":[
   {"cve":{"id":"CVE-2022-0001","vulnStatus":"Analyzed","published":"2022-01-01T10:00:00.000","lastModified":"2023-02-02T10:00:00.000",
    "descriptions":[{"lang":"es","value":"Malo"},{"lang":"en","value":"Bad"}],
    "metrics":{"cvssMetricV31":[{"type":"Secondary","cvssData":{"vectorString":"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseSeverity":"HIGH"}},
       {"type":"Primary","cvssData":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseSeverity":"CRITICAL"}}],
       "cvssMetricV2":[{"type":"Primary","baseSeverity":"MEDIUM","cvssData":{"vectorString":"AV:N/AC:L/Au:N/C:P/I:P/A:P"}}]},
    "weaknesses":[{"description":[{"lang":"en","value":"CWE-502"},{"lang":"en","value":"NVD-CWE-noinfo"}]}],
    "references":[{"url":"https://x.example/1"}],
    "configurations":[
      {"nodes":[{"operator":"OR","negate":false,"cpeMatch":[
        {"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*","versionStartIncluding":"1.0","versionEndExcluding":"1.2"},
        {"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*","versionStartExcluding":"2.0","versionEndIncluding":"2.2"},
        {"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:3.0:beta1:*:*:*:*:*:*"},
        {"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:-:*:*:*:*:*:*:*"},
        {"vulnerable":true,"criteria":"cpe:2.3:h:f5:box:1:*:*:*:*:*:*:*"},
        {"vulnerable":false,"criteria":"cpe:2.3:a:other:thing:1:*:*:*:*:*:*:*"},
        {"vulnerable":true,"criteria":"cpe:2.3:a:plug:in:*:*:*:*:*:wordpress:*:*"}]}]},
      {"operator":"AND","nodes":[
        {"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*","versionEndExcluding":"7"}]},
        {"operator":"OR","cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*"}]}]},
      {"operator":"AND","nodes":[
        {"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:redis:tool:*:*:*:*:*:*:*:*"}]},
        {"operator":"OR","cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:debian:debian_linux:11.0:*:*:*:*:*:*:*"}]}]}]}},
   {"cve":{"id":"CVE-2022-0002","vulnStatus":"Rejected","descriptions":[]}},
   {"cve":{"id":"nothing"}}]})",
                       sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->records, 3U);
  EXPECT_EQ(stats->malformed, 1U);
  EXPECT_EQ(stats->used, 1U);
  ASSERT_EQ(sink.advisories.size(), 1U);
  const Advisory& a = sink.advisories[0];
  EXPECT_EQ(a.summary, "Bad");
  EXPECT_EQ(a.severity, model::Severity::kCritical);
  ASSERT_EQ(a.cvss.size(), 3U);
  EXPECT_TRUE(a.cvss[0].starts_with("CVSS:3.1/AV:N"));
  EXPECT_EQ(a.cwes, std::vector<std::string>{"CWE-502"});
  ASSERT_EQ(a.affected.size(), 3U);
  const AffectedPackage& nginx = a.affected[0];
  EXPECT_EQ(nginx.ecosystem, "CPE");
  EXPECT_EQ(nginx.name, "f5:nginx");
  ASSERT_EQ(nginx.ranges.size(), 2U);
  EXPECT_EQ(nginx.ranges[0].fixed, "1.2");
  EXPECT_FALSE(nginx.ranges[0].introduced_exclusive);
  EXPECT_EQ(nginx.ranges[1].introduced, "2.0");
  EXPECT_TRUE(nginx.ranges[1].introduced_exclusive);
  EXPECT_EQ(nginx.ranges[1].last_affected, "2.2");
  EXPECT_EQ(nginx.versions, std::vector<std::string>{"3.0-beta1"});
  EXPECT_EQ(a.affected[1].cpe_target_software, "wordpress");
  EXPECT_EQ(a.affected[2].name, "redis:tool") << "what only Windows has is left out";
}

TEST(Kev, ReadsTheCatalogue) {
  KeepingSink sink;
  auto stats = ReadKev(R"({"dateReleased":"2025-08-25T17:04:19.9796Z","count":3,"vulnerabilities":[
    {"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","knownRansomwareCampaignUse":"Known"},
    {"cveID":"CVE-2025-48384","dateAdded":"2025-08-25","knownRansomwareCampaignUse":"Unknown"},
    {"cveID":"CVE-2025-48385"}]})",
                       sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->newest, "2025-08-25T17:04:19Z");
  EXPECT_EQ(stats->malformed, 1U);
  ASSERT_EQ(sink.kev.size(), 2U);
  EXPECT_TRUE(sink.kev[0].ransomware);
  EXPECT_FALSE(sink.kev[1].ransomware);
  EXPECT_EQ(sink.kev[0].date_added, "2021-12-10");
  EXPECT_FALSE(ReadKev("{}", sink));
}

TEST(Epss, ReadsPlainAndGzip) {
  constexpr std::string_view kCsv =
      "#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\n"
      "CVE-1999-0001,0.01297,0.78776\nCVE-2021-44228,0.94,0.99\nCVE-2021-1,nan,0.5\nCVE-2021-0002,1.5,0."
      "5\nx\n";
  KeepingSink sink;
  auto stats = ReadEpss(kCsv, sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->records, 5U);
  EXPECT_EQ(stats->malformed, 3U);
  EXPECT_EQ(stats->newest, "2025-08-25T12:55:00Z");
  ASSERT_EQ(sink.epss.size(), 2U);
  EXPECT_FLOAT_EQ(sink.epss[1].probability, 0.94F);
  EXPECT_FALSE(ReadEpss("a,b,c\n1,2,3\n", sink));
  EXPECT_FALSE(ReadEpss("", sink));

  // gzip of "cve,epss,percentile\nCVE-2021-44228,0.94,0.99\n", made with gzip -n
  constexpr unsigned char kGzip[] = {
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x2e, 0x4b, 0xd5, 0x49, 0x2d,
      0x28, 0x2e, 0xd6, 0x29, 0x48, 0x2d, 0x4a, 0x4e, 0xcd, 0x2b, 0xc9, 0xcc, 0x49, 0xe5, 0x72, 0x0e,
      0x73, 0xd5, 0x35, 0x32, 0x30, 0x32, 0xd4, 0x35, 0x31, 0x31, 0x32, 0xb2, 0xd0, 0x31, 0xd0, 0xb3,
      0x34, 0x01, 0x11, 0x96, 0x5c, 0x00, 0xe6, 0x66, 0xf3, 0xef, 0x2d, 0x00, 0x00, 0x00};
  std::string gz(std::begin(kGzip), std::end(kGzip));
  auto packed = ReadEpss(gz, sink);
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_EQ(packed->used, 1U);
  EXPECT_FALSE(ReadEpss(std::string_view(gz).substr(0, 30), sink));
}

}  // namespace
}  // namespace weir::advisory
