#include "advisory/index.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "advisory/index_format.h"
#include "base/file.h"
#include "base/hash.h"

namespace weir::advisory {
namespace {

AffectedPackage Package(std::string ecosystem, std::string name, Scheme scheme,
                        std::vector<VersionRange> ranges) {
  AffectedPackage out;
  out.ecosystem = std::move(ecosystem);
  out.name = std::move(name);
  out.scheme = scheme;
  out.ranges = std::move(ranges);
  return out;
}

Advisory Log4Shell() {
  Advisory out;
  out.id = "GHSA-jfh8-c2jp-5v3q";
  out.aliases = {"CVE-2021-44228"};
  out.source = "osv:Maven";
  out.summary = "Remote code injection in Log4j";
  out.published = "2021-12-10T00:40:56Z";
  out.cvss = {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"};
  out.cwes = {"CWE-502", "CWE-917"};
  out.references = {"https://logging.apache.org/log4j/2.x/security.html"};
  out.affected = {Package("Maven", "org.apache.logging.log4j:log4j-core", Scheme::kMaven,
                          {{"2.13.0", "2.15.0", "", false}, {"2.4", "2.12.2", "", false}})};
  return out;
}

struct Built {
  std::string bytes;
  std::shared_ptr<const Index> index;
};

Built Build(const std::vector<Advisory>& advisories, const std::vector<KevEntry>& kev = {},
            const std::vector<EpssEntry>& epss = {}) {
  IndexBuilder builder;
  for (const Advisory& advisory : advisories) builder.Add(advisory);
  for (const KevEntry& entry : kev) builder.Add(entry);
  for (const EpssEntry& entry : epss) builder.Add(entry);
  Built out;
  Result<std::string> bytes = builder.Finish();
  EXPECT_TRUE(bytes) << bytes.error().message;
  out.bytes = std::move(*bytes);
  Result<std::shared_ptr<const Index>> index = Index::FromMemory(out.bytes);
  EXPECT_TRUE(index) << index.error().message;
  if (index) out.index = *index;
  return out;
}

/// Whether any record of the package holds the version; RANGE gets the text of the last that does.
bool Affected(const Index& index, std::string_view ecosystem, std::string_view name, std::string_view version,
              std::string* range = nullptr, std::vector<std::string>* fixed = nullptr) {
  bool hit = false;
  index.ForEach(ecosystem, name, [&](const AffectedView& view) {
    Result<std::string> key = EncodeVersion(view.scheme, version);
    hit |= index.Affects(view, version, key ? *key : "", range, fixed);
  });
  return hit;
}

TEST(Index, FindsRangesByPackage) {
  Built built = Build({Log4Shell()});
  constexpr std::string_view kName = "org.apache.logging.log4j:log4j-core";
  std::string range;
  std::vector<std::string> fixed;
  EXPECT_TRUE(Affected(*built.index, "Maven", kName, "2.14.1", &range, &fixed));
  EXPECT_EQ(range, ">= 2.13.0, < 2.15.0");
  EXPECT_EQ(fixed, std::vector<std::string>{"2.15.0"});
  EXPECT_TRUE(Affected(*built.index, "Maven", kName, "2.4"));
  EXPECT_FALSE(Affected(*built.index, "Maven", kName, "2.12.2"));
  EXPECT_FALSE(Affected(*built.index, "Maven", kName, "2.15.0"));
  EXPECT_FALSE(Affected(*built.index, "Maven", kName, "2.3"));
  EXPECT_FALSE(Affected(*built.index, "npm", kName, "2.14.1"));
  EXPECT_FALSE(Affected(*built.index, "Maven", "log4j-core", "2.14.1"));
}

TEST(Index, JoinsExploitation) {
  Built built =
      Build({Log4Shell()}, {{"CVE-2021-44228", "2021-12-10", true}, {"CVE-1999-0001", "2022-01-01", false}},
            {{"CVE-2021-44228", 0.5F, 0.9F}, {"CVE-2021-44228", 0.94F, 0.99F}});
  for (std::string_view id : {"CVE-2021-44228", "ghsa-JFH8-c2jp-5v3q", "cve-2021-44228"}) {
    std::vector<std::uint32_t> found = built.index->FindById(id);
    ASSERT_EQ(found.size(), 1U) << id;
    model::Vulnerability vulnerability = built.index->GetVulnerability(found[0]);
    EXPECT_EQ(vulnerability.id, "GHSA-jfh8-c2jp-5v3q");
    EXPECT_EQ(vulnerability.aliases, std::vector<std::string>{"CVE-2021-44228"});
    EXPECT_TRUE(vulnerability.known_exploited);
    EXPECT_TRUE(vulnerability.ransomware);
    EXPECT_EQ(vulnerability.known_exploited_since, "2021-12-10");
    ASSERT_TRUE(vulnerability.epss);
    EXPECT_FLOAT_EQ(static_cast<float>(*vulnerability.epss), 0.94F);
    EXPECT_EQ(vulnerability.severity, model::Severity::kCritical);
    ASSERT_EQ(vulnerability.cvss.size(), 1U);
    EXPECT_EQ(vulnerability.cwes.size(), 2U);
  }
  EXPECT_TRUE(built.index->FindById("CVE-2021-44229").empty());
  std::uint64_t rows = 0;
  built.index->ForEachAffectedOf(0, [&](const AffectedView& view) {
    ++rows;
    EXPECT_EQ(view.ecosystem, "Maven");
  });
  EXPECT_EQ(rows, 1U);
}

TEST(Index, LaterRecordOfSameSourceReplaces) {
  Advisory newer = Log4Shell();
  newer.affected[0].ranges = {{"2.0", "2.17.1", "", false}};
  Advisory other = Log4Shell();
  other.source = "starter";
  Built built = Build({Log4Shell(), other, newer});
  EXPECT_EQ(built.index->advisory_count(), 2U);
  EXPECT_TRUE(Affected(*built.index, "Maven", "org.apache.logging.log4j:log4j-core", "2.16.0"));
  Advisory gone = Log4Shell();
  gone.withdrawn = true;
  EXPECT_EQ(Build({Log4Shell(), gone}).index->advisory_count(), 0U);
}

TEST(Index, UnreadableBoundNeverMatches) {
  Advisory advisory;
  advisory.id = "X-1";
  advisory.source = "test";
  advisory.affected = {Package("npm", "a", Scheme::kNpm, {{"", "not a version", "", false}}),
                       Package("npm", "b", Scheme::kNpm, {{"", "??", "", false}, {"", "1.2.3", "", false}})};
  IndexBuilder builder;
  builder.Add(advisory);
  EXPECT_EQ(builder.unreadable_versions(), 2U);
  ASSERT_EQ(builder.unreadable_examples().size(), 2U);
  EXPECT_EQ(builder.unreadable_examples()[0], "test: X-1: not a version");
  std::string bytes = *builder.Finish();
  auto index = *Index::FromMemory(bytes);
  EXPECT_EQ(index->unreadable_versions(), 2U);
  EXPECT_FALSE(Affected(*index, "npm", "a", "1.0.0"));
  EXPECT_TRUE(Affected(*index, "npm", "b", "1.0.0"));
  EXPECT_FALSE(Affected(*index, "npm", "b", "1.2.3"));
}

TEST(Index, VersionListsBesideRanges) {
  Advisory advisory;
  advisory.id = "PYSEC-1";
  advisory.source = "osv:PyPI";
  AffectedPackage package = Package("PyPI", "Some_Package", Scheme::kPep440, {{"1.0", "2.0", "", false}});
  package.versions = {"1.1", "1.5", "0.9", "3.0.0", "2004d-weird"};
  advisory.affected = {package};
  Built built = Build({advisory});
  for (std::string_view version : {"1.1", "1.7", "0.9", "0.9.0", "3.0", "2004d-weird"})
    EXPECT_TRUE(Affected(*built.index, "PyPI", "some-package", version)) << version;
  for (std::string_view version : {"2.0", "0.8", "3.1", "2004e-weird"})
    EXPECT_FALSE(Affected(*built.index, "PyPI", "some-package", version)) << version;
  std::string range;
  std::vector<std::string> fixed;
  EXPECT_TRUE(Affected(*built.index, "PyPI", "some.package", "0.9", &range, &fixed));
  EXPECT_EQ(range, "= 0.9");
  EXPECT_EQ(fixed, std::vector<std::string>{"2.0"});
}

TEST(Index, BoundsOfRanges) {
  Advisory advisory;
  advisory.id = "X-2";
  advisory.source = "test";
  advisory.affected = {Package("npm", "last", Scheme::kNpm, {{"1.0.0", "", "1.5.0", false}}),
                       Package("npm", "open", Scheme::kNpm, {{"0", "", "", false}}),
                       Package("npm", "excl", Scheme::kNpm, {{"1.0.0", "2.0.0", "", true}}),
                       Package("npm", "none", Scheme::kNpm, {}),
                       Package("Alpine:v3.18", "nak", Scheme::kApk, {{"", "0", "", false}})};
  Built built = Build({advisory});
  const Index& index = *built.index;
  EXPECT_TRUE(Affected(index, "npm", "last", "1.5.0"));
  EXPECT_FALSE(Affected(index, "npm", "last", "1.5.1"));
  EXPECT_TRUE(Affected(index, "npm", "open", "99.0.0"));
  EXPECT_FALSE(Affected(index, "npm", "excl", "1.0.0"));
  EXPECT_TRUE(Affected(index, "npm", "excl", "1.0.1"));
  EXPECT_FALSE(Affected(index, "npm", "none", "1.0.0"));
  int naks = 0;
  index.ForEach("Alpine:v3.18", "nak", [&](const AffectedView& view) { naks += view.unaffected ? 1 : 0; });
  EXPECT_EQ(naks, 1);
}

TEST(Index, ModuleRebuildsCountOnce) {
  Advisory advisory;
  advisory.id = "ALSA-2020:0001";
  advisory.source = "osv:AlmaLinux:8";
  advisory.summary = "Important: nodejs:14 security update";
  for (std::string_view build : {"8.6.0+3261+490666b3", "8.3.0+2053+ac338b6d", "8.4.0+2266+ac338b6d"})
    advisory.affected.push_back(Package("AlmaLinux:8", "nodejs", Scheme::kRpm,
                                        {{"", "1:14.20.0-2.module_el" + std::string(build), "", false}}));
  Built built = Build({advisory});
  int rows = 0;
  built.index->ForEach("AlmaLinux:8", "nodejs", [&](const AffectedView& view) {
    ++rows;
    EXPECT_TRUE(view.modular_build);
    EXPECT_EQ(view.rpm_module, "nodejs:14");
  });
  EXPECT_EQ(rows, 1);
  EXPECT_FALSE(Affected(*built.index, "AlmaLinux:8", "nodejs", "1:14.20.0-2.module_el8.3.0+2053+ac338b6d"));
}

TEST(Index, SpellingsOfEcosystems) {
  Advisory advisory;
  advisory.id = "RHSA-1";
  advisory.source = "osv:Red Hat";
  advisory.affected = {
      Package("Red Hat:enterprise_linux:9::baseos", "bash", Scheme::kRpm, {{"", "0:5.1.8-7.el9", "", false}}),
      Package("Red Hat:enterprise_linux:9::appstream", "bash", Scheme::kRpm,
              {{"", "0:5.1.8-7.el9", "", false}}),
      Package("Red Hat:rhel_eus:9.0::baseos", "bash", Scheme::kRpm, {{"", "0:5.1.8-6.el9_0", "", false}}),
      Package("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "bash", Scheme::kRpm,
              {{"", "4.4-1", "", false}})};
  Built built = Build({advisory});
  int rows = 0;
  built.index->ForEach("Red Hat:9", "bash", [&](const AffectedView&) { ++rows; });
  EXPECT_EQ(rows, 1) << "two products that say the same";
  EXPECT_TRUE(built.index->HasEcosystem("SUSE:15.5"));
  EXPECT_TRUE(built.index->HasEcosystem("Red Hat:rhel_eus:9.0::baseos"));
  auto all = built.index->ecosystems();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].first, "Red Hat:9");
  EXPECT_EQ(all[0].second, std::vector<std::string>{"osv:Red Hat"});
}

TEST(Index, KeepsGoImports) {
  Advisory advisory;
  advisory.id = "GO-2022-0001";
  advisory.source = "osv:Go";
  AffectedPackage package = Package("Go", "golang.org/x/net", Scheme::kGo, {{"", "0.7.0", "", false}});
  package.go_imports = {{"golang.org/x/net/http2", {"Server.ServeConn", "Transport.RoundTrip"}},
                        {"golang.org/x/net/html", {}}};
  advisory.affected = {package};
  Built built = Build({advisory});
  int rows = 0;
  built.index->ForEach("Go", "golang.org/x/net", [&](const AffectedView& view) {
    ++rows;
    EXPECT_TRUE(view.has_go_imports);
    std::vector<GoImport> imports = built.index->GoImports(view);
    ASSERT_EQ(imports.size(), 2U);
    EXPECT_EQ(imports[0].path, "golang.org/x/net/http2");
    EXPECT_EQ(imports[0].symbols.size(), 2U);
    EXPECT_TRUE(imports[1].symbols.empty());
  });
  EXPECT_EQ(rows, 1);
}

/// Many packages, so that hash tables have collisions and several ecosystems.
std::vector<Advisory> Many(int count) {
  std::vector<Advisory> out;
  for (int i = 0; i < count; ++i) {
    Advisory advisory;
    advisory.id = "CVE-2020-" + std::to_string(10000 + i);
    advisory.source = i % 3 == 0 ? "osv:Debian" : "debian-tracker";
    for (const char* release : {"Debian:11", "Debian:12"})
      advisory.affected.push_back(Package(release, "package-" + std::to_string(i % 701), Scheme::kDeb,
                                          {{"", "1." + std::to_string(i) + "-1", "", false}}));
    out.push_back(std::move(advisory));
  }
  return out;
}

TEST(Index, EveryNameIsFoundAndTheFileIsReproducible) {
  std::vector<Advisory> advisories = Many(3000);
  Built built = Build(advisories), again = Build(advisories);
  EXPECT_EQ(built.bytes, again.bytes);
  for (int i = 0; i < 701; ++i) {
    int rows = 0;
    built.index->ForEach("Debian:12", "package-" + std::to_string(i), [&](const AffectedView&) { ++rows; });
    EXPECT_EQ(rows, 3000 / 701 + (i < 3000 % 701 ? 1 : 0)) << i;
  }
  for (const Advisory& advisory : advisories)
    ASSERT_EQ(built.index->FindById(advisory.id).size(), 1U) << advisory.id;
}

TEST(Index, SourcesAndFile) {
  IndexBuilder builder;
  builder.AddSource({"osv:PyPI", "2024-01-01T00:00:00Z", "2023-12-31", 5, "https://example.org/all.zip"});
  builder.AddSource({"kev", "2024-01-01T00:00:00Z", "", 1, ""});
  builder.AddSource({"osv:PyPI", "2024-02-01T00:00:00Z", "2024-01-31", 6, ""});
  builder.Add(Log4Shell());
  std::string path = ::testing::TempDir() + "/weir_index_test.idx";
  ASSERT_TRUE(WriteFileAtomically(path, *builder.Finish()));
  Result<std::shared_ptr<const Index>> index = Index::Open(path);
  ASSERT_TRUE(index) << index.error().message;
  ASSERT_EQ((*index)->sources().size(), 2U);
  EXPECT_EQ((*index)->sources()[1].records, 6U);
  EXPECT_TRUE(Affected(**index, "Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"));
  (*index)->ReleasePages();
  EXPECT_TRUE(Affected(**index, "Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"));
  std::filesystem::remove(path);
  EXPECT_FALSE(Index::Open(path));
}

void TouchEverything(const Index& index) {
  for (const auto& [ecosystem, sources] : index.ecosystems())
    index.ForEach(ecosystem, "package-1", [](const auto&) {});
  for (std::uint32_t i = 0; i < std::min<std::uint64_t>(index.advisory_count(), 300); ++i) {
    model::Vulnerability vulnerability = index.GetVulnerability(i);
    index.FindById(vulnerability.id);
    index.ForEachAffectedOf(i, [&](const AffectedView& view) {
      std::string range;
      std::vector<std::string> fixed;
      index.Affects(view, "1.0", "\x01", &range, &fixed);
      index.GoImports(view);
    });
  }
}

TEST(Index, DamageGivesErrorsNotCrashes) {
  std::string good = Build(Many(40)).bytes;
  EXPECT_FALSE(Index::FromMemory(""));
  EXPECT_FALSE(Index::FromMemory(std::string_view(good).substr(0, 100)));
  EXPECT_FALSE(Index::FromMemory(std::string_view(good).substr(0, good.size() - 1)));
  std::string newer = good;
  newer[8] = 2;
  Result<std::shared_ptr<const Index>> unsupported = Index::FromMemory(newer);
  ASSERT_FALSE(unsupported);
  EXPECT_EQ(unsupported.error().code, Code::kUnsupported);
  for (std::size_t i = 0; i < sizeof(format::Header); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x40);
    EXPECT_FALSE(Index::FromMemory(bad)) << i;
  }
  std::uint64_t seed = 1;
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    for (int i = 0; i < 40; ++i) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      bad[sizeof(format::Header) + (seed >> 16U) % (bad.size() - sizeof(format::Header))] =
          static_cast<char>(seed >> 56U);
    }
    Result<std::shared_ptr<const Index>> index = Index::FromMemory(bad);
    ASSERT_TRUE(index);
    TouchEverything(**index);
  }
}

}  // namespace
}  // namespace weir::advisory
