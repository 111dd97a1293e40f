#include "report/sample_result.h"

#include <string>

namespace weir::report {
namespace {

using model::Package;
using model::PackageType;

const std::string kLayerA = "sha256:" + std::string(64, 'a'), kLayerB = "sha256:" + std::string(64, 'b');

Package Make(PackageType type, std::string id, std::string name, std::string version, std::string path,
             std::string layer) {
  Package p;
  p.type = type;
  p.id = std::move(id);
  p.name = std::move(name);
  p.version = std::move(version);
  p.locations = {{std::move(path), std::move(layer)}};
  p.found_by = std::string(model::PackageTypeName(type));
  return p;
}

void AddPackages(model::Sbom& sbom) {
  Package openssl = Make(PackageType::kDeb, "0000000000000001", "libssl3", "3.0.15-1~deb12u1",
                         "var/lib/dpkg/status", kLayerA);
  openssl.arch = "amd64";
  openssl.source_name = "openssl";
  openssl.vendor = "Debian OpenSSL Team <pkg@example.org>";
  openssl.licenses = {"Apache-2.0", "GPL-2.0-or-later OR MIT", "Debian's own\nlicence"};
  openssl.purl = "pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12";
  openssl.locations.push_back({"usr/share/doc/libssl3/copyright", kLayerA});

  Package log4j = Make(PackageType::kMaven, "0000000000000002", "org.apache.logging.log4j:log4j-core",
                       "2.14.1", "app/app.war!/WEB-INF/lib/log4j-core.jar", kLayerB);
  log4j.licenses = {"Apache-2.0"};
  log4j.purl = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";
  log4j.digests = {
      {"sha1", std::string(40, 'A')}, {"sha1", std::string(40, 'c')}, {"sha256", "not hex"}, {"crc", "12"}};

  Package war = Make(PackageType::kMaven, "0000000000000003", "app", "1.0", "app/app.war", kLayerB);
  Package ring_a =
      Make(PackageType::kNpm, "0000000000000004", "@ring/a", "1.0.0", "srv/package-lock.json", kLayerB);
  ring_a.purl = "pkg:npm/%40ring/a@1.0.0";
  ring_a.scope = model::Scope::kDeclared;
  ring_a.development = true;
  Package ring_b =
      Make(PackageType::kNpm, "0000000000000005", "ring-b", "1.0.0", "srv/package-lock.json", kLayerB);
  Package hostile = Make(PackageType::kNpm, "0000000000000006", std::string(kHostile), std::string(kHostile),
                         "srv/" + std::string(kHostile), kLayerB);
  hostile.licenses = {std::string(kHostile), ""};
  hostile.vendor = std::string(kHostile);
  hostile.cpes = {"cpe:2.3:a:" + std::string(kHostile) + ":b:1:*:*:*:*:*:*:*"};
  hostile.properties = {{std::string(kHostile), std::string(kHostile)}};
  Package formula = Make(PackageType::kPypi, "0000000000000007", "=1+1", "1",
                         "usr/lib/python3/x.dist-info/METADATA", kLayerB);
  Package owned = Make(PackageType::kPypi, "0000000000000008", "python-apt", "2.6",
                       "usr/lib/python3/dist-packages/apt.egg-info", kLayerA);
  owned.owned_by = openssl.id;
  sbom.packages = {openssl, log4j, war, ring_a, ring_b, hostile, formula, owned};
  using model::RelationKind;
  sbom.relations = {{"", war.id, RelationKind::kContains},
                    {openssl.id, owned.id, RelationKind::kOwns},
                    {war.id, log4j.id, RelationKind::kContains},
                    {ring_a.id, ring_b.id, RelationKind::kDependsOn},
                    {ring_b.id, ring_a.id, RelationKind::kDependsOn},
                    {ring_b.id, "not-there", RelationKind::kDependsOn}};
}

model::Finding Of(const Package& package, std::string id, model::Severity severity, double score) {
  model::Finding f;
  f.vulnerability.id = std::move(id);
  f.vulnerability.source = "starter";
  f.vulnerability.severity = severity;
  f.package_id = package.id;
  f.package_name = package.name;
  f.package_version = package.version;
  f.package_type = package.type;
  f.location = package.locations.front();
  f.rank.score = score;
  f.rank.reasons = {{"severity", score, "severity by its source"}};
  return f;
}

void AddFindings(model::ScanResult& result) {
  const std::vector<Package>& p = result.sbom.packages;
  model::Finding log4shell = Of(p[1], "GHSA-jfh8-c2jp-5v3q", model::Severity::kCritical, 99.5);
  model::Vulnerability& v = log4shell.vulnerability;
  v.aliases = {"CVE-2021-44228"};
  v.summary = "Remote code execution by a logged text";
  v.severity_source = "nvd";
  v.cvss = {{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "3.1", 10.0, model::AttackVector::kNetwork},
            {"AV:N/AC:M/Au:N/C:C/I:C/A:C", "2.0", 9.3, model::AttackVector::kNetwork},
            {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "4.0", 10.0,
             model::AttackVector::kNetwork}};
  v.cwes = {"CWE-502", "NVD-CWE-noinfo"};
  v.references = {"javascript:alert(1)", "https://example.org/a b", "https://example.org/advisory?id=1"};
  v.published = "2021-12-10";
  v.modified = "not a date";
  v.known_exploited = v.ransomware = true;
  v.known_exploited_since = "2021-12-10";
  v.epss = 0.97;
  v.epss_percentile = 0.999;
  log4shell.matched_ecosystem = "Maven";
  log4shell.affected_range = ">= 2.0, < 2.15.0";
  log4shell.fix_state = model::FixState::kFixed;
  log4shell.fixed_versions = {"2.15.0", "2.12.2"};
  log4shell.rank.reasons = {{"severity", 60, "critical by CVSS"},
                            {"known-exploited", 30, "in the catalogue"},
                            {"idle", -2.25, "not loaded"}};

  model::Finding ignored = Of(p[0], "CVE-2024-0001", model::Severity::kHigh, 40);
  ignored.status = model::FindingStatus::kIgnored;
  ignored.status_reason = "rule 1: accepted until June";
  ignored.fix_state = model::FixState::kWontFix;
  model::Finding not_affected = Of(p[0], "CVE-2024-0002", model::Severity::kMedium, 30);
  not_affected.status = model::FindingStatus::kNotAffected;
  not_affected.status_reason = "code is not present";
  not_affected.fix_state = model::FixState::kNotFixed;
  model::Finding fixed = Of(p[0], "CVE-2024-0003", model::Severity::kNegligible, 20);
  fixed.status = model::FindingStatus::kFixedByVex;
  model::Finding hostile = Of(p[5], std::string(kHostile), model::Severity::kUnknown, 10);
  hostile.status = model::FindingStatus::kUnderInvestigation;
  hostile.vulnerability.summary = std::string(kHostile);
  hostile.vulnerability.source = std::string(kHostile);
  hostile.affected_range = hostile.status_reason = std::string(kHostile);
  hostile.fixed_versions = {"@SUM(A1)"};
  hostile.rank.reasons = {{std::string(kHostile), 10, std::string(kHostile)}};
  model::Finding formula = Of(p[6], "CVE-2024-0004", model::Severity::kLow, 5);
  result.findings = {log4shell, ignored, not_affected, fixed, hostile, formula};
}

model::ContentFinding Found(model::ContentKind kind, std::string rule, model::Severity severity,
                            double score) {
  model::ContentFinding f;
  f.kind = kind;
  f.rule = std::move(rule);
  f.severity = severity;
  f.confidence = model::Confidence::kHigh;
  f.fingerprint = std::string(30, 'f') + std::to_string(10 + static_cast<int>(score) % 90);
  f.places.resize(1);
  f.place_count = 1;
  f.rank.score = score;
  f.rank.reasons = {{"severity", score, "rated by its rule"}};
  return f;
}

/// A token in a file, in one that a later layer removed, and in more places than are listed.
model::ContentFinding Token() {
  model::ContentFinding f =
      Found(model::ContentKind::kSecret, "github-pat", model::Severity::kCritical, 94.2);
  f.title = "GitHub personal access token";
  f.masked = "ghp_••••";
  f.validation = model::Validation::kValid;
  f.facts = {{"account", "1234"}, {"expires", "never"}};
  f.places.resize(2);
  f.places[0].location = {"srv/app/.env", kLayerB};
  f.places[0].line = 3;
  f.places[0].column = 14;
  f.places[0].offset = 61;
  f.places[0].mode = 0644;
  f.places[0].owner = 33;
  f.places[1].location = {"backup.tar.gz!etc/a b.env", kLayerA};
  f.places[1].origin = model::Origin::kRemovedFile;
  f.places[1].removed_in = kLayerB;
  f.places[1].decoded = "base64";
  f.place_count = 25;
  f.rank.reasons = {
      {"severity", 60, "rated critical"}, {"validated", 40.2, "its issuer takes it"}, {"x", -6, "less"}};
  return f;
}

model::ContentFinding HostileSecret() {
  const std::string hostile(kHostile);
  model::ContentFinding f = Found(model::ContentKind::kSecret, hostile, model::Severity::kHigh, 70);
  f.title = f.masked = hostile;
  f.facts = {{hostile, hostile}, {hostile, "twice"}};
  f.places[0].location = {"proc/42/environ" + hostile, hostile};
  f.places[0].origin = model::Origin::kEnvironment;
  f.places[0].pid = 42;
  f.places[0].process = f.places[0].removed_in = f.places[0].decoded = hostile;
  f.places[0].package = f.places[0].package_name = hostile;
  f.rank.reasons = {{hostile, 70, hostile}};
  return f;
}

std::vector<model::ContentFinding> Contents() {
  using model::ContentKind;
  model::ContentFinding config = Found(ContentKind::kSecret, "aws-key", model::Severity::kMedium, 40);
  config.masked = "=cmd|'/c calc'!A0";
  config.places[0].location.path = "image-config:Env[3]";
  config.places[0].origin = model::Origin::kImageConfig;
  model::ContentFinding shell = Found(ContentKind::kMalware, "webshell_php", model::Severity::kCritical, 88);
  shell.title = "PHP web shell";
  shell.masked = "$a, $b";
  shell.places[0].location.path = "var/www/html/x.php";
  shell.places[0].added = true;
  shell.places[0].package_name = "shop";
  shell.places[0].modified = true;
  shell.places[0].offset = 12;
  model::ContentFinding memory = Found(ContentKind::kMalware, "github-pat", model::Severity::kLow, 30);
  memory.places[0].location.path = "proc/42/mem";
  memory.places[0].origin = model::Origin::kMemory;
  memory.places[0].pid = 42;
  memory.places[0].process = "nginx";
  memory.places[0].package_name = "nginx-core";
  memory.places[0].unmodified = true;
  model::ContentFinding commit = Found(ContentKind::kSecret, "github-pat", model::Severity::kHigh, 20);
  commit.status = model::FindingStatus::kIgnored;
  commit.status_reason = ".weirignore line 3: rotated";
  commit.places[0].location.path = "src/a.py";
  commit.places[0].origin = model::Origin::kCommit;
  commit.places[0].line = 7;
  commit.places[0].commit = "0123456789abcdef0123456789abcdef01234567";
  commit.places[0].commit_time = "2024-02-29T01:02:03Z";
  return {Token(), shell, HostileSecret(), config, memory, commit};
}

std::vector<model::ContentScan> ContentScans() {
  model::ContentScan secrets, malware;
  secrets.rules = 223;
  secrets.rules_digest = std::string(32, 'e');
  secrets.files = 7312;
  secrets.bytes = 212'400'000;
  secrets.unchanged = 7000;
  secrets.skipped = {{"larger than 64 MiB", 3}, {std::string(kHostile), 1}};
  secrets.set_aside = {"slow-rule: takes 40 times the median"};
  secrets.dropped_findings = 2;
  malware.kind = model::ContentKind::kMalware;
  malware.rules = 31;
  malware.files = 1;
  malware.bytes = 999;
  return {secrets, malware};
}

}  // namespace

model::ScanResult SampleResult() {
  model::ScanResult result;
  result.tool_version = "1.2.3";
  result.started_at = "2025-08-25T12:00:00Z";
  result.matched = true;
  model::Sbom& sbom = result.sbom;
  sbom.asset.kind = model::AssetKind::kImage;
  sbom.asset.id = "sha256:" + std::string(64, 'd');
  sbom.asset.name = "registry.example.org/team/app:1";
  sbom.asset.layers = {{kLayerA, "", "ADD rootfs"}, {kLayerB, "", "COPY app"}};
  sbom.asset.labels = {{"team", "a"}, {std::string(kHostile), std::string(kHostile)}};
  sbom.distro.id = "debian";
  sbom.distro.version_id = "12";
  sbom.distro.pretty_name = "Debian GNU/Linux 12 (bookworm)";
  sbom.catalogers = {"dpkg", "jar"};
  sbom.problems = {
      {Code::kMalformed, "srv/" + std::string(kHostile), "not JSON: " + std::string(kHostile), 3},
      {Code::kLimitExceeded, "", "the archive is too deep", 1}};
  AddPackages(sbom);
  AddFindings(result);
  result.content = Contents();
  result.content_scans = ContentScans();
  result.sources = {{"starter", "", "2025-08-01", 179, ""},
                    {"debian-tracker", "2025-08-24T00:00:00Z", "", 42000, ""}};
  result.coverage = {
      {"Debian:12", 1, {"debian-tracker"}, false}, {"Maven", 2, {"starter"}, true}, {"PyPI", 1, {}, false}};
  result.runtime.taken = true;
  result.runtime.unreadable_processes = 2;
  result.runtime.problems = {"docker: permission denied " + std::string(kHostile)};
  model::Process process;
  process.pid = 42;
  process.name = process.executable = process.user_name = std::string(kHostile);
  process.container_id = std::string(kHostile);
  process.arguments = {std::string(kHostile)};
  process.listening = {{"tcp", "0.0.0.0", 8080, model::AddressScope::kAny}};
  process.connections = {{"tcp", "10.0.0.1", "8.8.8.8", 8080, 5555, true, model::AddressScope::kPublic}};
  result.runtime.processes = {process};
  result.runtime.containers = {{}};
  return result;
}

model::ScanResult BareResult() { return {}; }

model::ScanResult ContentResult() {
  model::ScanResult result = SampleResult();
  result.matched = result.packages_listed = false;
  result.sbom.packages.clear();
  result.sbom.relations.clear();
  result.findings.clear();
  result.sources.clear();
  result.coverage.clear();
  return result;
}

}  // namespace weir::report
