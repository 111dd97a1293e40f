#include "rank/rank.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rank/exposure.h"

namespace weir::rank {
namespace {

using model::AddressScope;
using model::AssetKind;
using model::Package;
using model::PackageType;
using model::Process;
using Level = Usage::Level;

constexpr std::uint64_t kHostRoot = 11, kHostNetwork = 21, kContainerNetwork = 22;
const std::string kContainer(64, 'c');

/// A scan of a host that owns usr/lib/libssl.so.3 (package 0) and usr/bin/idle (package 1).
class Scene {
 public:
  Scene() {
    result.sbom.asset.kind = AssetKind::kHost;
    result.runtime.taken = true;
    result.runtime.host_root_id = kHostRoot;
    Own(Add(PackageType::kDeb, "libssl3", "var/lib/dpkg/status"), "usr/lib/libssl.so.3");
    Own(Add(PackageType::kDeb, "idle", "var/lib/dpkg/status"), "usr/bin/idle");
  }
  std::uint32_t Add(PackageType type, const std::string& name, const std::string& path) {
    Package package;
    package.type = type;
    package.name = name;
    package.version = "1";
    package.id = name;
    package.locations = {{path, ""}};
    result.sbom.packages.push_back(package);
    return static_cast<std::uint32_t>(result.sbom.packages.size() - 1);
  }
  void Own(std::uint32_t package, const std::string& path) {
    result.sbom.owners.Add(path, package);
    result.sbom.owners.Sort();
  }
  Process& Run(std::uint32_t pid, const std::string& name, std::vector<std::string> loaded = {},
               std::uint32_t uid = 1000) {
    Process process;
    process.pid = pid;
    process.name = name;
    process.executable = "usr/bin/" + name;
    process.user_id = uid;
    process.root_id = kHostRoot;
    process.network_namespace = kHostNetwork;
    process.loaded_files = std::move(loaded);
    result.runtime.processes.push_back(std::move(process));
    return result.runtime.processes.back();
  }
  Process& RunInContainer(std::uint32_t pid, const std::string& name, std::vector<std::string> loaded = {}) {
    Process& process = Run(pid, name, std::move(loaded));
    process.root_id = 99;
    process.container_id = kContainer;
    process.network_namespace = kContainerNetwork;
    return process;
  }
  static void Listen(Process& process, const std::string& address, std::uint16_t port) {
    process.listening.push_back({"tcp", address, port, model::ScopeOfAddress(address)});
  }
  static void Connect(Process& process, const std::string& local, std::uint16_t local_port,
                      const std::string& remote, std::uint16_t remote_port, bool inbound) {
    process.connections.push_back(
        {"tcp", local, remote, local_port, remote_port, inbound, model::ScopeOfAddress(remote)});
  }
  std::vector<Usage> Usages() const { return PackageUsage(result); }
  model::Finding& Find(std::uint32_t package, const std::string& id = "CVE-2024-0001", double base = 9.8) {
    model::Finding finding;
    finding.vulnerability.id = id;
    finding.vulnerability.cvss = {{"", "3.1", base, model::AttackVector::kNetwork}};
    finding.package_id = result.sbom.packages[package].id;
    finding.package_name = result.sbom.packages[package].name;
    result.findings.push_back(finding);
    return result.findings.back();
  }
  model::ScanResult result;
};

const std::vector<std::string> kSsl = {"usr/lib/libssl.so.3"};

TEST(Usage, OwnedFileInAMapMeansLoaded) {
  Scene scene;
  scene.Run(5, "nginx", kSsl);
  auto usage = scene.Usages();
  EXPECT_EQ(usage[0].level, Level::kLoaded);
  EXPECT_EQ(usage[0].pids, (std::vector<std::uint32_t>{5}));
  EXPECT_NE(usage[0].evidence.find("nginx (pid 5)"), std::string::npos);
  EXPECT_EQ(usage[1].level, Level::kIdle);
}

TEST(Usage, OwnedExecutableMeansLoaded) {
  Scene scene;
  scene.Run(5, "idle");
  EXPECT_EQ(scene.Usages()[1].level, Level::kLoaded);
}

TEST(Usage, BothSpellingsOfAMergedUsrAreOne) {
  Scene scene;
  scene.Own(scene.Add(PackageType::kDeb, "libc6", "var/lib/dpkg/status"), "lib/x86_64-linux-gnu/libc.so.6");
  scene.Own(scene.Add(PackageType::kDeb, "bash", "var/lib/dpkg/status"), "usr/bin/bash");
  Process& process = scene.Run(5, "x", {"usr/lib/x86_64-linux-gnu/libc.so.6"});
  process.executable = "bin/bash";
  auto usage = scene.Usages();
  EXPECT_EQ(usage[2].level, Level::kLoaded);
  EXPECT_EQ(usage[3].level, Level::kLoaded);
}

struct EvidenceCase {
  PackageType type;
  const char* name;
  const char* location;
  const char* file;  // loaded or imported
  Level level;
};

TEST(Usage, LanguagePackagesJoinByTheirEvidence) {
  const EvidenceCase cases[] = {
      {PackageType::kMaven, "log4j:core", "srv/app.jar", "srv/app.jar", Level::kLoaded},
      {PackageType::kMaven, "log4j:core", "srv/app.jar!/BOOT-INF/lib/log4j.jar", "srv/app.jar",
       Level::kLoaded},
      {PackageType::kMaven, "log4j:core", "srv/other.jar!/a.jar", "srv/app.jar", Level::kIdle},
      {PackageType::kGolang, "stdlib", "usr/bin/app", "", Level::kLoaded},
      {PackageType::kNpm, "qs", "srv/node_modules/qs/package.json", "srv/node_modules/qs/package.json",
       Level::kLoaded},
      {PackageType::kNpm, "@a/b", "srv/node_modules/@a/b/package.json", "srv/node_modules/@a/b/build/x.node",
       Level::kLoaded},
      {PackageType::kNpm, "b", "srv/node_modules/b/package.json", "srv/node_modules/a/node_modules/b/x.node",
       Level::kIdle},
      {PackageType::kPypi, "numpy", "v/site-packages/numpy-1.dist-info/METADATA",
       "v/site-packages/numpy/core/m.so", Level::kLoaded},
      {PackageType::kPypi, "pyyaml", "v/site-packages/PyYAML-6.dist-info/METADATA",
       "v/site-packages/yaml/__init__.py", Level::kLoaded},
      {PackageType::kPypi, "jinja2", "v/site-packages/Jinja2-3.dist-info/METADATA",
       "v/site-packages/yaml/__init__.py", Level::kInstalledInLiveRuntime},
      {PackageType::kPypi, "jinja2", "w/site-packages/Jinja2-3.dist-info/METADATA",
       "v/site-packages/yaml/__init__.py", Level::kIdle},
      {PackageType::kGem, "nokogiri", "g/specifications/nokogiri-1.0.gemspec", "g/gems/nokogiri-1.0/lib/n.so",
       Level::kLoaded},
      {PackageType::kNuget, "Newtonsoft.Json", "app/app.deps.json", "app/Newtonsoft.Json.dll",
       Level::kLoaded},
  };
  for (const EvidenceCase& c : cases) {
    Scene scene;
    std::uint32_t package = scene.Add(c.type, c.name, c.location);
    scene.Run(5, "app").imported_files = {c.file};
    EXPECT_EQ(scene.Usages()[package].level, c.level) << c.name << " at " << c.location << " by " << c.file;
  }
}

TEST(Usage, LockfilePackagesAreNeverLoaded) {
  Scene scene;
  std::uint32_t package = scene.Add(PackageType::kNpm, "qs", "srv/package-lock.json");
  scene.result.sbom.packages[package].scope = model::Scope::kDeclared;
  scene.Run(5, "node").imported_files = {"srv/package-lock.json"};
  EXPECT_EQ(scene.Usages()[package].level, Level::kIdle);
}

TEST(Usage, OnlyTheRunningKernelIsLoaded) {
  Scene scene;
  scene.result.runtime.kernel = "6.1.0-13-amd64";
  std::uint32_t running = scene.Add(PackageType::kDeb, "linux-image-6.1.0-13-amd64", "var/lib/dpkg/status");
  std::uint32_t old = scene.Add(PackageType::kDeb, "linux-image-6.1.0-12-amd64", "var/lib/dpkg/status");
  EXPECT_EQ(scene.Usages()[running].level, Level::kLoaded);
  EXPECT_EQ(scene.Usages()[old].level, Level::kIdle);
  scene.result.sbom.asset.kind = AssetKind::kContainer;
  EXPECT_EQ(scene.Usages()[running].level, Level::kIdle) << "a container runs on its host's kernel";
}

TEST(Usage, ReplacedFilesStillInUseAreFlagged) {
  Scene scene;
  scene.Run(5, "nginx", kSsl).deleted_files = kSsl;
  scene.Find(0);
  RankFindings(scene.result);
  const model::RankReason& reason = scene.result.findings[0].rank.reasons.back();
  EXPECT_EQ(reason.factor, "old-version-running");
  EXPECT_NE(reason.detail.find("restarted"), std::string::npos);
}

TEST(Usage, WithoutASnapshotIsUnknownNotIdle) {
  Scene scene;
  scene.result.runtime.taken = false;
  for (const Usage& usage : scene.Usages()) EXPECT_EQ(usage.level, Level::kUnknown);
}

TEST(Usage, IsNotIdleWhereManyProcessesCouldNotBeRead) {
  Scene scene;
  for (std::uint32_t pid = 10; pid < 30; ++pid) scene.Run(pid, "nginx", kSsl);
  scene.result.runtime.unreadable_processes = 1;
  EXPECT_EQ(scene.Usages()[1].level, Level::kIdle);
  scene.result.runtime.unreadable_processes = 10;
  EXPECT_EQ(scene.Usages()[1].level, Level::kUnknown);
  EXPECT_EQ(scene.Usages()[0].level, Level::kLoaded);
}

TEST(Usage, OfAnImageComesFromItsRunningContainers) {
  Scene scene;
  scene.result.sbom.asset.kind = AssetKind::kImage;
  scene.result.sbom.asset.id = "sha256:abc";
  EXPECT_EQ(scene.Usages()[0].level, Level::kUnknown);
  model::Container container;
  container.id = kContainer;
  container.image_id = "abc";
  scene.result.runtime.containers = {container};
  scene.RunInContainer(7, "nginx", kSsl);
  EXPECT_EQ(scene.Usages()[0].level, Level::kLoaded);
  EXPECT_EQ(scene.Usages()[1].level, Level::kUnknown) << "it may be in use elsewhere";
}

TEST(Usage, OfAFolderComesFromWhatRunsInIt) {
  Scene scene;
  scene.result.sbom.asset.kind = AssetKind::kDirectory;
  scene.result.sbom.asset.id = "/srv/shop";
  std::uint32_t package = scene.Add(PackageType::kMaven, "a:b", "lib/b.jar");
  EXPECT_EQ(scene.Usages()[package].level, Level::kUnknown);
  scene.Run(5, "java", {"srv/shop/lib/b.jar"});
  EXPECT_EQ(scene.Usages()[package].level, Level::kLoaded);
  EXPECT_EQ(scene.Usages()[0].level, Level::kUnknown);
}

TEST(Usage, OfAProcessIsThatOfItsRoot) {
  Scene scene;
  scene.result.sbom.asset.kind = AssetKind::kProcess;
  scene.result.sbom.asset.id = "pid:7";
  scene.RunInContainer(7, "sh");
  scene.RunInContainer(8, "nginx", kSsl);
  scene.Run(9, "idle");
  EXPECT_EQ(scene.Usages()[0].level, Level::kLoaded);
  EXPECT_EQ(scene.Usages()[1].level, Level::kIdle);
}

// --- what the incumbent gets wrong about exposure -----------------------------

// One vulnerability record is shared by all hosts there, so one exposed host marks every copy.
TEST(IncumbentDefect, OneAssetsExposureDoesNotMarkAnothersCopy) {
  Scene scene;
  Process& exposed = scene.RunInContainer(7, "nginx", kSsl);
  Scene::Listen(exposed, "0.0.0.0", 443);
  Scene::Connect(exposed, "172.17.0.2", 443, "203.0.113.5", 50000, true);
  EXPECT_EQ(scene.Usages()[0].level, Level::kIdle) << "the host's own copy is not in use";
  scene.result.sbom.asset.kind = AssetKind::kContainer;
  scene.result.sbom.asset.id = kContainer;
  EXPECT_TRUE(scene.Usages()[0].reached_from_outside);
  scene.result.sbom.asset.id = std::string(64, 'd');
  EXPECT_FALSE(scene.Usages()[0].reached_from_outside);
}

// All scans ever made of a node count there, not the newest one only.
TEST(IncumbentDefect, RanksFollowTheSnapshotAtHandNotEarlierOnes) {
  Scene scene;
  Process& process = scene.Run(5, "nginx", kSsl);
  Scene::Listen(process, "0.0.0.0", 443);
  scene.Find(0);
  RankFindings(scene.result);
  double before = scene.result.findings[0].rank.score;
  scene.result.runtime.processes.clear();
  RankFindings(scene.result);
  EXPECT_LT(scene.result.findings[0].rank.score, before - 25);
  for (const model::RankReason& reason : scene.result.findings[0].rank.reasons)
    EXPECT_NE(reason.factor, "loaded") << "reasons of an earlier ranking are gone";
}

// Any address that is not an agent's is "the Internet" there.
TEST(IncumbentDefect, PrivateAndCarrierGradeClientsAreNotTheInternet) {
  for (const char* client : {"10.1.2.3", "192.168.7.7", "172.16.0.9", "100.64.1.1", "fd00::5"}) {
    Scene scene;
    Process& process = scene.Run(5, "nginx", kSsl);
    Scene::Listen(process, "0.0.0.0", 443);
    Scene::Connect(process, "10.0.0.1", 443, client, 50000, true);
    Usage usage = scene.Usages()[0];
    EXPECT_FALSE(usage.reached_from_outside) << client;
    EXPECT_TRUE(usage.reached_from_private) << client;
  }
  Scene scene;
  Process& process = scene.Run(5, "nginx", kSsl);
  Scene::Listen(process, "0.0.0.0", 443);
  Scene::Connect(process, "10.0.0.1", 443, "203.0.113.5", 50000, true);
  EXPECT_TRUE(scene.Usages()[0].reached_from_outside);
}

// A connection to any port of a host marks all of the host's packages there.
TEST(IncumbentDefect, OnlyThePackageOfTheListeningProcessIsExposed) {
  Scene scene;
  Process& server = scene.Run(5, "nginx", kSsl);
  Scene::Listen(server, "0.0.0.0", 443);
  Scene::Connect(server, "10.0.0.1", 443, "203.0.113.5", 50000, true);
  scene.Run(6, "idle");
  auto usage = scene.Usages();
  EXPECT_TRUE(usage[0].listening && usage[0].reached_from_outside);
  EXPECT_EQ(usage[1].level, Level::kLoaded);
  EXPECT_FALSE(usage[1].listening || usage[1].reached_from_outside);
}

TEST(IncumbentDefect, RootOfOneProcessIsNotTheListeningOfAnother) {
  Scene scene;
  scene.Run(5, "cron", kSsl, 0);
  Scene::Listen(scene.Run(6, "nginx", kSsl), "0.0.0.0", 443);
  Usage usage = scene.Usages()[0];
  EXPECT_TRUE(usage.listening);
  EXPECT_FALSE(usage.runs_as_root);
  EXPECT_EQ(usage.pids, (std::vector<std::uint32_t>{5, 6}));
}

// Connections within a host are dropped there.
TEST(IncumbentDefect, TrafficBetweenContainersAndOverLoopbackIsKept) {
  Scene scene;
  Process& proxy = scene.Run(5, "nginx");
  Scene::Listen(proxy, "0.0.0.0", 443);
  Scene::Connect(proxy, "172.17.0.1", 40000, "172.17.0.2", 8080, false);
  Process& app = scene.RunInContainer(6, "app", kSsl);
  Scene::Listen(app, "0.0.0.0", 8080);
  Scene::Connect(app, "172.17.0.2", 8080, "172.17.0.1", 40000, true);
  scene.result.sbom.asset.kind = AssetKind::kContainer;
  scene.result.sbom.asset.id = kContainer;
  EXPECT_TRUE(scene.Usages()[0].reached_locally);
  EXPECT_FALSE(scene.Usages()[0].reached_indirectly);
  // The proxy is reached from the Internet: then so is what it calls.
  Scene::Connect(scene.result.runtime.processes[0], "10.0.0.1", 443, "203.0.113.5", 50000, true);
  Usage usage = scene.Usages()[0];
  EXPECT_TRUE(usage.reached_indirectly);
  EXPECT_FALSE(usage.reached_from_outside);
  EXPECT_NE(usage.reach_text.find("nginx (pid 5)"), std::string::npos) << "the hop is named, not a bucket";
}

// The link from a running package to its vulnerability is made by an id that cannot match there.
TEST(IncumbentDefect, TheRunningPackageIsJoinedToItsFinding) {
  Scene scene;
  scene.Run(5, "nginx", kSsl);
  scene.Find(1, "CVE-2024-0001");
  scene.Find(0, "CVE-2024-0002");
  RankFindings(scene.result);
  EXPECT_EQ(scene.result.findings[0].package_name, "libssl3")
      << "the same weakness ranks higher where it is loaded";
  EXPECT_GE(scene.result.findings[0].rank.score - scene.result.findings[1].rank.score, 25);
}

// The most exploitable list is cut at 1000 there, and equal scores come in any order.
TEST(IncumbentDefect, OrderIsTotalAndNothingIsCut) {
  Scene scene;
  for (int i = 1500; i > 0; --i) scene.Find(0, "CVE-2024-" + std::to_string(10000 + i));
  scene.Find(0, "CVE-2020-0001", 10.0).status = model::FindingStatus::kIgnored;
  model::ScanResult turned = scene.result;
  std::reverse(turned.findings.begin(), turned.findings.end());
  RankFindings(scene.result);
  RankFindings(turned);
  ASSERT_EQ(scene.result.findings.size(), 1501U);
  for (std::size_t i = 0; i < turned.findings.size(); ++i)
    ASSERT_EQ(scene.result.findings[i].vulnerability.id, turned.findings[i].vulnerability.id);
  EXPECT_EQ(scene.result.findings.back().vulnerability.id, "CVE-2020-0001") << "closed findings come last";
}

// --- where a listener can be reached from ------------------------------------------

struct ListenCase {
  std::vector<std::string> host_addresses;
  const char* address;
  bool in_container, published;
  AddressScope expected;
};

TEST(Exposure, ListeningIsSeenFromOutside) {
  const ListenCase cases[] = {
      {{"127.0.0.1", "203.0.113.9"}, "0.0.0.0", false, false, AddressScope::kPublic},
      {{"127.0.0.1", "10.0.0.9"}, "0.0.0.0", false, false, AddressScope::kPrivate},
      {{"127.0.0.1", "10.0.0.9", "2001:db8::1"}, "::", false, false, AddressScope::kPublic},
      {{"127.0.0.1"}, "0.0.0.0", false, false, AddressScope::kLoopback},
      {{}, "0.0.0.0", false, false, AddressScope::kAny},
      {{"203.0.113.9"}, "127.0.0.1", false, false, AddressScope::kLoopback},
      {{"203.0.113.9", "10.0.0.9"}, "10.0.0.9", false, false, AddressScope::kPrivate},
      {{"203.0.113.9"}, "0.0.0.0", true, false, AddressScope::kPrivate},
      {{"203.0.113.9"}, "0.0.0.0", true, true, AddressScope::kPublic},
      {{"10.0.0.9"}, "0.0.0.0", true, true, AddressScope::kPrivate},
      {{"203.0.113.9"}, "127.0.0.1", true, true, AddressScope::kLoopback},
  };
  for (const ListenCase& c : cases) {
    Scene scene;
    scene.result.runtime.host_addresses = c.host_addresses;
    scene.Run(1, "init");
    Process& process = c.in_container ? scene.RunInContainer(6, "app") : scene.Run(6, "app");
    Scene::Listen(process, c.address, 8080);
    model::Container container;
    container.id = kContainer;
    if (c.published) container.published_ports = {{80, 8080}};
    scene.result.runtime.containers = {container};
    Exposure exposure = ExposureOf(scene.result.runtime)[1];
    EXPECT_TRUE(exposure.listening);
    EXPECT_EQ(exposure.listens, c.expected) << exposure.listen_text;
  }
}

TEST(Exposure, TheHostsOwnPublicAddressIsNotAnOutsider) {
  Scene scene;
  scene.result.runtime.host_addresses = {"203.0.113.9"};
  Process& process = scene.Run(6, "app");
  Scene::Listen(process, "0.0.0.0", 80);
  Scene::Connect(process, "203.0.113.9", 80, "203.0.113.9", 40000, true);
  Exposure exposure = ExposureOf(scene.result.runtime)[0];
  EXPECT_TRUE(exposure.locally);
  EXPECT_FALSE(exposure.from_public);
}

}  // namespace
}  // namespace weir::rank
