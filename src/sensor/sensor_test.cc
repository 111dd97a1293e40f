#include "sensor/sensor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "base/file.h"
#include "discovery/testing.h"
#include "sensor/asset_state.h"
#include "sensor/content_rules.h"
#include "sensor/support.h"
#include "sensor/testing.h"

namespace weir::sensor {
namespace {

using std::chrono::milliseconds;

/// Scans of made-up packages, with states and differences like the real ones.
class FakeScans {
 public:
  ScanRunner Runner() {
    return [this](const ScanJob& job, const std::atomic<bool>&,
                  const std::function<void(const ScanReport&)>& progress) -> Result<ScanReport> {
      std::lock_guard lock(mutex_);
      jobs_.push_back(job);
      ScanReport report;
      report.phase = "reading";
      progress(report);
      if (job.kind == ScanJob::Kind::kUsage) {
        report.phase = "done";
        return report;
      }
      const ScanSubject& subject = job.subjects.front();
      if (fail_.contains(subject.asset)) return Err(Code::kLimitExceeded, "out of memory");
      std::string name = AssetFileName(subject.asset) + ".state";
      wire::ScanRecord record;
      record.scan_id = job.scan_id;
      record.asset = subject.asset;
      record.name = subject.name;
      record.trigger = job.trigger;
      record.usage.full = true;
      for (const std::string& one : packages_) {
        model::Package package;
        package.id = package.name = one;
        record.packages.push_back(package);
      }
      auto before = ReadAssetState(job.state_folder + "/" + name);
      AssetState state = StateOf(record, {});
      wire::ScanRecord told = before ? ScanDifference(*before, record) : record;
      report.changed = !told.packages.empty() || !told.gone_packages.empty();
      EXPECT_TRUE(WriteAssetState(job.work_folder + "/" + name, state));
      EXPECT_TRUE(WriteFileAtomically(job.work_folder + "/" + AssetFileName(subject.asset) + ".record",
                                      wire::RecordText(told)));
      report.phase = "done";
      report.watch = {"var/lib/dpkg/status"};
      return report;
    };
  }
  void SetPackages(std::vector<std::string> packages) {
    std::lock_guard lock(mutex_);
    packages_ = std::move(packages);
  }
  void Fail(const wire::AssetRef& asset, bool fail) {
    std::lock_guard lock(mutex_);
    if (fail) {
      fail_.insert(asset);
    } else {
      fail_.erase(asset);
    }
  }
  std::size_t jobs() {
    std::lock_guard lock(mutex_);
    return jobs_.size();
  }
  std::vector<ScanJob> scan_jobs() {
    std::lock_guard lock(mutex_);
    std::vector<ScanJob> out;
    for (const ScanJob& job : jobs_)
      if (job.kind == ScanJob::Kind::kScan) out.push_back(job);
    return out;
  }

 private:
  std::mutex mutex_;
  std::vector<ScanJob> jobs_;
  std::vector<std::string> packages_{"openssl", "zlib"};
  std::set<wire::AssetRef> fail_;
};

class SensorTest : public ::testing::Test {
 protected:
  SensorTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-sensor-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    host_.AddProcess(1, "init", "/sbin/init", std::string("init\0", 5));
    FakeHost::Write(host_.base() / "proc/sys/kernel/hostname", "node-1\n");
    FakeHost::Write(host_.root() / "var/lib/dpkg/status", "one");
  }
  ~SensorTest() override {
    sensor_.reset();
    std::filesystem::remove_all(folder_);
  }
  using FakeHost = discovery::FakeHost;

  SensorOptions Options() {
    SensorOptions options;
    options.console_url = console_.Url();
    options.token = console_.Token();
    options.data_dir = folder_.string();
    options.version = "test";
    options.discovery = host_.options();
    options.run_scan = scans_.Runner();
    options.process_interval = milliseconds(10);
    options.socket_interval = milliseconds(20);
    options.watch_interval = milliseconds(20);
    options.status_interval = milliseconds(50);
    options.usage_interval = milliseconds(50);
    options.retry_first = milliseconds(2);
    options.retry_most = milliseconds(50);
    options.discovery_share = 1;
    options.key_wait = milliseconds(0);
    // Time passes a hundred times as fast, so that nothing has to be waited for.
    options.now_ms = [start = SystemNowMs()] { return start + (SystemNowMs() - start) * 100; };
    return options;
  }
  void Start(SensorOptions options) {
    auto sensor = Sensor::Start(std::move(options));
    ASSERT_TRUE(sensor) << sensor.error().message;
    sensor_ = std::move(*sensor);
  }
  template <class Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 2'000; ++i) {
      if (condition()) return true;
      ::usleep(5'000);
    }
    return condition();
  }
  std::vector<wire::ScanRecord> Scans() const { return console_.Of<wire::ScanRecord>(); }
  static wire::AssetRef Container(char digit) {
    return {model::AssetKind::kContainer, std::string(64, digit)};
  }
  void AddContainer(int pid, char digit) {
    auto folder = host_.AddProcess(pid, "server", "/srv/server", std::string("server\0", 7));
    FakeHost::Write(folder / "cgroup", "0::/system.slice/docker-" + std::string(64, digit) + ".scope\n");
  }

  FakeConsole console_;
  FakeHost host_;
  FakeScans scans_;
  std::filesystem::path folder_;
  std::unique_ptr<Sensor> sensor_;
};

TEST_F(SensorTest, EnrolsTellsWhatRunsAndScansTheHost) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !Scans().empty(); }));
  auto scan = Scans().front();
  EXPECT_EQ(scan.trigger, "start");
  EXPECT_EQ(scan.name, "node-1");
  EXPECT_TRUE(scan.base.empty());
  EXPECT_EQ(scan.packages.size(), 2U);
  ASSERT_TRUE(Eventually([&] { return !console_.Of<wire::InventoryRecord>().empty(); }));
  auto inventory = console_.Of<wire::InventoryRecord>().front();
  EXPECT_TRUE(inventory.full);
  EXPECT_EQ(inventory.host.name, "node-1");
  ASSERT_EQ(inventory.processes.size(), 1U);
  EXPECT_EQ(inventory.processes[0].executable, "sbin/init");
  EXPECT_TRUE(Eventually([&] { return sensor_->status().first_scan_done; }));
  EXPECT_TRUE(Eventually([&] { return !console_.statuses().empty(); }));
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "sensor/identity.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  auto second = Sensor::Start(Options());
  ASSERT_FALSE(second) << "one sensor a folder";
  EXPECT_NE(second.error().message.find("another sensor"), std::string::npos);
}

TEST_F(SensorTest, LaterStartsNeedNoTokenAndTellDifferences) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !Scans().empty(); }));
  sensor_->Stop();
  sensor_.reset();
  scans_.SetPackages({"openssl", "curl"});
  SensorOptions options = Options();
  options.token.clear();
  options.console_url.clear();
  Start(options);
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 2; }));
  auto scan = Scans().back();
  EXPECT_EQ(scan.base, Scans().front().scan_id);
  ASSERT_EQ(scan.packages.size(), 1U);
  EXPECT_EQ(scan.packages[0].id, "curl");
  EXPECT_EQ(scan.gone_packages, std::vector<std::string>{"zlib"});
  EXPECT_EQ(console_.enrolled(), 1U);
}

TEST_F(SensorTest, ANewTokenMeansANewIdentityThatIsToldEverything) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !Scans().empty() && sensor_->status().first_scan_done; }));
  sensor_->Stop();
  sensor_.reset();
  SensorOptions options = Options();
  options.token = console_.Token("t2");
  Start(options);
  EXPECT_EQ(sensor_->status().sensor_id, "s2");
  ASSERT_TRUE(Eventually([&] { return Scans().size() >= 2 && Scans().back().base.empty(); }));
  EXPECT_EQ(console_.last().size(), 2U) << "another numbering";
}

TEST_F(SensorTest, WithoutTokenThereIsNoFirstStart) {
  SensorOptions options = Options();
  options.token.clear();
  auto sensor = Sensor::Start(options);
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().code, Code::kInvalidArgument);
}

TEST_F(SensorTest, ContainersAreScannedWhenTheyComeAndToldWhenTheyGo) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !Scans().empty(); }));
  AddContainer(7, 'a');
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 2; }));
  EXPECT_EQ(Scans().back().trigger, "new");
  EXPECT_EQ(Scans().back().asset, Container('a'));
  std::filesystem::remove_all(host_.Process(7));
  ASSERT_TRUE(Eventually([&] {
    for (const auto& record : console_.Of<wire::InventoryRecord>())
      if (record.gone_containers == std::vector<std::string>{Container('a').key}) return true;
    return false;
  }));
}

TEST_F(SensorTest, AChangedPackageDatabaseIsScannedAgain) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 1; }));
  ::usleep(100'000);
  scans_.SetPackages({"openssl", "zlib", "curl"});
  FakeHost::Write(host_.root() / "var/lib/dpkg/status", "one and two");
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 2; }));
  EXPECT_EQ(Scans().back().trigger, "change: var/lib/dpkg/status");
  EXPECT_EQ(Scans().back().packages.size(), 1U);
}

TEST_F(SensorTest, TheConsolesWishIsDoneOrToldWhyNot) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 1; }));
  wire::Command command;
  command.kind = "scan";
  command.job_id = "42";
  ASSERT_TRUE(Eventually([&] { return console_.Command(command); }));
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 2; }));
  EXPECT_EQ(Scans().back().trigger, "job:42");

  command.job_id = "43";
  command.asset = Container('f');
  ASSERT_TRUE(console_.Command(command));
  ASSERT_TRUE(Eventually([&] { return !console_.Of<wire::ScanFailedRecord>().empty(); }));
  auto failed = console_.Of<wire::ScanFailedRecord>().front();
  EXPECT_EQ(failed.trigger, "job:43");
  EXPECT_EQ(failed.error.code, Code::kNotFound);
}

TEST_F(SensorTest, AFailureIsToldAndTheQueueGoesOn) {
  scans_.Fail({}, true);
  AddContainer(7, 'b');
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !Scans().empty() && !console_.Of<wire::ScanFailedRecord>().empty(); }));
  EXPECT_EQ(Scans().front().asset, Container('b'));
  EXPECT_EQ(console_.Of<wire::ScanFailedRecord>().front().error.message, "out of memory");
  scans_.Fail({}, false);
  ASSERT_TRUE(Eventually([&] { return Scans().size() >= 2; })) << "tried again";
}

TEST_F(SensorTest, AConsoleThatKnowsNothingIsToldEverythingAgainOnce) {
  // The sensor still sends when this function has returned, and reads the fault from its first batch on.
  auto left = std::make_shared<std::atomic<int>>(0);
  console_.fault = [left] {
    return left->fetch_sub(1) > 0 ? FakeConsole::Fault::kSendFull : FakeConsole::Fault::kNone;
  };
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 1; }));
  *left = 3;
  wire::Command command;
  command.kind = "scan";
  command.job_id = "1";
  ASSERT_TRUE(Eventually([&] { return console_.Command(command); }));
  ASSERT_TRUE(Eventually([&] {
    for (const auto& scan : Scans())
      if (scan.trigger == "resend" && scan.base.empty()) return true;
    return false;
  }));
  ASSERT_TRUE(Eventually([&] {
    std::size_t full = 0;
    for (const auto& record : console_.Of<wire::InventoryRecord>()) full += record.full ? 1 : 0;
    return full >= 2;
  }));
}

TEST_F(SensorTest, AScanWhoseRecordMayBeLostIsToldWhole) {
  // A kill is a sensor that ends without a word: what it leaves on disk is all there is.
  AddContainer(7, 'c');
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 2; }));
  sensor_->Stop();
  sensor_.reset();
  // A scan whose record may or may not have been written: its base is not trusted any more.
  auto work = folder_ / "sensor/work/dead";
  std::filesystem::create_directories(work);
  FakeHost::Write(work / (AssetFileName({}) + ".state"), "half");
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return Scans().size() == 4; }));
  for (const auto& scan : Scans())
    if (scan.asset == wire::AssetRef{}) {
      EXPECT_TRUE(scan.base.empty()) << "whole again";
    }
  EXPECT_FALSE(std::filesystem::exists(work));
}

wire::ContentRules Rules(char key) {
  wire::ContentRules rules;
  rules.fingerprint_key = std::string(64, key);
  rules.files = {{model::ContentKind::kSecret, "ours.toml", "[[rules]]"},
                 {model::ContentKind::kMalware, "ours.yar", "rule x {condition: false}"}};
  rules.disabled = {{model::ContentKind::kSecret, "noisy"}};
  return rules;
}

TEST_F(SensorTest, SecretsAreLookedForOnceTheConsoleHasToldTheKey) {
  SensorOptions options = Options();
  options.key_wait = std::chrono::hours(1);
  options.rules = {"/etc/own.yar", "/etc/own.toml"};
  console_.SetRules(Rules('a'), 2);
  Start(options);
  ASSERT_TRUE(Eventually([&] { return !scans_.scan_jobs().empty(); }));
  EXPECT_GE(console_.rules_asked(), 3U) << "asked again after failures";
  ScanContent content = scans_.scan_jobs().front().content;
  EXPECT_TRUE(content.packages && content.secrets && content.malware);
  EXPECT_EQ(content.fingerprint_key, std::string(64, 'a'));
  EXPECT_EQ(content.disabled_secret_rules, std::vector<std::string>{"noisy"});
  ASSERT_EQ(content.secret_rules.size(), 2U);
  EXPECT_EQ(content.secret_rules[0], "/etc/own.toml");
  EXPECT_EQ(*ReadFile(content.secret_rules[1], 100), "[[rules]]");
  ASSERT_EQ(content.malware_rules.size(), 2U);
  EXPECT_EQ(*ReadFile(content.malware_rules[1], 100), "rule x {condition: false}");
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "sensor/content.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);

  wire::ContentRules others = Rules('a');
  others.files.clear();
  console_.SetRules(others);
  ASSERT_TRUE(Eventually([&] { return scans_.scan_jobs().back().trigger == "rules"; }));
  EXPECT_EQ(scans_.scan_jobs().back().content.secret_rules.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(content.secret_rules[1])) << "a scan that runs may be reading it";

  sensor_->Stop();
  sensor_.reset();
  console_.SetRules({});
  std::size_t before = scans_.scan_jobs().size();
  options.scanners.malware = false;
  Start(options);
  ASSERT_TRUE(Eventually([&] { return scans_.scan_jobs().size() > before; }));
  content = scans_.scan_jobs().back().content;
  EXPECT_EQ(content.fingerprint_key, std::string(64, 'a')) << "it is remembered";
  EXPECT_FALSE(content.malware);
}

TEST_F(SensorTest, WithoutAKeyTheRestIsLookedFor) {
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return !scans_.scan_jobs().empty(); }));
  ScanContent content = scans_.scan_jobs().front().content;
  EXPECT_FALSE(content.secrets);
  EXPECT_TRUE(content.waits_for_key && content.malware);
  console_.SetRules(Rules('b'));
  ASSERT_TRUE(Eventually([&] { return scans_.scan_jobs().back().content.secrets; }));
}

TEST_F(SensorTest, AnotherConsolesKeyIsForgotten) {
  console_.SetRules(Rules('a'));
  Start(Options());
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(folder_ / "sensor/content.json"); }));
  sensor_->Stop();
  sensor_.reset();
  console_.SetRules({});
  SensorOptions options = Options();
  options.token = console_.Token("t2");
  std::size_t before = scans_.scan_jobs().size();
  Start(options);
  ASSERT_TRUE(Eventually([&] { return scans_.scan_jobs().size() > before; }));
  EXPECT_TRUE(scans_.scan_jobs().back().content.fingerprint_key.empty());
}

TEST(ContentRulesFile, AConsoleDoesNotChooseWhereFilesLie) {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-rules-XXXXXX").string();
  std::filesystem::path folder = ::mkdtemp(pattern.data());
  ContentRulesFile file(folder.string());
  for (std::string name : {"../x.toml", "/x.toml", "", ".x.toml", "a b.toml"}) {
    wire::ContentRules rules = Rules('a');
    rules.files[0].name = name;
    rules.digest = wire::DigestOf(rules);
    EXPECT_FALSE(file.Take(wire::ToJson(rules))) << name;
  }
  wire::ContentRules bad_key = Rules('x');
  bad_key.digest = wire::DigestOf(bad_key);
  EXPECT_FALSE(file.Take(wire::ToJson(bad_key)));
  EXPECT_FALSE(file.Take("{}"));
  EXPECT_TRUE(file.digest().empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace weir::sensor
