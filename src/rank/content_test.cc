#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "base/strings.h"
#include "rank/document_tables.h"
#include "rank/factors.h"
#include "rank/paths.h"
#include "rank/rank.h"

namespace weir::rank {
namespace {

using model::AssetKind;
using model::ContentFinding;
using model::ContentKind;
using model::ContentPlace;
using model::Origin;
using model::Process;

constexpr std::uint64_t kHostRoot = 11;

/// A scan of a host with one finding, and at most one process that matters to it.
struct Case {
  model::ScanResult result;
  ContentFinding finding;
  Case() {
    result.started_at = "2026-11-26T04:00:00Z";
    result.sbom.asset.kind = AssetKind::kHost;
    result.runtime.taken = true;
    result.runtime.host_root_id = kHostRoot;
    finding.places.resize(1);
    place().location.path = "srv/app/thing";
    finding.place_count = 1;
  }
  ContentPlace& place() { return finding.places[0]; }
  Process& process() {
    if (result.runtime.processes.empty()) {
      Process process;
      process.pid = 7;
      process.name = "service";
      process.executable = "usr/sbin/service";
      process.root_id = kHostRoot;
      result.runtime.processes.push_back(process);
    }
    return result.runtime.processes[0];
  }
  void Listen(std::string_view scope) {
    process().listening = {{"tcp", "0.0.0.0", 80, model::AddressScope::kAny}};
    if (scope == "public") result.runtime.host_addresses = {"8.8.4.4"};
    if (scope == "private") result.runtime.host_addresses = {"10.0.0.1"};
    if (scope == "loopback") process().listening = {{"tcp", "127.0.0.1", 80, model::AddressScope::kLoopback}};
  }
  void Reach(std::string_view scope) {
    std::string from = scope == "public" ? "8.8.8.8" : "10.0.0.9";
    process().connections = {{"tcp", "10.0.0.1", from, 80, 5555, true, model::ScopeOfAddress(from)}};
  }
  model::Rank Rank() const { return ScoreContent(finding, result); }
  double Score() const { return Rank().score; }
};

std::uint32_t Octal(std::string_view text) {
  std::uint32_t out = 0;
  for (char c : text) out = out * 8 + static_cast<std::uint32_t>(c - '0');
  return out;
}

void SetWord(Case& out, std::string_view word) {
  std::string_view value = word;
  std::string_view key = NextPiece(value, '=');
  ContentFinding& f = out.finding;
  ContentPlace& place = out.place();
  auto number = [&] { return static_cast<std::uint32_t>(ParseUint(value).value()); };
  if (key == "secret" || key == "malware") {
    f.kind = key == "secret" ? ContentKind::kSecret : ContentKind::kMalware;
  } else if (key == "severity") {
    f.severity = model::ParseSeverity(value);
  } else if (key == "confidence") {
    f.confidence = model::ParseConfidence(value);
  } else if (key == "valid" || key == "invalid") {
    f.validation = key == "valid" ? model::Validation::kValid : model::Validation::kInvalid;
  } else if (key == "pass-phrase" || key == "expires" || key == "known-sample") {
    f.facts.emplace_back(key, value);
  } else if (key == "places") {
    f.place_count = number();
  } else if (key == "in") {
    place.origin = model::ParseOrigin(value);
    if (value == "environment" || value == "command-line" || value == "memory") place.pid = 7;
  } else if (key == "path") {
    place.location.path = value;
  } else if (key == "mode") {
    place.mode = Octal(value);
  } else if (key == "owner") {
    place.owner = number();
  } else if (key == "package" || key == "changed" || key == "unmodified") {
    place.package = place.package_name = "libc6";
    place.unmodified = key == "unmodified";
    place.modified = key == "changed";
  } else if (key == "added") {
    place.added = true;
  } else if (key == "process") {
    out.process().user_id = number();
  } else if (key == "listens") {
    out.Listen(value);
  } else if (key == "reached") {
    out.Reach(value);
  } else if (key == "running") {
    out.process().executable = place.location.path;
  } else if (key == "named") {
    out.process().arguments = {"service", "--file=/" + place.location.path};
  } else {
    ADD_FAILURE() << "unknown word " << word;
  }
}

/// From the words in the second column of the examples in docs/ranking.md.
Case Parse(std::string_view words) {
  Case out;
  for (std::string_view word : Split(words, ' '))
    if (!word.empty()) SetWord(out, word);
  return out;
}

double ScoreOf(std::string_view words) { return Parse(words).Score(); }

std::vector<std::string> FactorsOf(const model::Rank& rank) {
  std::vector<std::string> out;
  for (const model::RankReason& reason : rank.reasons) out.push_back(reason.factor);
  return out;
}

bool HasFactor(const model::Rank& rank, std::string_view factor) {
  auto factors = FactorsOf(rank);
  return std::find(factors.begin(), factors.end(), factor) != factors.end();
}

TEST(RankingDocument, ContentExamplesAreWhatTheFormulaGives) {
  int checked = 0;
  for (const auto& cells : TableRows(3)) {
    if (cells[2].find("confidence=") == std::string::npos) continue;
    EXPECT_NEAR(ScoreOf(cells[2]), ParseDouble(cells[3]).value_or(-1), 0.05) << cells[1];
    ++checked;
  }
  EXPECT_GE(checked, 16);
}

TEST(RankingDocument, ShowsWhatSpeaksAgainstAFinding) {
  auto rows = TableRows(3);
  for (const Discount& discount : kDiscounts) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& cells) {
      return cells[1] == "`" + std::string(discount.name) + "`";
    });
    ASSERT_NE(row, rows.end()) << discount.name;
    EXPECT_DOUBLE_EQ(ParseDouble((*row)[2]).value_or(-1), discount.times) << discount.name;
  }
}

// What the ranking is for: the key that an attacker from the network can take comes before the one that
// nobody uses.
TEST(ContentRank, LiveKeyBeforeFixture) {
  Case scene = Parse(
      "secret severity=high confidence=high pass-phrase=none mode=0640 owner=33 process=33 listens=any");
  scene.finding.fingerprint = "live";
  scene.place().location.path = "etc/nginx/server.key";
  ContentFinding fixture = scene.finding;
  fixture.fingerprint = "fixture";
  fixture.places[0].location.path = "home/me/.cache/project/tests/fixtures/key.pem";
  fixture.places[0].owner = 1000;
  fixture.places[0].mode = 0600;
  scene.result.content = {fixture, scene.finding};
  RankContent(scene.result);
  ASSERT_EQ(scene.result.content[0].fingerprint, "live");
  EXPECT_GT(scene.result.content[0].rank.score, 2.5 * scene.result.content[1].rank.score);
  EXPECT_TRUE(HasFactor(scene.result.content[0].rank, "listening-any"));
  EXPECT_TRUE(HasFactor(scene.result.content[1].rank, "sample-folder"));
  EXPECT_FALSE(HasFactor(scene.result.content[1].rank, "listening-any"));
}

TEST(ContentRank, WhoMayReadIt) {
  const std::string base = "secret severity=high confidence=high ";
  double unread = ScoreOf(base + "mode=0600 owner=1000 process=33 listens=any");
  EXPECT_EQ(unread, ScoreOf(base)) << "a listener that may not read it changes nothing";
  EXPECT_EQ(unread, ScoreOf(base + "mode=0640 owner=1000 process=33 listens=any")) << "groups are not known";
  EXPECT_EQ(unread, ScoreOf(base + "mode=0600 owner=33 process=33")) << "its owner does not listen";
  double owner = ScoreOf(base + "mode=0600 owner=33 process=33 listens=any");
  double root = ScoreOf(base + "mode=0600 owner=1000 process=0 listens=any");
  double everybody = ScoreOf(base + "mode=0604 owner=1000 process=33 listens=any");
  EXPECT_GT(root, unread + 2);
  EXPECT_GT(owner, root + 2);
  EXPECT_GT(everybody, owner);
  EXPECT_EQ(ScoreOf(base + "path=root/key mode=0604 owner=1000 process=33 listens=any"), unread)
      << "root's home is closed";
  EXPECT_GT(ScoreOf(base + "mode=0600 owner=33 process=33 listens=public"), owner) << "farther, more";
  EXPECT_LT(ScoreOf(base + "mode=0600 owner=33 process=33 listens=loopback"), owner);
  EXPECT_EQ(ScoreOf(base + "process=0 listens=any"), unread) << "no mode: nothing is known";
}

TEST(ContentRank, TheHostsProcessesDoNotReadAContainersFiles) {
  Case scene = Parse("secret severity=high confidence=high mode=0644 owner=0 process=33 listens=any");
  scene.result.sbom.asset.kind = AssetKind::kContainer;
  scene.result.sbom.asset.id = std::string(64, 'c');
  EXPECT_FALSE(HasFactor(scene.Rank(), "listening-any"));
  scene.process().container_id = scene.result.sbom.asset.id;
  scene.process().root_id = 99;
  EXPECT_TRUE(HasFactor(scene.Rank(), "listening-private")) << "not published: in its network only";
}

TEST(ContentRank, FolderOfTheHost) {
  Case scene = Parse("secret severity=high confidence=high mode=0644 owner=0 process=33 listens=any named");
  scene.result.sbom.asset.kind = AssetKind::kDirectory;
  scene.result.sbom.asset.id = "/opt/shop";
  EXPECT_TRUE(HasFactor(scene.Rank(), "listening-any")) << "what sees the host's files sees the folder";
  EXPECT_FALSE(HasFactor(scene.Rank(), "named-by-process")) << "another file";
  scene.process().arguments[1] = "/opt/shop/srv/app/thing";
  EXPECT_TRUE(HasFactor(scene.Rank(), "named-by-process"));
  scene.result.runtime.taken = false;
  EXPECT_FALSE(HasFactor(scene.Rank(), "listening-any"));
}

TEST(ContentRank, EnvironmentAndItsNeighbours) {
  Case scene = Parse("secret severity=high confidence=high in=environment process=1000");
  double alone = scene.Score();
  EXPECT_TRUE(HasFactor(scene.Rank(), "in-process"));
  Process neighbour;
  neighbour.pid = 8;
  neighbour.name = "proxy";
  neighbour.user_id = 1000;
  neighbour.root_id = kHostRoot;
  neighbour.listening = {{"tcp", "0.0.0.0", 80, model::AddressScope::kAny}};
  scene.result.runtime.processes.push_back(neighbour);
  double beside = scene.Score();
  EXPECT_GT(beside, alone + 2);
  scene.result.runtime.processes[1].user_id = 33;
  EXPECT_EQ(scene.Score(), alone) << "another user may not look into its environment";
  scene.place().origin = Origin::kCommandLine;
  EXPECT_GT(scene.Score(), alone + 2) << "command lines are open to all";
  scene.place().origin = Origin::kEnvironment;
  scene.result.runtime.processes[1].root_id = 99;
  scene.result.runtime.processes[1].user_id = 1000;
  EXPECT_EQ(scene.Score(), alone) << "another container";
  scene.Listen("any");
  EXPECT_GT(scene.Score(), beside + 2) << "the process itself listens";
}

TEST(ContentRank, PrivilegedContainer) {
  Case scene = Parse("secret severity=high confidence=high in=environment process=0 listens=any");
  scene.result.runtime.containers.resize(1);
  scene.result.runtime.containers[0].id = scene.process().container_id = std::string(64, 'c');
  EXPECT_FALSE(HasFactor(scene.Rank(), "privileged"));
  scene.result.runtime.containers[0].privileged = true;
  EXPECT_TRUE(HasFactor(scene.Rank(), "privileged"));
}

TEST(ContentRank, WorstPlaceDecides) {
  Case scene = Parse("secret severity=high confidence=high path=src/tests/key.pem");
  double in_tests = scene.Score();
  scene.finding.places.push_back(scene.place());
  scene.finding.places[1].location.path = "etc/key.pem";
  EXPECT_GT(scene.Score(), 2 * in_tests);
  EXPECT_FALSE(HasFactor(scene.Rank(), "sample-folder"));
}

TEST(ContentRank, AKeyThatWorksIsNoSample) {
  EXPECT_EQ(ScoreOf("secret severity=high confidence=high valid path=a/tests/key.pem"),
            ScoreOf("secret severity=high confidence=high valid path=a/b/key.pem"));
}

TEST(ContentRank, Expiry) {
  const std::string base = "secret severity=high confidence=high ";
  EXPECT_LT(ScoreOf(base + "expires=2026-11-25"), ScoreOf(base));
  EXPECT_EQ(ScoreOf(base + "expires=2026-11-26"), ScoreOf(base)) << "to the end of the day";
  EXPECT_EQ(ScoreOf(base + "expires=never"), ScoreOf(base));
  EXPECT_LT(ScoreOf(base + "known-sample=manual"), ScoreOf(base) / 10);
}

TEST(ContentRank, MalwareThatRuns) {
  const std::string base = "malware severity=high confidence=medium path=opt/x.sh mode=0755 owner=1000 ";
  double idle = ScoreOf(base);
  EXPECT_GT(ScoreOf(base + "process=1000 running"), idle + 20);
  EXPECT_GT(ScoreOf(base + "process=0 running"), ScoreOf(base + "process=1000 running"));
  Case scene = Parse(base + "process=1000 named");
  EXPECT_EQ(scene.Score(), idle) << "an editor has it open";
  scene.process().executable = "usr/bin/bash";
  EXPECT_TRUE(HasFactor(scene.Rank(), "running")) << "a shell runs it";
  scene = Parse(base + "process=1000");
  scene.process().loaded_files = {"opt/x.sh"};
  EXPECT_TRUE(HasFactor(scene.Rank(), "running"));
  EXPECT_EQ(ScoreOf(base + "in=memory process=1000"), ScoreOf(base + "process=1000 running"));
}

TEST(ContentRank, ChangedOnlyWhereItIsKnown) {
  const std::string base = "malware severity=high confidence=high path=etc/x.conf ";
  EXPECT_EQ(ScoreOf(base + "package"), ScoreOf(base)) << "its digest is not known";
  EXPECT_GT(ScoreOf(base + "changed"), ScoreOf(base) + 10);
  EXPECT_LT(ScoreOf(base + "unmodified"), ScoreOf(base) / 5);
}

TEST(ContentRank, OldSpellingOfALibrary) {
  Case scene = Parse("malware severity=high confidence=high path=lib/x86/libx.so process=0");
  scene.process().loaded_files = {"usr/lib/x86/libx.so"};
  EXPECT_TRUE(HasFactor(scene.Rank(), "running"));
}

TEST(ContentRank, WhereTheFolderLies) {
  Case scene = Parse("malware severity=high confidence=high path=html/x.php mode=0644 process=33");
  scene.result.sbom.asset.kind = AssetKind::kDirectory;
  scene.result.sbom.asset.id = "/var/www";
  EXPECT_TRUE(HasFactor(scene.Rank(), "web-root"));
  scene.result.sbom.asset.id = "/tmp";
  EXPECT_TRUE(HasFactor(scene.Rank(), "temp-folder"));
  scene.result.sbom.asset.id = "/tmp/unpacked";
  EXPECT_FALSE(HasFactor(scene.Rank(), "temp-folder"));
  scene = Parse("secret severity=high confidence=high mode=0644 process=33");
  scene.result.sbom.asset.kind = AssetKind::kDirectory;
  scene.result.sbom.asset.id = "/root/project";
  EXPECT_FALSE(HasFactor(scene.Rank(), "world-readable"));
}

TEST(ContentRank, FoldersTakeNothingFromMalware) {
  EXPECT_EQ(ScoreOf("malware severity=high confidence=high path=srv/tests/x"),
            ScoreOf("malware severity=high confidence=high path=srv/other/x"));
}

TEST(ContentRank, WebShellInAContainer) {
  Case scene = Parse(
      "malware severity=high confidence=high added path=var/www/html/a.php mode=0644 owner=33 process=33 "
      "listens=any");
  EXPECT_GE(scene.Score(), 75);
  EXPECT_EQ(FactorsOf(scene.Rank()),
            (std::vector<std::string>{"severity", "added-while-running", "web-root", "listening-any"}));
}

TEST(ContentRank, SortsOpenFirstThenScoreThenName) {
  Case scene;
  auto add = [&](std::string rule, std::string fingerprint, model::Severity severity, bool open) {
    ContentFinding f = scene.finding;
    f.rule = std::move(rule);
    f.fingerprint = std::move(fingerprint);
    f.severity = severity;
    f.status = open ? model::FindingStatus::kOpen : model::FindingStatus::kIgnored;
    scene.result.content.push_back(f);
  };
  add("z", "1", model::Severity::kCritical, false);
  add("b", "2", model::Severity::kLow, true);
  add("b", "1", model::Severity::kLow, true);
  add("a", "9", model::Severity::kLow, true);
  add("c", "0", model::Severity::kHigh, true);
  RankContent(scene.result);
  std::string order;
  for (const ContentFinding& f : scene.result.content) order += f.rule + f.fingerprint + " ";
  EXPECT_EQ(order, "c0 a9 b1 b2 z1 ");
}

TEST(Paths, Neighbourhoods) {
  using Kind = Neighbourhood::Kind;
  struct Row {
    std::string_view path;
    Kind kind;
  };
  constexpr Row kRows[] = {
      {"etc/ssl/private/key.pem", Kind::kPlain},
      {"usr/share/doc/openssl/demo.pem", Kind::kSample},
      {"srv/Tests/a.env", Kind::kSample},
      {"srv/app/.env.example", Kind::kSample},
      {"srv/app/login_test.go", Kind::kSample},
      {"srv/app/README.md", Kind::kSample},
      {"var/cache/apt/x", Kind::kCache},
      {"home/a/.cache/pip/tests/x", Kind::kSample},
      {"srv/node_modules/a/index.js", Kind::kLibrary},
      {"backup.tar.gz!home/a/tests/x", Kind::kSample},
      {"a/tests.tar!etc/key", Kind::kPlain},
      {"usr/lib/python3/dist-packages/x/y.py", Kind::kLibrary},
      {"contest/latest/key", Kind::kPlain},
      {"srv/test", Kind::kPlain},
      {"", Kind::kPlain},
  };
  for (const Row& row : kRows) EXPECT_EQ(NeighbourhoodOf(row.path).kind, row.kind) << row.path;
}

TEST(Paths, FoldersOfMalware) {
  EXPECT_EQ(WebRoot("var/www/html/x.php"), "var/www/");
  EXPECT_EQ(WebRoot("home/a/public_html/x.php"), "home/a/public_html/");
  EXPECT_EQ(WebRoot("opt/www"), "") << "a file called www";
  EXPECT_EQ(WebRoot("etc/passwd"), "");
  EXPECT_EQ(TempFolder("dev/shm/x"), "dev/shm/");
  EXPECT_EQ(TempFolder("srv/tmp/x"), "");
}

Case RandomCase(std::mt19937& random) {
  constexpr std::string_view kPaths[] = {"etc/key",    "var/www/x",        "tmp/y", "srv/tests/z", "root/key",
                                         "a/.cache/b", "usr/lib/libc.so.6"};
  auto coin = [&] { return random() % 2 == 0; };
  Case out;
  ContentFinding& f = out.finding;
  f.kind = static_cast<ContentKind>(random() % 2);
  f.severity = static_cast<model::Severity>(random() % 6);
  f.confidence = static_cast<model::Confidence>(random() % 3);
  f.validation = static_cast<model::Validation>(random() % 4);
  if (coin()) f.facts.emplace_back("pass-phrase", "none");
  if (coin()) f.facts.emplace_back("expires", coin() ? "2020-01-01" : "2040-01-01");
  f.places.resize(1 + random() % 3);
  f.place_count = f.places.size() + random() % 3;
  for (ContentPlace& place : f.places) {
    place.origin = static_cast<Origin>(random() % 7);
    place.location.path = kPaths[random() % std::size(kPaths)];
    place.mode = static_cast<std::uint32_t>(random() % 07777);
    place.owner = coin() ? 0 : 33;
    place.pid = random() % 3 == 0 ? 7 : 0;
    if (coin()) place.package = "p";
    place.unmodified = coin();
    place.modified = !place.unmodified && coin();
    place.added = coin();
  }
  out.process().user_id = coin() ? 0 : 33;
  out.process().privileged = coin();
  if (coin()) out.Listen(coin() ? "public" : "loopback");
  if (coin()) out.Reach(coin() ? "public" : "private");
  if (coin()) out.process().executable = kPaths[random() % std::size(kPaths)];
  if (coin()) out.process().arguments = {"x", "/etc/key"};
  return out;
}

TEST(ContentRankProperty, PointsAddUpToTheScoreWhichIsInRange) {
  std::mt19937 random(1);
  for (int i = 0; i < 5'000; ++i) {
    model::Rank rank = RandomCase(random).Rank();
    double sum = 0;
    for (const model::RankReason& reason : rank.reasons) {
      sum += reason.points;
      EXPECT_FALSE(reason.factor.empty() || reason.detail.empty());
    }
    ASSERT_NEAR(sum, rank.score, 1e-6);
    ASSERT_TRUE(rank.score >= 0 && rank.score <= 100);
  }
}

TEST(ContentRankProperty, MoreOfAFactorNeverLowersTheScore) {
  const std::function<void(Case&)> more[] = {
      [](Case& c) { c.finding.validation = model::Validation::kValid; },
      [](Case& c) { c.finding.confidence = model::Confidence::kHigh; },
      [](Case& c) { c.finding.severity = model::Severity::kCritical; },
      [](Case& c) { c.finding.place_count += 3; },
      [](Case& c) { c.Listen("public"); },
      [](Case& c) { c.place().added = true; },
      [](Case& c) { c.place().unmodified = false; },
      [](Case& c) {
        if (c.place().mode != 0) c.place().mode |= 0444;
      },
  };
  std::mt19937 random(2);
  for (int i = 0; i < 2'000; ++i) {
    Case before = RandomCase(random);
    for (std::size_t m = 0; m < std::size(more); ++m) {
      Case after = before;
      more[m](after);
      ASSERT_GE(after.Score(), before.Score()) << "factor " << m;
    }
  }
}

// A host with everything: its index is made once, not for each finding.
TEST(ContentRank, ManyFindingsAndProcessesInLittleTime) {
  Case scene;
  std::mt19937 random(3);
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    Process process;
    process.pid = i + 1;
    process.name = "p" + std::to_string(i);
    process.executable = "usr/bin/p" + std::to_string(i % 300);
    process.user_id = i % 50;
    process.root_id = i % 40 == 0 ? kHostRoot : 100 + i % 40;
    for (int f = 0; f < 60; ++f) process.loaded_files.push_back("usr/lib/lib" + std::to_string(f) + ".so");
    if (i % 10 == 0) process.listening = {{"tcp", "0.0.0.0", 80, model::AddressScope::kAny}};
    scene.result.runtime.processes.push_back(std::move(process));
  }
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    ContentFinding f = RandomCase(random).finding;
    f.fingerprint = std::to_string(i);
    for (ContentPlace& place : f.places) {
      place.pid = place.pid == 0 ? 0 : i % 5'000;
      place.location.path = "usr/share/x/" + std::to_string(i);
    }
    scene.result.content.push_back(std::move(f));
  }
  auto start = std::chrono::steady_clock::now();
  RankContent(scene.result);
  auto spent = std::chrono::steady_clock::now() - start;
  RecordProperty("ms",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(spent).count()));
  EXPECT_LT(spent, std::chrono::seconds(5));
}

}  // namespace
}  // namespace weir::rank
