#include "advisory/ignore.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/purl.h"

namespace weir::advisory {
namespace {

using model::Finding;
using model::FindingStatus;
using model::Package;
using model::PackageType;

class Fixture {
 public:
  model::ScanResult result;

  std::string Add(PackageType type, std::string name, std::string version, std::string path = "") {
    Package package;
    package.type = type;
    package.name = std::move(name);
    package.version = std::move(version);
    package.locations = {{path.empty() ? "lib/" + package.name : path, ""}};
    return Add(std::move(package));
  }
  std::string Add(Package package) {
    package.id = model::ComputePackageId(package);
    package.purl = model::BuildPurl(package, result.sbom.distro);
    result.sbom.packages.push_back(package);
    return package.id;
  }
  void Find(const std::string& package_id, std::string id, std::vector<std::string> aliases = {}) {
    auto package = std::ranges::find(result.sbom.packages, package_id, &Package::id);
    Finding finding;
    finding.vulnerability.id = std::move(id);
    finding.vulnerability.aliases = std::move(aliases);
    finding.package_id = package_id;
    finding.package_name = package->name;
    finding.package_version = package->version;
    finding.package_type = package->type;
    finding.location = package->locations.front();
    result.findings.push_back(std::move(finding));
  }
  FindingStatus Status(std::size_t i = 0) const { return result.findings.at(i).status; }
};

// --- ignore rules -----------------------------------------------------------

Fixture OneFinding() {
  Fixture f;
  f.Find(f.Add(PackageType::kMaven, "org.apache.logging.log4j:log4j-core", "2.14.1",
               "app/lib/log4j-core-2.14.1.jar"),
         "GHSA-jfh8-c2jp-5v3q", {"CVE-2021-44228"});
  f.result.findings[0].fix_state = model::FixState::kFixed;
  return f;
}

struct RuleCase {
  const char* rule;
  bool closes;
};

TEST(IgnoreRules, EveryFieldMustMatch) {
  const RuleCase cases[] = {
      {"CVE-2021-44228", true},
      {"cve-2021-44228", true},
      {"GHSA-jfh8-c2jp-5v3q", true},
      {"CVE-2021-44229", false},
      {"package=*log4j*", true},
      {"package=log4j*", false},
      {"package=org.apache.*:log4j-core", true},
      {"CVE-2021-44228 version=2.14.1", true},
      {"CVE-2021-44228 version=2.14", false},
      {"CVE-2021-44228 version=2.14.*", true},
      {"type=maven", true},
      {"type=npm", false},
      {"location=app/**", true},
      {"location=/app/lib/*.jar", true},
      {"location=app/*.jar", false},
      {"fix-state=fixed", true},
      {"fix-state=not-fixed", false},
      {"CVE-2021-44228 package=*core type=maven reason=no JNDI = no risk", true},
      {"CVE-2021-44228 type=npm", false},
  };
  for (const RuleCase& c : cases) {
    Fixture f = OneFinding();
    Result<IgnoreRule> rule = ParseIgnoreRule(c.rule);
    ASSERT_TRUE(rule) << c.rule << ": " << rule.error().message;
    ApplyIgnoreRules({*rule}, "2025-01-01", f.result);
    EXPECT_EQ(f.Status() == FindingStatus::kIgnored, c.closes) << c.rule;
  }
}

TEST(IgnoreRules, ReasonIsShown) {
  Fixture f = OneFinding();
  ApplyIgnoreRules({*ParseIgnoreRule("CVE-2021-44228 type=maven reason=lookups are off, see OPS-1")},
                   "2025-01-01", f.result);
  EXPECT_EQ(f.result.findings[0].status_reason,
            "lookups are off, see OPS-1 (rule: CVE-2021-44228 type=maven)");
}

TEST(IgnoreRules, ExpiredRuleClosesNothingAndIsTold) {
  Result<IgnoreRule> rule = ParseIgnoreRule("CVE-2021-44228 expires=2025-01-31");
  ASSERT_TRUE(rule);
  Fixture f = OneFinding();
  ApplyIgnoreRules({*rule}, "2025-02-01", f.result);
  EXPECT_EQ(f.Status(), FindingStatus::kOpen);
  ASSERT_EQ(f.result.sbom.problems.size(), 1U);
  EXPECT_NE(f.result.sbom.problems[0].message.find("expired on 2025-01-31; it would close 1 finding"),
            std::string::npos);
  ApplyIgnoreRules({*rule}, "2025-01-31", f.result);
  EXPECT_EQ(f.Status(), FindingStatus::kIgnored) << "holds on its last day";
}

TEST(IgnoreRules, RefusesWhatItCannotMean) {
  for (const char* text : {"", "reason=nothing named", "expires=2025-01-01", "CVE-1 pakage=x",
                           "CVE-1 expires=soon", "CVE-1 CVE-2", "CVE-1 fix-state=maybe", "CVE-1 type=debian"})
    EXPECT_FALSE(ParseIgnoreRule(text)) << text;
}

TEST(IgnoreRules, ReadsYaml) {
  Result<std::vector<IgnoreRule>> rules = ParseIgnoreFile(R"(
ignore:
  - CVE-2020-1 package=zlib reason=not reachable
  - vulnerability: CVE-2020-2
    fix-state: wont-fix
    package:
      name: "lib*"
      version: 1.2.3
      type: deb
      location: "/usr/lib/**"
    expires: 2026-01-01
    reason: accepted by ops
)");
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ((*rules)[0].package_name, "zlib");
  EXPECT_EQ((*rules)[1].package_name, "lib*");
  EXPECT_EQ((*rules)[1].location, "/usr/lib/**");
  EXPECT_EQ((*rules)[1].expires, "2026-01-01");
  EXPECT_EQ((*rules)[1].fix_state, "wont-fix");

  Result<std::vector<IgnoreRule>> lines =
      ParseIgnoreFile("# known\nCVE-2020-1\n\nCVE-2020-2 package=x # why\n");
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(lines->size(), 2U);
  ASSERT_TRUE(ParseIgnoreFile("- CVE-2020-1\n- CVE-2020-2\n"));
  EXPECT_TRUE(ParseIgnoreFile("")->empty());
}

TEST(IgnoreRules, EndsOnDocumentsThatNeverEnd) {
  EXPECT_FALSE(ParseIgnoreFile("\n,gnore:\n  - x\n"));
  EXPECT_FALSE(ParseIgnoreFile("[]\n,gnore:\n  - x\n"));
  EXPECT_FALSE(ParseIgnoreFile("- !b reason=not\n,"));
}

TEST(IgnoreRules, RefusesBadYaml) {
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "[";
  for (std::string text : {std::string("- vulnerability: CVE-1\n  pakage: x\n"), std::string("- {}\n"),
                           std::string("- [a, b]\n"), std::string("- &a CVE-1\n- *a\n"),
                           std::string("rules: []\n"), std::string("- vulnerability: [a]\n"), deep})
    EXPECT_FALSE(ParseIgnoreFile(text)) << text.substr(0, 60);
}

// --- VEX ----------------------------------------------------------------------

std::string OpenVex(std::string_view product, std::string_view status = "not_affected",
                    std::string_view subcomponents = "") {
  std::string out =
      R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/1","author":"a","version":1,
    "timestamp":"2024-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-2023-1"},"products":[{"@id":")";
  out += product;
  out += '"';
  if (!subcomponents.empty()) out += ",\"subcomponents\":[{\"@id\":\"" + std::string(subcomponents) + "\"}]";
  out += R"(}],"status":")" + std::string(status) + R"(","justification":"vulnerable_code_not_present"}]})";
  return out;
}

void Apply(std::string_view json, Fixture& f) {
  Result<std::vector<VexStatement>> statements = ParseVex(json);
  ASSERT_TRUE(statements) << statements.error().message;
  ApplyVex(*statements, f.result);
}

struct PurlCase {
  const char* product;
  bool applies;
};

void CheckPurls(const Fixture& base, std::initializer_list<PurlCase> cases) {
  for (const PurlCase& c : cases) {
    Fixture f = base;
    Apply(OpenVex(c.product), f);
    EXPECT_EQ(f.Status() == FindingStatus::kNotAffected, c.applies)
        << c.product << " on " << f.result.sbom.packages[0].purl;
  }
}

TEST(Vex, PurlVariantsOfDeb) {
  Fixture f;
  f.result.sbom.distro.id = "debian";
  f.result.sbom.distro.version_id = "12";
  Package package;
  package.type = PackageType::kDeb;
  package.name = "libssl3";
  package.version = "1:3.0.11-1~deb12u2";
  package.arch = "amd64";
  package.source_name = "openssl";
  package.locations = {{"var/lib/dpkg/status", ""}};
  f.Find(f.Add(package), "CVE-2023-1");
  CheckPurls(f, {
                    {"pkg:deb/debian/libssl3", true},
                    {"pkg:deb/libssl3", true},
                    {"pkg:deb/ubuntu/libssl3", false},
                    {"pkg:deb/debian/libssl3@1:3.0.11-1~deb12u2", true},
                    {"pkg:deb/debian/libssl3@1%3A3.0.11-1~deb12u2?arch=amd64&distro=debian-12", true},
                    {"pkg:deb/debian/libssl3@3.0.11-1~deb12u2?epoch=1", true},
                    {"pkg:deb/debian/libssl3@3.0.11-1~deb12u2", true},
                    {"pkg:deb/debian/libssl3@2:3.0.11-1~deb12u2", false},
                    {"pkg:deb/debian/libssl3@3.0.11-1~deb12u1", false},
                    {"pkg:deb/debian/libssl3?distro=debian-12.5", true},
                    {"pkg:deb/debian/libssl3?distro=debian-11", false},
                    {"pkg:deb/debian/libssl3?distro=bookworm", true},
                    {"pkg:deb/debian/libssl3?arch=arm64", false},
                    {"pkg:deb/debian/libssl3?arch=x86_64", true},
                    {"pkg:deb/debian/openssl", false},
                    {"pkg:deb/debian/openssl?arch=source", true},
                    {"pkg:rpm/debian/libssl3", false},
                    {"pkg:deb/debian/LibSSL", false},
                });
}

TEST(Vex, PurlVariantsOfLanguages) {
  Fixture go;
  go.Find(go.Add(PackageType::kGolang, "github.com/Masterminds/goutils", "v1.1.0"), "GO-1", {"CVE-2023-1"});
  CheckPurls(go, {{"pkg:golang/github.com/Masterminds/goutils", true},
                  {"pkg:golang/github.com%2FMasterminds%2Fgoutils@v1.1.0", true},
                  {"pkg:golang/github.com/masterminds/goutils@1.1.0", true},
                  {"pkg:golang/github.com/masterminds/goutils@v1.1.1", false},
                  {"pkg:golang/github.com/Masterminds/goutils#sub", false}});
  Fixture npm;
  npm.Find(npm.Add(PackageType::kNpm, "@babel/core", "7.0.0"), "CVE-2023-1");
  CheckPurls(
      npm,
      {{"pkg:npm/%40babel/core@7.0.0", true}, {"pkg:npm/@babel/core", true}, {"pkg:npm/core@7.0.0", false}});
  Fixture maven;
  maven.Find(maven.Add(PackageType::kMaven, "org.example:lib", "1.0"), "CVE-2023-1");
  CheckPurls(maven,
             {{"pkg:maven/org.example/lib@1.0?type=jar", true}, {"pkg:maven/org.other/lib@1.0", false}});
  Fixture python;
  python.Find(python.Add(PackageType::kPypi, "ruamel-yaml", "0.1"), "CVE-2023-1");
  CheckPurls(python,
             {{"pkg:pypi/ruamel.yaml", true}, {"pkg:pypi/Ruamel_YAML@0.1", true}, {"pkg:pypi/yaml", false}});
}

Fixture Image() {
  Fixture f;
  f.result.sbom.asset.kind = model::AssetKind::kImage;
  f.result.sbom.asset.name = "ghcr.io/acme/app:1.2";
  f.result.sbom.asset.image = "ghcr.io/acme/app:1.2";
  f.result.sbom.asset.id = "sha256:aaaa";
  f.Find(f.Add(PackageType::kPypi, "requests", "2.0"), "CVE-2023-1");
  return f;
}

TEST(Vex, ProductIsTheImage) {
  CheckPurls(Image(), {{"pkg:oci/app", true},
                       {"pkg:oci/app@sha256:aaaa", true},
                       {"pkg:oci/app@sha256%3Aaaaa?repository_url=ghcr.io/acme/app", true},
                       {"pkg:oci/app@sha256:bbbb", false},
                       {"pkg:oci/app?repository_url=ghcr.io/acme/app&tag=1.2", true},
                       {"pkg:oci/app?repository_url=ghcr.io/acme", true},
                       {"pkg:oci/app?repository_url=ghcr.io/other/app", false},
                       {"pkg:oci/app?tag=1.3", false},
                       {"pkg:oci/other", false},
                       {"pkg:docker/acme/app@1.2", true},
                       {"ghcr.io/acme/app:1.2", true},
                       {"ghcr.io/acme/app", true},
                       {"ghcr.io/acme/app:1.3", false}});
}

TEST(Vex, SubcomponentsNarrowTheProduct) {
  Fixture f = Image();
  f.Find(f.Add(PackageType::kPypi, "urllib3", "1.0"), "CVE-2023-1");
  Apply(OpenVex("pkg:oci/app", "not_affected", "pkg:pypi/urllib3"), f);
  EXPECT_EQ(f.Status(0), FindingStatus::kOpen);
  EXPECT_EQ(f.Status(1), FindingStatus::kNotAffected);
  EXPECT_EQ(f.result.findings[1].status_reason, "VEX: not affected, vulnerable code not present");
  Fixture other = Image();
  Apply(OpenVex("pkg:oci/another", "not_affected", "pkg:pypi/requests"), other);
  EXPECT_EQ(other.Status(), FindingStatus::kOpen);
}

TEST(Vex, ProductIsADirectoryOrAPackageThatContains) {
  Fixture f;
  f.result.sbom.asset.kind = model::AssetKind::kDirectory;
  f.result.sbom.asset.name = "./build/shop/";
  f.result.sbom.asset.id = "/home/me/build/shop";
  std::string war = f.Add(PackageType::kMaven, "com.acme:shop", "1.0", "shop.war");
  std::string inner = f.Add(PackageType::kMaven, "org.example:lib", "1.0", "shop.war!/WEB-INF/lib/lib.jar");
  std::string outside = f.Add(PackageType::kMaven, "org.example:lib", "1.0", "elsewhere/lib.jar");
  f.result.sbom.relations = {{war, inner, model::RelationKind::kContains}};
  f.Find(inner, "CVE-2023-1");
  f.Find(outside, "CVE-2023-1");
  for (const char* product : {"shop", "./build/shop/", "/home/me/build/shop", "pkg:generic/shop"}) {
    Fixture one = f;
    Apply(OpenVex(product, "not_affected", "pkg:maven/org.example/lib"), one);
    EXPECT_EQ(one.Status(0), FindingStatus::kNotAffected) << product;
    EXPECT_EQ(one.Status(1), FindingStatus::kNotAffected) << product;
  }
  for (const char* part : {"", "pkg:maven/org.example/lib@1.0"}) {
    Fixture one = f;
    Apply(OpenVex("pkg:maven/com.acme/shop@1.0", "not_affected", part), one);
    EXPECT_EQ(one.Status(0), FindingStatus::kNotAffected) << part;
    EXPECT_EQ(one.Status(1), FindingStatus::kOpen) << "not in the product: " << part;
  }
}

TEST(Vex, StatusesAndTheirOrder) {
  Fixture f = Image();
  Apply(OpenVex("pkg:pypi/requests", "fixed"), f);
  EXPECT_EQ(f.Status(), FindingStatus::kFixedByVex);
  Apply(OpenVex("pkg:pypi/requests", "under_investigation"), f);
  EXPECT_EQ(f.Status(), FindingStatus::kUnderInvestigation);
  Apply(OpenVex("pkg:pypi/requests", "affected"), f);
  EXPECT_EQ(f.Status(), FindingStatus::kOpen);
  f.result.findings[0].status = FindingStatus::kIgnored;
  Apply(OpenVex("pkg:pypi/requests", "affected"), f);
  EXPECT_EQ(f.Status(), FindingStatus::kIgnored);

  Fixture later = Image();
  Apply(R"({"@context":"https://openvex.dev/ns/v0.2.0","statements":[
    {"timestamp":"2024-05-01T00:00:00Z","vulnerability":{"name":"GHSA-x","aliases":["CVE-2023-1"]},"products":[{"@id":"pkg:pypi/requests"}],"status":"affected"},
    {"timestamp":"2024-02-01T00:00:00Z","vulnerability":{"@id":"https://nvd.nist.gov/vuln/detail/CVE-2023-1"},"products":[{"identifiers":{"purl":"pkg:pypi/requests@2.0"}}],"status":"not_affected"}]})",
        later);
  EXPECT_EQ(later.Status(), FindingStatus::kOpen) << "the later statement holds";
}

TEST(Vex, OldOpenVexShape) {
  Fixture f = Image();
  Apply(
      R"({"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-2023-1","products":["pkg:oci/app"],
    "subcomponents":["pkg:pypi/requests@2.0"],"status":"not_affected"}]})",
      f);
  EXPECT_EQ(f.Status(), FindingStatus::kNotAffected);
}

constexpr std::string_view kCsaf = R"({
 "document":{"category":"csaf_vex","csaf_version":"2.0","title":"t"},
 "product_tree":{"branches":[{"category":"vendor","name":"Acme","branches":[
   {"category":"product_version","name":"shop","product":{"product_id":"P1","name":"Acme shop",
     "product_identification_helper":{"purl":"pkg:oci/app?repository_url=ghcr.io/acme/app"}}},
   {"category":"product_version","name":"lib","product":{"product_id":"P2","name":"requests",
     "product_identification_helper":{"purl":"pkg:pypi/requests@2.0"}}},
   {"category":"product_name","name":"rhel","product":{"product_id":"OS","name":"RHEL 9",
     "product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9::baseos"}}}]}],
  "relationships":[
   {"category":"default_component_of","product_reference":"P2","relates_to_product_reference":"P1",
    "full_product_name":{"product_id":"P1:P2","name":"requests in shop"}},
   {"category":"default_component_of","product_reference":"P2","relates_to_product_reference":"OS",
    "full_product_name":{"product_id":"OS:P2","name":"requests in RHEL"}}],
  "product_groups":[{"group_id":"G","product_ids":["P1:P2"]}]},
 "vulnerabilities":[{"cve":"CVE-2023-1","product_status":{"known_not_affected":["STATUS"]},
   "flags":[{"label":"component_not_present","group_ids":["G"]}],
   "threats":[{"category":"impact","details":"never linked","product_ids":["P1:P2"]}]}]})";

std::string Csaf(std::string_view product) {
  std::string out(kCsaf);
  out.replace(out.find("STATUS"), 6, product);
  return out;
}

TEST(Vex, Csaf) {
  Fixture f = Image();
  f.Find(f.Add(PackageType::kPypi, "urllib3", "1.0"), "CVE-2023-1");
  Apply(Csaf("P1:P2"), f);
  EXPECT_EQ(f.Status(0), FindingStatus::kNotAffected);
  EXPECT_EQ(f.result.findings[0].status_reason, "VEX: not affected, component not present: never linked");
  EXPECT_EQ(f.Status(1), FindingStatus::kOpen);
  Fixture whole = Image();
  Apply(Csaf("P1"), whole);
  EXPECT_EQ(whole.Status(), FindingStatus::kNotAffected);
  Fixture platform = Image();
  Apply(Csaf("OS:P2"), platform);
  EXPECT_EQ(platform.Status(), FindingStatus::kOpen);
  platform.result.sbom.distro.id = "rhel";
  platform.result.sbom.distro.version_id = "9.3";
  Apply(Csaf("OS:P2"), platform);
  EXPECT_EQ(platform.Status(), FindingStatus::kNotAffected);
  EXPECT_FALSE(ParseVex(Csaf("nobody"))) << "a product outside the tree";
}

TEST(Vex, RefusesOtherDocuments) {
  for (
      const char* text :
      {"", "{", "[]", "{}", R"({"bomFormat":"CycloneDX"})",
       R"({"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{},"status":"fixed"}]})",
       R"({"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-1"},"status":"no"}]})"})
    EXPECT_FALSE(ParseVex(text)) << text;
}

}  // namespace
}  // namespace weir::advisory
