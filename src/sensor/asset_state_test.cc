#include "sensor/asset_state.h"

#include <gtest/gtest.h>

#include "sensor/perform_job.h"
#include "sensor/scan_job.h"

namespace weir::sensor {
namespace {

model::Package Package(const std::string& id, const std::string& version = "1",
                       const std::string& path = "var/lib/dpkg/status",
                       model::PackageType type = model::PackageType::kDeb) {
  model::Package package;
  package.id = package.name = id;
  package.version = version;
  package.type = type;
  package.locations = {{path, ""}};
  return package;
}

wire::ScanRecord Scan(const std::string& id, std::vector<model::Package> packages) {
  wire::ScanRecord record;
  record.scan_id = id;
  record.packages = std::move(packages);
  return record;
}

model::Usage Loaded(std::vector<std::uint32_t> pids) {
  model::Usage usage;
  usage.level = model::Usage::Level::kLoaded;
  usage.pids = std::move(pids);
  return usage;
}

TEST(AssetState, ComesBackAsItWas) {
  AssetState state;
  state = StateOf(Scan("s1", {Package("a"), Package("b")}), {});
  state.owners.Add("bin/a", 0);
  state.owners.Add("usr/bin/b", 1);
  state.owners.AddLink("bin", "usr/bin");
  state.owners.Sort();
  std::string text = PackAssetState(state);
  auto read = UnpackAssetState(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->record.scan_id, "s1");
  EXPECT_EQ(read->record.packages.size(), 2U);
  EXPECT_EQ(read->owners.Find("usr/bin/b"), 1);
  EXPECT_EQ(read->owners.Find("usr/bin/a"), 0);
  for (std::size_t cut = 0; cut < text.size(); cut += 3) EXPECT_FALSE(UnpackAssetState(text.substr(0, cut)));
}

TEST(ScanDifference, IsWhatCameWentAndChanged) {
  auto before = Scan("s1", {Package("a"), Package("b"), Package("c")});
  before.relations = {{"a", "b", model::RelationKind::kDependsOn}};
  auto after = Scan("s2", {Package("a"), Package("b", "2"), Package("d")});
  after.relations = {{"a", "d", model::RelationKind::kDependsOn}};
  auto change = ScanDifference(StateOf(before, {}), after);
  EXPECT_EQ(change.base, "s1");
  ASSERT_EQ(change.packages.size(), 2U);
  EXPECT_EQ(change.packages[0].id, "b");
  EXPECT_EQ(change.packages[1].id, "d");
  EXPECT_EQ(change.gone_packages, std::vector<std::string>{"c"});
  EXPECT_EQ(change.relations, after.relations);
  EXPECT_EQ(change.gone_relations, before.relations);
  auto none = ScanDifference(StateOf(after, {}), after);
  EXPECT_TRUE(none.packages.empty() && none.gone_packages.empty() && none.relations.empty());
}

TEST(ScanDifference, SecretsAreToldWholeOrNotAtAll) {
  model::ContentFinding secret;
  secret.rule = "key";
  secret.fingerprint = std::string(32, 'a');
  secret.rank.score = 50;
  auto before = Scan("s1", {});
  before.content = {secret};
  before.content_scans.resize(1);
  auto after = before;
  after.content_scans[0].files = 99;
  auto change = ScanDifference(StateOf(before, {}), after);
  EXPECT_TRUE(change.content_same);
  EXPECT_TRUE(change.content.empty());
  ASSERT_EQ(change.content_scans.size(), 1U);
  EXPECT_EQ(change.content_scans[0].files, 99U);

  auto told_whole = [&](const wire::ScanRecord& base, const wire::ScanRecord& now) {
    auto told = ScanDifference(StateOf(base, {}), now);
    return !told.content_same && told.content.size() == now.content.size();
  };
  auto ranked = after;
  ranked.content[0].rank.score = 60;
  EXPECT_TRUE(told_whole(before, ranked));
  auto gone = after;
  gone.content.clear();
  EXPECT_TRUE(told_whole(before, gone));
  auto not_looked = gone;
  not_looked.content_scans.clear();
  EXPECT_TRUE(told_whole(not_looked, gone)) << "nothing was found, by who looked for once";
  auto cut = before;
  cut.cut_short = true;
  EXPECT_TRUE(told_whole(cut, after));
}

TEST(ScanDifference, OtherGoSymbolsAreAChange) {
  auto before = Scan("s1", {Package("a")});
  before.packages[0].go_symbols = std::make_shared<const model::GoSymbols>(model::GoSymbols{1, 2});
  auto after = before;
  EXPECT_TRUE(ScanDifference(StateOf(before, {}), after).packages.empty());
  after.packages[0].go_symbols = std::make_shared<const model::GoSymbols>(model::GoSymbols{1, 3});
  auto change = ScanDifference(StateOf(before, {}), after);
  ASSERT_EQ(change.packages.size(), 1U);
  EXPECT_TRUE(change.packages[0].go_symbols) << "they are told";
}

TEST(UsageDifference, AnotherPidAloneIsMinor) {
  std::vector<model::Package> packages{Package("a"), Package("b"), Package("c")};
  auto before = FoldUsage(packages, {Loaded({1}), {}, {}});
  ASSERT_EQ(before.packages.size(), 1U);
  auto other_pid = FoldUsage(packages, {Loaded({2}), {}, {}});
  EXPECT_TRUE(IsEmpty(UsageDifference(before, other_pid, false)));
  auto told = UsageDifference(before, other_pid, true);
  ASSERT_EQ(told.packages.size(), 1U);
  EXPECT_EQ(told.packages[0].second.pids, std::vector<std::uint32_t>{2});

  auto moved = FoldUsage(packages, {{}, Loaded({3}), {}});
  auto change = UsageDifference(before, moved, false);
  ASSERT_EQ(change.packages.size(), 1U);
  EXPECT_EQ(change.packages[0].first, "b");
  EXPECT_EQ(change.back_to_others, std::vector<std::string>{"a"});
  auto applied = ApplyUsage(before, change);
  EXPECT_TRUE(IsEmpty(UsageDifference(applied, moved, true)));

  auto flipped = FoldUsage(packages, {Loaded({1}), Loaded({1}), {}});
  auto whole = UsageDifference(before, flipped, false);
  EXPECT_TRUE(whole.full) << "with other others everything is another";
}

TEST(WatchPaths, AreWherePackagesLie) {
  std::vector<model::Package> packages;
  packages.push_back(Package("deb"));
  for (int i = 0; i < 5; ++i)
    packages.push_back(Package("py" + std::to_string(i), "1",
                               "usr/lib/python3/dist-packages/py" + std::to_string(i) + ".dist-info/METADATA",
                               model::PackageType::kPypi));
  packages.push_back(
      Package("js", "1", "srv/app/node_modules/a/node_modules/b/package.json", model::PackageType::kNpm));
  packages.push_back(Package("jar", "1", "srv/app.war!/WEB-INF/lib/x.jar", model::PackageType::kMaven));
  auto paths = WatchPaths(packages, 64);
  auto has = [&](const char* path) { return std::find(paths.begin(), paths.end(), path) != paths.end(); };
  EXPECT_TRUE(has("var/lib/dpkg/status"));
  EXPECT_TRUE(has("lib/apk/db/installed")) << "even where there is none yet";
  EXPECT_TRUE(has("usr/lib/python3/dist-packages"));
  EXPECT_TRUE(has("srv/app/node_modules"));
  EXPECT_TRUE(has("srv/app.war"));
  EXPECT_EQ(WatchPaths(packages, 8).back(), "usr/lib/python3/dist-packages")
      << "those of most packages first";
}

TEST(ScanJob, GoesThroughText) {
  ScanJob job;
  job.kind = ScanJob::Kind::kUsage;
  job.scan_id = "x";
  job.state_folder = "/a";
  job.work_folder = "/b";
  job.exclude = {"var/**"};
  job.content.packages = false;
  job.content.secrets = job.content.waits_for_key = job.content.process_memory = true;
  job.content.fingerprint_key = "abc";
  job.content.secret_rules = {"/r/a.toml"};
  job.content.disabled_malware_rules = {"x"};
  job.content.clamd_socket = "/run/clamd";
  job.budget.processor_percent = 42;
  ScanSubject subject;
  subject.asset = {model::AssetKind::kImage, "sha256:1"};
  subject.labels = {{"k", "v"}};
  job.subjects = {subject};
  auto read = ParseScanJob(ToJson(job));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, ScanJob::Kind::kUsage);
  EXPECT_EQ(read->budget.processor_percent, 42U);
  EXPECT_FALSE(read->content.packages || read->content.malware);
  EXPECT_TRUE(read->content.secrets && read->content.waits_for_key && read->content.process_memory);
  EXPECT_EQ(read->content.fingerprint_key, "abc");
  EXPECT_EQ(read->content.secret_rules, job.content.secret_rules);
  EXPECT_EQ(read->content.disabled_malware_rules, job.content.disabled_malware_rules);
  EXPECT_EQ(read->content.clamd_socket, "/run/clamd");
  ASSERT_EQ(read->subjects.size(), 1U);
  EXPECT_EQ(read->subjects[0].asset, subject.asset);
  EXPECT_EQ(read->subjects[0].labels, subject.labels);
  EXPECT_FALSE(ParseScanJob("{}"));
  EXPECT_FALSE(ParseScanJob("[1"));

  ScanReport report;
  report.phase = "failed";
  report.error = {Code::kLimitExceeded, "too big"};
  auto said = ParseScanReport(ToJson(report));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->error.code, Code::kLimitExceeded);
  EXPECT_FALSE(ParseScanReport("{\"files\":\"x\",\"phase\":\"done\"}"));
}

}  // namespace
}  // namespace weir::sensor
