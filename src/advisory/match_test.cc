#include "advisory/match.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::Finding;
using model::FixState;
using model::Package;
using model::PackageType;
using model::Severity;

AffectedPackage Range(std::string ecosystem, std::string name, Scheme scheme, std::string introduced,
                      std::string fixed) {
  AffectedPackage out;
  out.ecosystem = std::move(ecosystem);
  out.name = std::move(name);
  out.scheme = scheme;
  VersionRange range;
  range.introduced = std::move(introduced);
  range.fixed = std::move(fixed);
  out.ranges = {range};
  return out;
}

AffectedPackage Deb(std::string name, std::string fixed, std::string ecosystem = "Debian:12") {
  return Range(std::move(ecosystem), std::move(name), Scheme::kDeb, "", std::move(fixed));
}

AffectedPackage Rpm(std::string ecosystem, std::string name, std::string fixed) {
  return Range(std::move(ecosystem), std::move(name), Scheme::kRpm, "", std::move(fixed));
}

Advisory Make(std::string id, std::string source, std::vector<AffectedPackage> affected,
              std::vector<std::string> aliases = {}, std::vector<std::string> related = {}) {
  Advisory out;
  out.id = std::move(id);
  out.source = std::move(source);
  out.affected = std::move(affected);
  out.aliases = std::move(aliases);
  out.related = std::move(related);
  return out;
}

Package Installed(PackageType type, std::string name, std::string version) {
  Package out;
  out.type = type;
  out.name = std::move(name);
  out.version = std::move(version);
  out.locations = {{"somewhere/" + out.name, ""}};
  return out;
}

Package FromSource(Package package, std::string source, std::string version = "") {
  package.source_name = std::move(source);
  package.source_version = std::move(version);
  return package;
}

class MatchTest : public ::testing::Test {
 protected:
  void Distro(std::string id, std::string version) {
    sbom_.distro.id = std::move(id);
    sbom_.distro.version_id = std::move(version);
  }
  std::string Add(Package package) {
    package.id = model::ComputePackageId(package);
    sbom_.packages.push_back(package);
    return package.id;
  }
  void Know(Advisory advisory) { builder_.Add(advisory); }

  const std::vector<Finding>& Run(const MatchOptions& options = {}) {
    Result<std::string> bytes = builder_.Finish();
    EXPECT_TRUE(bytes);
    bytes_ = std::move(*bytes);
    Result<std::shared_ptr<const Index>> index = Index::FromMemory(bytes_);
    EXPECT_TRUE(index);
    if (index) result_ = Match(sbom_, **index, options);
    return result_.findings;
  }

  /// "id package" of each finding that is open.
  std::vector<std::string> Open(const MatchOptions& options = {}) {
    std::vector<std::string> out;
    for (const Finding& finding : Run(options))
      if (finding.status == model::FindingStatus::kOpen)
        out.push_back(finding.vulnerability.id + " " + finding.package_name);
    return out;
  }

  using Names = std::vector<std::string>;
  IndexBuilder builder_;
  model::Sbom sbom_;
  std::string bytes_;
  MatchResult result_;
};

TEST_F(MatchTest, DpkgGoesBySourceAndItsVersion) {
  Distro("debian", "12");
  Know(Make("CVE-2023-5678", "debian-tracker", {Deb("openssl", "3.0.13-1~deb12u1")}));
  Know(Make("CVE-2023-0001", "debian-tracker", {Deb("gcc-defaults", "1.204")}));
  Add(FromSource(Installed(PackageType::kDeb, "libssl3", "3.0.11-1~deb12u2"), "openssl"));
  Add(FromSource(Installed(PackageType::kDeb, "openssl", "3.0.13-1~deb12u1"), ""));
  // A rebuild's own version says nothing, its source's does.
  Add(FromSource(Installed(PackageType::kDeb, "gcc", "4:12.2.0-3"), "gcc-defaults", "1.203"));
  Add(FromSource(Installed(PackageType::kDeb, "g++", "4:12.2.0-3+b1"), "gcc-defaults", "1.204"));
  EXPECT_EQ(Open(), (Names{"CVE-2023-0001 gcc", "CVE-2023-5678 libssl3"}));
  const Finding& finding = result_.findings[1];
  EXPECT_EQ(finding.match, model::MatchKind::kIndirect);
  EXPECT_EQ(finding.matched_name, "openssl");
  EXPECT_EQ(finding.matched_ecosystem, "Debian:12");
  EXPECT_EQ(finding.affected_range, "< 3.0.13-1~deb12u1");
  EXPECT_EQ(finding.fix_state, FixState::kFixed);
  EXPECT_EQ(finding.fixed_versions, Names{"3.0.13-1~deb12u1"});
}

TEST_F(MatchTest, UnfixedIsReportedAsNotFixed) {
  Distro("debian", "12");
  AffectedPackage open = Deb("zlib", "");
  AffectedPackage ignored = Deb("zlib", "");
  ignored.fix_state = FixState::kWontFix;
  Know(Make("CVE-2023-45853", "debian-tracker", {ignored}));
  Know(Make("CVE-2023-45854", "debian-tracker", {open}));
  Add(FromSource(Installed(PackageType::kDeb, "zlib1g", "1:1.2.13.dfsg-1"), "zlib"));
  Run();
  ASSERT_EQ(result_.findings.size(), 2U);
  EXPECT_EQ(result_.findings[0].fix_state, FixState::kWontFix);
  EXPECT_EQ(result_.findings[1].fix_state, FixState::kNotFixed);
  EXPECT_EQ(result_.findings[1].affected_range, "all versions");
}

TEST_F(MatchTest, AdvisoryOfSeveralCvesIsOneFindingEach) {
  Distro("debian", "12");
  Know(Make("DSA-5500-1", "osv:Debian", {Deb("curl", "7.88.1-10+deb12u4")}, {},
            {"CVE-2023-38545", "CVE-2023-38546"}));
  AffectedPackage word = Deb("curl", "7.88.1-10+deb12u4");
  word.severity = Severity::kLow;
  Know(Make("CVE-2023-38546", "debian-tracker", {word}));
  Add(Installed(PackageType::kDeb, "curl", "7.88.1-10+deb12u1"));
  EXPECT_EQ(Open(), (Names{"CVE-2023-38545 curl", "CVE-2023-38546 curl"}));
  EXPECT_EQ(result_.findings[0].vulnerability.aliases, Names{"DSA-5500-1"});
  EXPECT_EQ(result_.findings[1].vulnerability.aliases, Names{"DSA-5500-1"});
  EXPECT_EQ(result_.findings[1].vulnerability.source, "debian-tracker");
  EXPECT_EQ(result_.findings[1].vulnerability.severity, Severity::kLow);
  EXPECT_EQ(result_.findings[1].vulnerability.severity_source, "debian-tracker");
}

TEST_F(MatchTest, RecordOfTheCveOverrulesTheBulkAdvisory) {
  Distro("debian", "12");
  Know(
      Make("DSA-1-2", "osv:Debian", {Deb("curl", "7.90-1")}, {}, {"CVE-2023-1", "CVE-2023-2", "CVE-2023-3"}));
  Know(Make("CVE-2023-1", "debian-tracker", {Deb("curl", "7.80-1")}));  // fixed long ago
  AffectedPackage never = Deb("curl", "");
  never.unaffected = true;
  never.ranges.clear();
  Know(Make("CVE-2023-2", "debian-tracker", {never}));
  Add(Installed(PackageType::kDeb, "curl", "7.88-1"));
  EXPECT_EQ(Open(), Names{"CVE-2023-3 curl"});
}

TEST_F(MatchTest, ExploitationIsThatOfTheOneCve) {
  Distro("debian", "12");
  Know(Make("DSA-1-1", "osv:Debian", {Deb("curl", "7.90-1")}, {}, {"CVE-2023-1", "CVE-2023-2"}));
  builder_.Add(KevEntry{"CVE-2023-2", "2023-05-05", false});
  Add(Installed(PackageType::kDeb, "curl", "7.88-1"));
  Run();
  ASSERT_EQ(result_.findings.size(), 2U);
  EXPECT_FALSE(result_.findings[0].vulnerability.known_exploited);
  EXPECT_TRUE(result_.findings[1].vulnerability.known_exploited);
}

TEST_F(MatchTest, KernelHeadersAreNotTheKernel) {
  Distro("debian", "12");
  Know(Make("CVE-2023-9", "debian-tracker", {Deb("linux", "6.1.99-1")}));
  Add(FromSource(Installed(PackageType::kDeb, "linux-libc-dev", "6.1.90-1"), "linux"));
  Add(FromSource(Installed(PackageType::kDeb, "linux-headers-6.1.0-21-amd64", "6.1.90-1"), "linux"));
  Add(FromSource(Installed(PackageType::kDeb, "linux-kbuild-6.1", "6.1.90-1"), "linux"));
  Add(FromSource(Installed(PackageType::kDeb, "linux-image-6.1.0-21-amd64", "6.1.90-1"), "linux-signed-amd64",
                 "6.1.90+1"));
  EXPECT_EQ(Open(), Names{"CVE-2023-9 linux-image-6.1.0-21-amd64"});
}

TEST_F(MatchTest, UbuntuProSpeaksWhereTheMainStreamIsSilent) {
  Distro("ubuntu", "20.04");
  constexpr const char* kMain = "Ubuntu:20.04:LTS";
  constexpr const char* kPro = "Ubuntu:Pro:20.04:LTS";
  Know(Make("UBUNTU-CVE-2024-1", "osv:Ubuntu",
            {Deb("vim", "", kMain), Deb("vim", "2:8.1-1ubuntu1+esm2", kPro)}, {}, {"CVE-2024-1"}));
  Know(
      Make("UBUNTU-CVE-2024-2", "osv:Ubuntu", {Deb("vim", "2:8.1-1ubuntu1+esm2", kPro)}, {}, {"CVE-2024-2"}));
  Know(Make("UBUNTU-CVE-2024-3", "osv:Ubuntu",
            {Deb("vim", "2:8.1-1ubuntu0", kMain), Deb("vim", "2:8.1-9", kPro)}, {}, {"CVE-2024-3"}));
  Add(Installed(PackageType::kDeb, "vim", "2:8.1-1ubuntu1"));
  EXPECT_EQ(Open(), (Names{"CVE-2024-1 vim", "CVE-2024-2 vim"}));
  EXPECT_EQ(result_.findings[0].fix_state, FixState::kNotFixed);
  EXPECT_EQ(result_.findings[1].fixed_versions, Names{"2:8.1-1ubuntu1+esm2"});
  EXPECT_EQ(result_.findings[0].vulnerability.aliases, Names{"UBUNTU-CVE-2024-1"});
  // A machine with the paid stream has its fixes.
  Know(Make("UBUNTU-CVE-2024-1", "osv:Ubuntu",
            {Deb("vim", "", kMain), Deb("vim", "2:8.1-1ubuntu1+esm2", kPro)}, {}, {"CVE-2024-1"}));
  sbom_.packages.clear();
  Add(Installed(PackageType::kDeb, "vim", "2:8.1-1ubuntu1+esm2"));
  EXPECT_EQ(Open(), Names{});
}

TEST_F(MatchTest, ApkByOriginAndNeverAffected) {
  Distro("alpine", "3.18.4");
  auto apk = [](std::string fixed) {
    return Range("Alpine:v3.18", "openssl", Scheme::kApk, "", std::move(fixed));
  };
  Know(Make("CVE-2023-5363", "alpine-secdb", {apk("3.1.4-r0")}));
  Know(Make("CVE-2023-7777", "alpine-secdb", {apk("0")}));
  AffectedPackage cpe = Range("CPE", "openssl:openssl", Scheme::kFuzzy, "3.1", "3.1.9");
  for (std::string cve : {"CVE-2023-5363", "CVE-2023-7777", "CVE-2023-8888"}) Know(Make(cve, "nvd", {cpe}));
  Package package = FromSource(Installed(PackageType::kApk, "libcrypto3", "3.1.3-r0"), "openssl");
  package.cpes = {"cpe:2.3:a:openssl:openssl:3.1.3:*:*:*:*:*:*:*"};
  Add(package);
  EXPECT_EQ(Open(), (Names{"CVE-2023-5363 libcrypto3", "CVE-2023-8888 libcrypto3"}));
  EXPECT_EQ(result_.findings[0].match, model::MatchKind::kIndirect);
  EXPECT_EQ(result_.findings[1].match, model::MatchKind::kCpe);
  EXPECT_TRUE(result_.findings[1].fixed_versions.empty()) << "upstream's fix is not the distribution's";
}

TEST_F(MatchTest, RpmModulesMustAgree) {
  Distro("almalinux", "8.9");
  Advisory advisory = Make("ALSA-2022:0350", "osv:AlmaLinux:8",
                           {Rpm("AlmaLinux:8", "nodejs", "1:14.18.2-2.module_el8.6.0+2904+f11e20b2")}, {},
                           {"CVE-2021-44531"});
  advisory.summary = "Moderate: nodejs:14 security, bug fix, and enhancement update";
  Know(advisory);
  auto node = [](std::string version, std::string module, bool known = true) {
    Package out = Installed(PackageType::kRpm, "nodejs", std::move(version));
    out.locations[0].path = out.version;
    out.module = std::move(module);
    out.module_known = known;
    return out;
  };
  Add(node("1:12.22.5-1.module_el8.4.0+1+a", "nodejs:12:8040:1"));
  Add(node("1:14.16.0-1.module_el8.4.0+1+b", "nodejs:14:8040:1"));
  Add(node("1:14.16.0-2.el8", ""));
  Add(node("1:14.16.0-3.module_el8.4.0+1+b", "", false));
  Run();
  Names versions;
  for (const Finding& finding : result_.findings) versions.push_back(finding.package_version);
  EXPECT_EQ(versions, (Names{"1:14.16.0-1.module_el8.4.0+1+b", "1:14.16.0-3.module_el8.4.0+1+b"}));
}

TEST_F(MatchTest, RpmEpochSourceAndFamily) {
  Distro("centos", "9");
  Know(Make("RHSA-2023:1", "osv:Red Hat",
            {Rpm("Red Hat:enterprise_linux:9::baseos", "openssl-libs", "1:3.0.7-6.el9_2")}, {},
            {"CVE-2023-0286"}));
  Know(Make("RHSA-2023:2", "osv:Red Hat",
            {Rpm("Red Hat:enterprise_linux:9::appstream", "bash", "0:5.1.8-7.el9")}, {}, {"CVE-2023-2"}));
  Know(Make("RHBA-2023:3", "osv:Red Hat",
            {Rpm("Red Hat:enterprise_linux:9::appstream", "bash", "0:9-1.el9")}));
  Add(Installed(PackageType::kRpm, "openssl-libs", "1:3.0.7-2.el9"));
  Add(Installed(PackageType::kRpm, "bash", "5.1.8-6.el9"));
  Package other = Installed(PackageType::kRpm, "openssl-libs", "1:3.0.1-1");
  other.locations[0].path = "other";
  other.vendor = "Example Corp";
  Add(other);
  EXPECT_EQ(Open(), (Names{"CVE-2023-0286 openssl-libs", "CVE-2023-2 bash"}));
  EXPECT_EQ(result_.findings[0].vulnerability.aliases, Names{"RHSA-2023:1"});
  ASSERT_EQ(result_.problems.size(), 1U);
  EXPECT_NE(result_.problems[0].message.find("Example Corp"), std::string::npos);
  EXPECT_EQ(result_.problems[0].count, 1U);
}

TEST_F(MatchTest, LanguagePackagesMergeAliases) {
  auto jinja = [](std::string fixed) {
    return Range("PyPI", "jinja2", Scheme::kPep440, "", std::move(fixed));
  };
  Know(Make("GHSA-h5c8-rqwp-cp95", "osv:PyPI", {jinja("3.1.3")}, {"CVE-2024-22195"}));
  Know(Make("PYSEC-2024-1", "osv:PyPI", {jinja("3.1.3")}, {"CVE-2024-22195", "GHSA-h5c8-rqwp-cp95"}));
  Know(Make("GHSA-other", "osv:PyPI", {jinja("3.1.4")}, {}, {"CVE-2024-22195"}));
  Add(Installed(PackageType::kPypi, "jinja2", "3.1.2"));
  EXPECT_EQ(Open(), (Names{"GHSA-h5c8-rqwp-cp95 jinja2", "GHSA-other jinja2"}));
  EXPECT_EQ(result_.findings[0].vulnerability.aliases, (Names{"CVE-2024-22195", "PYSEC-2024-1"}));
  EXPECT_EQ(result_.findings[0].fixed_versions, Names{"3.1.3"});
  EXPECT_TRUE(result_.findings[1].vulnerability.aliases.empty()) << "related is not the same";

  Know(Make("GHSA-h5c8-rqwp-cp95", "osv:PyPI", {jinja("3.1.3")}, {"CVE-2024-22195"}));
  MatchOptions by_cve;
  by_cve.by_cve = true;
  EXPECT_EQ(Open(by_cve), Names{"CVE-2024-22195 jinja2"});
  EXPECT_EQ(result_.findings[0].vulnerability.aliases, Names{"GHSA-h5c8-rqwp-cp95"});
}

TEST_F(MatchTest, LocalBuildsAreTheirPublicVersion) {
  AffectedPackage last = Range("PyPI", "torch", Scheme::kPep440, "", "");
  last.ranges[0].last_affected = "2.1.0";
  AffectedPackage local = Range("PyPI", "torch", Scheme::kPep440, "2.1.0+cu121", "2.1.0+cu130");
  Know(Make("GHSA-last", "osv:PyPI", {last}));
  Know(Make("GHSA-local", "osv:PyPI", {local}));
  Add(Installed(PackageType::kPypi, "torch", "2.1.0+cu118"));
  EXPECT_EQ(Open(), Names{"GHSA-last torch"});
}

TEST_F(MatchTest, GoNeedsAVulnerableSymbolWhereItCanTell) {
  AffectedPackage net = Range("Go", "golang.org/x/net", Scheme::kGo, "", "0.7.0");
  net.go_imports = {{"golang.org/x/net/http2", {"Server.ServeConn"}}};
  Know(Make("GO-2023-1571", "osv:Go", {net}, {"CVE-2022-41723", "GHSA-vvpx-j8f3-3w6h"}));
  Know(Make("GHSA-vvpx-j8f3-3w6h", "osv:Go", {Range("Go", "golang.org/x/net", Scheme::kGo, "", "0.7.0")},
            {"CVE-2022-41723"}));
  auto program = [](std::string path, std::vector<std::string> symbols) {
    Package out = Installed(PackageType::kGolang, "golang.org/x/net", "v0.5.0");
    out.locations[0].path = std::move(path);
    auto hashes = std::make_shared<model::GoSymbols>();
    for (const std::string& symbol : symbols) hashes->push_back(Hash64(symbol));
    std::ranges::sort(*hashes);
    out.go_symbols = std::move(hashes);
    return out;
  };
  Add(program("a-uses", {"golang.org/x/net/http2.Server.ServeConn", "golang.org/x/net/http2.*"}));
  Add(program("b-other", {"golang.org/x/net/html.Parse", "golang.org/x/net/html.*"}));
  Package stripped = Installed(PackageType::kGolang, "golang.org/x/net", "v0.5.0");
  stripped.locations[0].path = "c-stripped";
  Add(stripped);
  Run();
  ASSERT_EQ(result_.findings.size(), 3U);
  EXPECT_EQ(result_.findings[0].vulnerability.id, "GO-2023-1571");
  EXPECT_EQ(result_.findings[0].status, model::FindingStatus::kOpen);
  EXPECT_EQ(result_.findings[1].status, model::FindingStatus::kNotAffected);
  EXPECT_NE(result_.findings[1].status_reason.find("GO-2023-1571"), std::string::npos);
  EXPECT_EQ(result_.findings[2].status, model::FindingStatus::kOpen);
}

TEST_F(MatchTest, GoMainModuleWithoutAVersion) {
  Know(Make("GO-1", "osv:Go", {Range("Go", "example.org/app", Scheme::kGo, "", "1.5.0")}));
  Know(Make("GO-2", "osv:Go", {Range("Go", "golang.org/x/crypto", Scheme::kGo, "", "0.17.0")}));
  Know(Make("GO-3", "osv:Go", {Range("Go", "stdlib", Scheme::kGo, "1.20.0", "1.20.5")}));
  Package main = Installed(PackageType::kGolang, "example.org/app", "v0.0.0-20230101000000-abcdefabcdef");
  main.properties = {{"go:main-package", "example.org/app/cmd"}};
  Add(main);
  Add(Installed(PackageType::kGolang, "example.org/app", "(devel)"));
  Add(Installed(PackageType::kGolang, "golang.org/x/crypto", "v0.0.0-20210921155107-089bfa567519"));
  Add(Installed(PackageType::kGolang, "stdlib", "1.20.4"));
  EXPECT_EQ(Open(), (Names{"GO-2 golang.org/x/crypto", "GO-3 stdlib"}));
}

TEST_F(MatchTest, NoCpeForLanguagePackages) {
  Know(Make("CVE-2020-1", "nvd", {Range("CPE", "redis:redis", Scheme::kFuzzy, "", "7.0.1")}));
  Package library = Installed(PackageType::kPypi, "redis", "4.0.0");
  library.cpes = {"cpe:2.3:a:redis:redis:4.0.0:*:*:*:*:*:*:*"};
  Add(library);
  Package server = Installed(PackageType::kBinary, "redis-server", "6.2.1");
  server.cpes = {"cpe:2.3:a:redis:redis:6.2.1:*:*:*:*:*:*:*"};
  Add(server);
  Package module = Installed(PackageType::kKernelModule, "redis", "1.0");
  module.cpes = server.cpes;
  Add(module);
  EXPECT_EQ(Open(), Names{"CVE-2020-1 redis-server"});
  EXPECT_EQ(result_.findings[0].match, model::MatchKind::kCpe);
}

TEST_F(MatchTest, CpeTargetSoftware) {
  AffectedPackage plugin = Range("CPE", "acme:forms", Scheme::kFuzzy, "", "2.0");
  plugin.cpe_target_software = "joomla";
  Know(Make("CVE-2020-2", "nvd", {plugin}));
  for (std::string target : {"*", "wordpress", "joomla"}) {
    Package package = Installed(PackageType::kBinary, "forms-" + target, "1.0");
    package.cpes = {"cpe:2.3:a:acme:forms:1.0:*:*:*:*:" + target + ":*:*"};
    Add(package);
  }
  EXPECT_EQ(Open(), Names{"CVE-2020-2 forms-joomla"});
}

TEST_F(MatchTest, OwnedPackagesAreTheOwnersAffair) {
  Distro("debian", "12");
  Know(Make("GHSA-1", "osv:PyPI", {Range("PyPI", "requests", Scheme::kPep440, "", "2.31.0")}));
  Know(Make("CVE-2020-9", "debian-tracker", {Deb("other", "1.0-1")}));
  Package owner = Installed(PackageType::kDeb, "python3-requests", "2.28.1+dfsg-1");
  std::string id = Add(owner);
  Package owned = Installed(PackageType::kPypi, "requests", "2.28.1");
  owned.owned_by = id;
  Add(owned);
  EXPECT_EQ(Open(), Names{});
  // Debian carries fixes back: without its advisories the upstream version is no better.
  Know(Make("GHSA-1", "osv:PyPI", {Range("PyPI", "requests", Scheme::kPep440, "", "2.31.0")}));
  EXPECT_EQ(Open(), Names{});
}

TEST_F(MatchTest, WithoutAnyAdvisoriesOfTheOwnerTheLibrarySpeaksForItself) {
  Distro("foolinux", "1");
  Know(Make("GHSA-1", "osv:PyPI", {Range("PyPI", "requests", Scheme::kPep440, "", "2.31.0")}));
  Package owned = Installed(PackageType::kPypi, "requests", "2.28.1");
  owned.owned_by = Add(Installed(PackageType::kDeb, "python3-requests", "2.28.1+dfsg-1"));
  Add(owned);
  EXPECT_EQ(Open(), Names{"GHSA-1 requests"});
  ASSERT_EQ(result_.problems.size(), 1U);
  EXPECT_EQ(result_.problems[0].code, Code::kNotFound);
}

TEST_F(MatchTest, StarterYieldsToTheFeeds) {
  auto log4j = [](std::string fixed) {
    return Range("Maven", "org.apache.logging.log4j:log4j-core", Scheme::kMaven, "2.0", std::move(fixed));
  };
  Know(Make("CVE-2021-44228", "starter", {log4j("2.17.1")}));
  Know(Make("GHSA-jfh8-c2jp-5v3q", "osv:Maven", {log4j("2.15.0")}, {"CVE-2021-44228"}));
  Add(Installed(PackageType::kMaven, "org.apache.logging.log4j:log4j-core", "2.14.0"));
  Add(Installed(PackageType::kMaven, "org.apache.logging.log4j:log4j-core", "2.16.0"));
  EXPECT_EQ(Open(), Names{"GHSA-jfh8-c2jp-5v3q org.apache.logging.log4j:log4j-core"});
  EXPECT_EQ(result_.findings[0].vulnerability.source, "osv:Maven");
}

TEST_F(MatchTest, UnreadableVersionsAreToldAndMatchNothing) {
  Know(Make("GHSA-1", "osv:npm", {Range("npm", "left-pad", Scheme::kNpm, "", "2.0.0")}));
  Add(Installed(PackageType::kNpm, "left-pad", "not a version"));
  Add(Installed(PackageType::kNpm, "left-pad", ""));
  Add(Installed(PackageType::kNpm, "right-pad", "neither"));
  EXPECT_EQ(Open(), Names{});
  ASSERT_EQ(result_.problems.size(), 2U);
  EXPECT_NE(result_.problems[0].message.find("left-pad"), std::string::npos);
}

TEST_F(MatchTest, BitnamiRevisionAndConda) {
  Know(Make("BIT-redis-2023-1", "osv:Bitnami", {Range("Bitnami", "redis", Scheme::kSemver, "7.0.0", "7.0.9")},
            {"CVE-2023-1"}));
  Know(Make("GHSA-np", "osv:PyPI", {Range("PyPI", "numpy", Scheme::kPep440, "", "9")}));
  Add(Installed(PackageType::kBitnami, "redis", "7.0.9-2"));
  Add(Installed(PackageType::kBitnami, "redis", "7.0.8-1"));
  Add(Installed(PackageType::kConda, "numpy", "1.0"));
  Run();
  ASSERT_EQ(result_.findings.size(), 1U);
  EXPECT_EQ(result_.findings[0].package_version, "7.0.8-1");
}

TEST_F(MatchTest, CoverageNamesWhatNobodyKnows) {
  Distro("debian", "12");
  Know(Make("CVE-1", "debian-tracker", {Deb("a", "1")}));
  Know(Make("GHSA-1", "starter", {Range("npm", "b", Scheme::kNpm, "", "2.0.0")}));
  Add(Installed(PackageType::kDeb, "a", "2"));
  Add(Installed(PackageType::kNpm, "b", "3.0.0"));
  Add(Installed(PackageType::kPypi, "c", "1"));
  Add(Installed(PackageType::kConda, "d", "1"));
  Run();
  ASSERT_EQ(result_.coverage.size(), 4U);
  EXPECT_EQ(result_.coverage[0].ecosystem, "Debian:12");
  EXPECT_EQ(result_.coverage[0].sources, Names{"debian-tracker"});
  EXPECT_EQ(result_.coverage[1].ecosystem, "PyPI");
  EXPECT_TRUE(result_.coverage[1].sources.empty());
  EXPECT_EQ(result_.coverage[2].ecosystem, "conda");
  EXPECT_EQ(result_.coverage[3].ecosystem, "npm");
  EXPECT_TRUE(result_.coverage[3].starter_only);
}

TEST_F(MatchTest, ScoreComesFromOtherRecordsOfTheCve) {
  Distro("debian", "12");
  Know(Make("DSA-1-1", "osv:Debian", {Deb("curl", "7.90-1")}, {}, {"CVE-2023-1"}));
  Advisory nvd = Make("CVE-2023-1", "nvd", {Range("CPE", "haxx:curl", Scheme::kFuzzy, "", "7.90")});
  nvd.cvss = {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"};
  nvd.summary = "A heap overflow";
  Know(nvd);
  Add(Installed(PackageType::kDeb, "curl", "7.88-1"));
  Run();
  ASSERT_EQ(result_.findings.size(), 1U);
  const model::Vulnerability& vulnerability = result_.findings[0].vulnerability;
  EXPECT_EQ(vulnerability.id, "CVE-2023-1");
  EXPECT_EQ(vulnerability.summary, "A heap overflow");
  ASSERT_EQ(vulnerability.cvss.size(), 1U);
  EXPECT_EQ(vulnerability.severity, Severity::kCritical);
  EXPECT_EQ(vulnerability.severity_source, "cvss 3.1");
}

struct EcosystemCase {
  PackageType type;
  const char *id, *version, *expected;
};

TEST(EcosystemOf, FollowsTheDistribution) {
  const EcosystemCase cases[] = {
      {PackageType::kDeb, "debian", "12", "Debian:12"},
      {PackageType::kDeb, "raspbian", "11", "Debian:11"},
      {PackageType::kDeb, "ubuntu", "22.04", "Ubuntu:22.04:LTS"},
      {PackageType::kDeb, "ubuntu", "23.10", "Ubuntu:23.10"},
      {PackageType::kDeb, "ubuntu", "23.04", "Ubuntu:23.04"},
      {PackageType::kDeb, "kali", "2024.1", ""},
      {PackageType::kApk, "alpine", "3.18.4", "Alpine:v3.18"},
      {PackageType::kApk, "alpine", "3.20_alpha20231219", "Alpine:edge"},
      {PackageType::kApk, "wolfi", "20230201", "Wolfi"},
      {PackageType::kApk, "chainguard", "20230214", "Chainguard"},
      {PackageType::kRpm, "rhel", "9.3", "Red Hat:9"},
      {PackageType::kRpm, "centos", "8", "Red Hat:8"},
      {PackageType::kRpm, "rocky", "9.1", "Rocky Linux:9"},
      {PackageType::kRpm, "almalinux", "8.9", "AlmaLinux:8"},
      {PackageType::kRpm, "ol", "9.2", "Oracle Linux:9"},
      {PackageType::kRpm, "amzn", "2023", "Amazon Linux:2023"},
      {PackageType::kRpm, "sles", "15.5", "SUSE:15.5"},
      {PackageType::kRpm, "opensuse-leap", "15.5", "openSUSE:Leap 15.5"},
      {PackageType::kRpm, "opensuse-tumbleweed", "20240101", "openSUSE:Tumbleweed"},
      {PackageType::kPypi, "debian", "12", "PyPI"},
      {PackageType::kConda, "debian", "12", ""},
  };
  for (const EcosystemCase& c : cases) {
    model::Distro distro;
    distro.id = c.id;
    distro.version_id = c.version;
    EXPECT_EQ(EcosystemOf(Installed(c.type, "x", "1"), distro), c.expected) << c.id << " " << c.version;
  }
}

}  // namespace
}  // namespace weir::advisory
