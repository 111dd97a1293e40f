#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "advisory/feeds/ecosystem.h"
#include "advisory/feeds/osv_ranges.h"
#include "advisory/feeds/testing.h"
#include "base/file.h"

namespace weir::advisory {
namespace {

std::string Show(const std::vector<VersionRange>& ranges) {
  std::string out;
  for (const VersionRange& range : ranges) {
    out += "[" + range.introduced + ",";
    out += !range.fixed.empty() ? range.fixed + ")" : range.last_affected + "]";
  }
  return out;
}

Advisory ReadOne(std::string_view json) {
  KeepingSink sink;
  auto stats = ReadOsvJson(json, sink);
  EXPECT_TRUE(stats) << stats.error().message;
  if (stats) {
    EXPECT_EQ(stats->malformed, 0U) << stats->first_error;
  }
  EXPECT_EQ(sink.advisories.size(), 1U);
  return sink.advisories.empty() ? Advisory{} : sink.advisories[0];
}

struct EventCase {
  std::string_view name, events, want;
};

std::vector<OsvEvent> Events(std::string_view text) {
  std::vector<OsvEvent> out;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    OsvEventKind kind = word[0] == 'i'   ? OsvEventKind::kIntroduced
                        : word[0] == 'f' ? OsvEventKind::kFixed
                        : word[0] == 'l' ? OsvEventKind::kLastAffected
                                         : OsvEventKind::kLimit;
    out.push_back({kind, std::string(word.substr(1))});
  }
  return out;
}

TEST(OsvRanges, Pairs) {
  const EventCase cases[] = {
      {"one pair", "i0 f1.2.0", "[,1.2.0)"},
      {"no end", "i1.0.0", "[1.0.0,]"},
      {"last affected", "i0 l1.2.0", "[,1.2.0]"},
      {"two pairs", "i0 f1.2.0 i2.0.0 f2.1.0", "[,1.2.0)[2.0.0,2.1.0)"},
      {"open after a pair", "i0 f1.2.0 i2.0.0", "[,1.2.0)[2.0.0,]"},
      {"any order", "f2.1.0 i2.0.0 f1.2.0 i0", "[,1.2.0)[2.0.0,2.1.0)"},
      {"order is by version, not by text", "i10.0.0 f10.1.0 i9.0.0 f9.1.0", "[9.0.0,9.1.0)[10.0.0,10.1.0)"},
      {"the first end counts", "i0 l1.0.0 l1.1.0 l1.2.0", "[,1.0.0]"},
      {"one version alone", "i1.0.0 l1.0.0", "[1.0.0,1.0.0]"},
      {"fixed and back at once", "i0 f1.0.0 i1.0.0 f1.1.0", "[,1.0.0)[1.0.0,1.1.0)"},
      {"no limit", "i0 m*", "[,]"},
      {"an end alone", "f1.0.0", ""},
  };
  for (const EventCase& c : cases)
    EXPECT_EQ(Show(RangesOfEvents(Scheme::kSemver, Events(c.events))), c.want) << c.name;
}

TEST(OsvRanges, UnreadableVersionsKeepTheirOrder) {
  EXPECT_EQ(Show(RangesOfEvents(Scheme::kSemver, Events("i0 f1.x! i3.0.0 f3.1.0"))), "[,1.x!)[3.0.0,3.1.0)");
}

TEST(OsvRanges, KeepsOnlyVersionsThatRangesDoNotHold) {
  std::vector<std::string> versions = {"0.9", "1.0", "1.5", "2.0", "odd version"};
  DropCoveredVersions(Scheme::kPep440, {{.introduced = "1.0", .fixed = "2.0", .last_affected = {}}},
                      versions);
  EXPECT_EQ(versions, (std::vector<std::string>{"0.9", "2.0", "odd version"}));
}

TEST(Osv, LanguageRecord) {
  Advisory a = ReadOne(R"({"id":"GHSA-aaaa-bbbb-cccc","modified":"2024-01-02T03:04:05.678Z",
    "published":"2024-01-01T00:00:00Z","aliases":["CVE-2024-0001"],"related":["CVE-2024-9999"],
    "summary":"Bad\tthing","details":"long","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "database_specific":{"severity":"MODERATE","cwe_ids":["CWE-79","CWE-80"]},
    "references":[{"type":"WEB","url":"https://a.example/w"},{"type":"ADVISORY","url":"https://a.example/a"},
                  {"type":"WEB","url":"javascript:alert"}],
    "affected":[{"package":{"ecosystem":"PyPI","name":"Foo_.Bar"},
      "ranges":[{"type":"GIT","repo":"x","events":[{"introduced":"0"},{"fixed":"abcdef"}]},
                {"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.4"}]}],
      "versions":["1.0","1.3","9.9"]}]
})");
  EXPECT_EQ(a.source, "osv:PyPI");
  EXPECT_EQ(a.modified, "2024-01-02T03:04:05Z");
  EXPECT_EQ(a.aliases, std::vector<std::string>{"CVE-2024-0001"});
  EXPECT_TRUE(a.related.empty()) << "for a library \"related\" are other weaknesses";
  EXPECT_EQ(a.summary, "Bad thing");
  EXPECT_EQ(a.severity, model::Severity::kMedium);
  EXPECT_EQ(a.cvss.size(), 1U);
  EXPECT_EQ(a.cwes, (std::vector<std::string>{"CWE-79", "CWE-80"}));
  EXPECT_EQ(a.references, (std::vector<std::string>{"https://a.example/a", "https://a.example/w"}));
  ASSERT_EQ(a.affected.size(), 1U);
  EXPECT_EQ(a.affected[0].name, "foo-bar");
  EXPECT_EQ(a.affected[0].scheme, Scheme::kPep440);
  EXPECT_EQ(Show(a.affected[0].ranges), "[,1.4)");
  EXPECT_EQ(a.affected[0].versions, std::vector<std::string>{"9.9"});
  EXPECT_EQ(a.affected[0].fix_state, model::FixState::kFixed);
}

TEST(Osv, GoSymbols) {
  Advisory a = ReadOne(R"({"id":"GO-2022-1","modified":"2024-01-02T00:00:00Z","affected":[
    {"package":{"ecosystem":"Go","name":"golang.org/x/net"},
     "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],
     "ecosystem_specific":{"imports":[{"path":"golang.org/x/net/http2","symbols":["A","B.C"]},{"path":"p"}]}}]})");
  ASSERT_EQ(a.affected.size(), 1U);
  ASSERT_EQ(a.affected[0].go_imports.size(), 2U);
  EXPECT_EQ(a.affected[0].go_imports[0].symbols, (std::vector<std::string>{"A", "B.C"}));
  EXPECT_TRUE(a.affected[0].go_imports[1].symbols.empty());
  EXPECT_EQ(a.affected[0].fix_state, model::FixState::kNotFixed);
}

TEST(Osv, DistributionRecord) {
  Advisory a = ReadOne(
      R"({"id":"ALSA-2023:1","modified":"2024-01-02T00:00:00Z","related":["CVE-2023-1","CVE-2023-0002"],
    "summary":"Important: nodejs:18 security update","affected":[
    {"package":{"ecosystem":"AlmaLinux:8","name":"nodejs"},"ranges":[{"type":"ECOSYSTEM","events":
      [{"introduced":"0"},{"fixed":"1:18.1-1.module_el8.7.0+1+2"}]}]},
    {"package":{"ecosystem":"AlmaLinux:8","name":"plain"},"ranges":[{"type":"ECOSYSTEM","events":
      [{"introduced":"0"},{"fixed":"1.0-1.el8"}]}]}]})");
  EXPECT_EQ(a.source, "osv:AlmaLinux");
  EXPECT_EQ(a.severity, model::Severity::kHigh);
  EXPECT_EQ(a.related.size(), 2U);
  ASSERT_EQ(a.affected.size(), 2U);
  EXPECT_EQ(a.affected[0].rpm_module, "nodejs:18");
  EXPECT_EQ(a.affected[1].rpm_module, "");
  EXPECT_EQ(a.affected[0].scheme, Scheme::kRpm);
}

TEST(Osv, UbuntuAndRedHat) {
  Advisory a =
      ReadOne(R"({"id":"UBUNTU-CVE-2023-1234","modified":"2024-01-02T00:00:00Z","upstream":["CVE-2023-1234"],
    "severity":[{"type":"Ubuntu","score":"low"}],"affected":[{"package":{"ecosystem":"Ubuntu:22.04:LTS","name":"x"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],"ecosystem_specific":{"ubuntu_priority":"medium"}}]})");
  EXPECT_EQ(a.aliases, std::vector<std::string>{"CVE-2023-1234"});
  EXPECT_TRUE(a.related.empty());
  EXPECT_EQ(a.severity, model::Severity::kLow);
  EXPECT_EQ(a.affected[0].severity, model::Severity::kMedium);
  a = ReadOne(
      R"({"id":"RHSA-2024:1","modified":"2024-01-02T00:00:00Z","upstream":["CVE-2023-1234"],"affected":[
    {"package":{"ecosystem":"Red Hat:enterprise_linux:9::appstream","name":"x"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"0:1-1.el9"}]}]}]})");
  EXPECT_EQ(a.affected[0].ecosystem, "Red Hat:enterprise_linux:9");
  EXPECT_EQ(a.related, std::vector<std::string>{"CVE-2023-1234"});
}

TEST(Osv, NoticesAreNegligible) {
  Advisory a =
      ReadOne(R"({"id":"RUSTSEC-2021-1","modified":"2024-01-02T00:00:00Z","affected":[{"package":{"ecosystem":
    "crates.io","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}],
    "database_specific":{"informational":"unmaintained"}}]})");
  EXPECT_EQ(a.affected[0].severity, model::Severity::kNegligible);
}

TEST(Osv, CountsWhatItCannotUse) {
  KeepingSink sink;
  auto stats =
      ReadOsvJson(R"([{"id":"A-1","modified":"2024-01-02T00:00:00Z","withdrawn":"2024-01-03T00:00:00Z",
      "affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]},
    {"id":"A-2"},{"modified":"2024-01-02T00:00:00Z"},7,{"id":"A 3","modified":"2024-01-02T00:00:00Z"},
    {"id":"A-4","modified":"2024-01-05T00:00:00Z","affected":"all of it"},
    {"id":"A-5","modified":"2024-01-04T00:00:00Z","affected":[{"ranges":[{"type":"GIT","events":[]}]}]},
    {"id":"ALBA-2020:1","modified":"2024-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"x"},
      "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1"}]}]}]}])",
                  sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->records, 8U);
  EXPECT_EQ(stats->malformed, 5U);
  EXPECT_EQ(stats->used, 1U);
  EXPECT_EQ(stats->first_error, "A-2: no modified date");
  EXPECT_EQ(stats->newest, "2024-01-04T00:00:00Z");
  ASSERT_EQ(sink.advisories.size(), 1U);
  EXPECT_TRUE(sink.advisories[0].withdrawn);
}

TEST(Osv, RefusesWhatIsNotJson) {
  KeepingSink sink;
  EXPECT_FALSE(ReadOsvJson("{\"id\":", sink));
  EXPECT_FALSE(ReadOsvJson("", sink));
  EXPECT_FALSE(ReadOsvJson(std::string(100'000, '['), sink));
}

std::string WriteZip(const std::string& path, const std::vector<std::pair<std::string, std::string>>& files) {
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  EXPECT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, text] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  return path;
}

TEST(OsvZip, CountsEveryMember) {
  std::string record = R"({"id":"A-1","modified":"2024-01-02T00:00:00Z",
    "affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]})";
  std::string path = testing::TempDir() + "weir_osv_" + std::to_string(::getpid()) + ".zip";
  WriteZip(path, {{"A-1.json", record}, {"bad.json", "{"}, {"README", "x"}, {"../up.json", record}});
  KeepingSink sink;
  auto stats = ReadOsvZip(path, sink);
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->records, 3U);
  EXPECT_EQ(stats->used, 2U);
  EXPECT_EQ(stats->malformed, 1U);
  EXPECT_TRUE(stats->first_error.starts_with("bad.json: ")) << stats->first_error;

  auto bytes = ReadFile(path, 1U << 20U);
  ASSERT_TRUE(bytes);
  ASSERT_TRUE(WriteFileAtomically(path, bytes->substr(0, bytes->size() / 2)));
  EXPECT_FALSE(ReadOsvZip(path, sink)) << "half an archive must not pass for a whole one";
  ASSERT_TRUE(WriteFileAtomically(path, "not a zip"));
  EXPECT_FALSE(ReadOsvZip(path, sink));
  ::unlink(path.c_str());
}

TEST(Ecosystem, EveryOneHasItsScheme) {
  const std::pair<std::string_view, Scheme> cases[] = {
      {"Debian:12", Scheme::kDeb},
      {"Ubuntu:Pro:18.04:LTS", Scheme::kDeb},
      {"Alpine:v3.18", Scheme::kApk},
      {"Wolfi", Scheme::kApk},
      {"Chainguard", Scheme::kApk},
      {"AlmaLinux:9", Scheme::kRpm},
      {"Rocky Linux:9", Scheme::kRpm},
      {"openSUSE:Leap 15.5", Scheme::kRpm},
      {"npm", Scheme::kNpm},
      {"PyPI", Scheme::kPep440},
      {"Maven", Scheme::kMaven},
      {"Go", Scheme::kGo},
      {"crates.io", Scheme::kSemver},
      {"RubyGems", Scheme::kGem},
      {"NuGet", Scheme::kNuget},
      {"Packagist", Scheme::kComposer},
      {"Hex", Scheme::kSemver},
      {"GitHub Actions", Scheme::kSemver},
      {"Root:Alpine:3.18", Scheme::kApk},
      {"CPE", Scheme::kFuzzy},
      {"Azure Linux:3", Scheme::kRpm},
  };
  for (const auto& [name, scheme] : cases) EXPECT_EQ(SchemeOfEcosystem(name), scheme) << name;
  EXPECT_FALSE(SchemeOfEcosystem("Debians:12"));
  EXPECT_EQ(NormalizePackageName("PyPI", "Zope._.Interface"), "zope-interface");
  EXPECT_EQ(NormalizePackageName("NuGet", "Newtonsoft.Json"), "newtonsoft.json");
  EXPECT_EQ(NormalizePackageName("npm", "JSONStream"), "JSONStream");
}

}  // namespace
}  // namespace weir::advisory
