#include "sensor/uplink.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "sensor/support.h"
#include "sensor/testing.h"

namespace weir::sensor {
namespace {

using std::chrono::milliseconds;
using Fault = FakeConsole::Fault;

class UplinkTest : public ::testing::Test {
 protected:
  static std::filesystem::path MakeFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-uplink-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  ~UplinkTest() override {
    uplink_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Enrol() {
    auto identity = sensor::Enrol({console_.Url(), console_.Token(), "test", {}});
    ASSERT_TRUE(identity) << identity.error().message;
    ASSERT_TRUE(identity_.Store(std::move(*identity)));
  }
  void OpenSpool() {
    spool_ = std::move(*Spool::Open({(folder_ / "spool").string(), 64U << 20U, 64U << 10U}));
  }
  void Connect() {
    UplinkOptions options;
    options.retry_first = milliseconds(2);
    options.retry_most = milliseconds(20);
    options.revoked_pause = milliseconds(200);
    options.status_interval = milliseconds(50);
    options.batch_records = 20;
    options.now_ms = [this] { return SystemNowMs() + clock_ahead_ms_; };
    UplinkCallbacks callbacks;
    callbacks.send_full = [this](std::uint64_t) { ++send_full_; };
    callbacks.command = [this](const wire::Command& command) {
      std::lock_guard lock(mutex_);
      commands_.push_back(command);
    };
    callbacks.status = [] { return wire::Status{}; };
    uplink_ = std::make_unique<Uplink>(options, identity_, *spool_, callbacks);
    uplink_->Start();
  }
  void Append(int i) {
    wire::UsageRecord record;
    record.asset = {model::AssetKind::kContainer, std::to_string(i)};
    ASSERT_TRUE(spool_->Append(SpoolKind::kUsage, wire::RecordText(record)));
    if (uplink_) uplink_->Wake();
  }
  template <class Condition>
  static bool Eventually(Condition condition, int milliseconds_most = 10'000) {
    for (int waited = 0; waited < milliseconds_most; waited += 5) {
      if (condition()) return true;
      ::usleep(5'000);
    }
    return condition();
  }
  bool AllThere() const { return spool_->acknowledged() == spool_->last_sequence(); }
  std::vector<int> Received() const {
    std::vector<int> out;
    for (const auto& record : console_.Of<wire::UsageRecord>()) out.push_back(std::stoi(record.asset.key));
    return out;
  }

  FakeConsole console_;
  std::filesystem::path folder_ = MakeFolder();
  IdentityFile identity_{(folder_ / "identity.json").string()};
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Uplink> uplink_;
  std::atomic<int> send_full_{0};
  std::atomic<std::int64_t> clock_ahead_ms_{0};
  std::mutex mutex_;
  std::vector<wire::Command> commands_;
};

TEST_F(UplinkTest, EverythingArrivesOnceWhateverHappens) {
  Enrol();
  OpenSpool();
  // The uplink still sends when this function has returned: what the fault needs is the fault's own.
  struct Dice {
    std::mutex mutex;
    std::mt19937 random{7};
  };
  console_.fault = [dice = std::make_shared<Dice>()] {
    std::lock_guard lock(dice->mutex);
    constexpr Fault kFaults[] = {Fault::kNone, Fault::kRefuseBefore, Fault::kForgetAnswer,
                                 Fault::kDropConnection};
    return kFaults[dice->random() % 4];
  };
  constexpr int kRecords = 600;
  std::vector<int> wanted;
  for (int i = 0; i < kRecords; ++i) {
    wanted.push_back(i);
    Append(i);
    if (i % 100 == 10) Connect();  // the sensor, too, is started again now and then
    if (i % 100 == 90) {
      uplink_.reset();
      spool_.reset();
      OpenSpool();
    }
    if (i % 150 == 60) console_.Restart();
  }
  if (!uplink_) Connect();
  ASSERT_TRUE(Eventually([&] { return AllThere(); }, 30'000)) << uplink_->error();
  EXPECT_EQ(Received(), wanted);
  EXPECT_EQ(spool_->dropped_records(), 0U);
}

TEST_F(UplinkTest, WhatComesWhileTheConsoleIsAwayWaits) {
  Enrol();
  OpenSpool();
  console_.Stop();
  Connect();
  for (int i = 0; i < 50; ++i) Append(i);
  EXPECT_TRUE(Eventually([&] { return uplink_->state() == LinkState::kAway; }));
  EXPECT_FALSE(uplink_->error().empty());
  EXPECT_GT(uplink_->away_since_ms(), 0);
  console_.Restart();
  ASSERT_TRUE(Eventually([&] { return AllThere(); }));
  EXPECT_TRUE(Eventually([&] { return uplink_->state() == LinkState::kConnected; }));
  EXPECT_EQ(Received().size(), 50U);
}

TEST_F(UplinkTest, AConsoleAheadOfTheSpoolMeansAnotherNumbering) {
  Enrol();
  OpenSpool();
  std::string epoch = spool_->epoch();
  console_.SetLast(epoch, 1'000);
  Append(1);
  Connect();
  ASSERT_TRUE(Eventually([&] { return spool_->epoch() != epoch; }));
  ASSERT_TRUE(Eventually([&] { return send_full_ == 1; }));
  EXPECT_TRUE(spool_->TakeLost().scans);
  Append(2);
  ASSERT_TRUE(Eventually([&] { return AllThere() && Received().size() == 1; }));
  EXPECT_EQ(Received(), std::vector<int>{2});
}

TEST_F(UplinkTest, ARecordThatIsNeverTakenHoldsNoOther) {
  Enrol();
  OpenSpool();
  console_.fault = [calls = std::make_shared<std::atomic<int>>(0)] {
    return ++*calls <= 4 ? Fault::kMalformed : Fault::kNone;
  };
  for (int i = 0; i < 10; ++i) Append(i);
  Connect();
  ASSERT_TRUE(Eventually([&] { return AllThere(); }));
  EXPECT_EQ(Received(), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(spool_->dropped_records(), 1U);
  EXPECT_TRUE(spool_->TakeLost().usage);
}

TEST_F(UplinkTest, HearsCommandsAgainAfterAnInterruption) {
  Enrol();
  OpenSpool();
  Connect();
  wire::Command command;
  command.kind = "scan";
  command.job_id = "j1";
  ASSERT_TRUE(Eventually([&] { return console_.Command(command); }));
  auto heard = [&](std::size_t count) {
    std::lock_guard lock(mutex_);
    return commands_.size() >= count;
  };
  ASSERT_TRUE(Eventually([&] { return heard(1); }));
  console_.Restart();
  ASSERT_TRUE(Eventually([&] { return console_.Command(command); }));
  ASSERT_TRUE(Eventually([&] { return heard(2); }));
  EXPECT_TRUE(Eventually([&] { return !console_.statuses().empty(); }));
}

TEST_F(UplinkTest, RevokedIsSaidAndNotHammered) {
  Enrol();
  OpenSpool();
  console_.revoked = true;
  Append(1);
  Connect();
  ASSERT_TRUE(Eventually([&] { return uplink_->state() == LinkState::kRevoked; }));
  EXPECT_NE(uplink_->error().find("403"), std::string::npos);
}

TEST_F(UplinkTest, TheCertificateIsRenewedInTime) {
  Enrol();
  OpenSpool();
  std::string before = identity_.get()->certificate_pem;
  clock_ahead_ms_ = 21LL * 86400 * 1000;
  Connect();
  ASSERT_TRUE(Eventually([&] { return console_.renewed() == 1; }));
  ASSERT_TRUE(Eventually([&] { return identity_.get()->certificate_pem != before; }));
  Append(1);
  ASSERT_TRUE(Eventually([&] { return AllThere(); })) << uplink_->error();
  IdentityFile again((folder_ / "identity.json").string());
  ASSERT_TRUE(again.Load());
  EXPECT_EQ(again.get()->sensor_id, "s1");
}

TEST_F(UplinkTest, EnrolmentTrustsOnlyTheAuthorityOfTheToken) {
  FakeConsole other;
  auto wrong = sensor::Enrol({console_.Url(), other.Token(), "test", {}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kUnauthenticated) << wrong.error().message;
  EXPECT_EQ(console_.enrolled(), 0U) << "the secret was not sent";

  wire::EnrolToken unknown{"t1", "guess", console_.authority().sha256()};
  auto refused = sensor::Enrol({console_.Url(), unknown.ToString(), "test", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_NE(refused.error().message.find("This token is not known"), std::string::npos);
  EXPECT_FALSE(sensor::Enrol({console_.Url(), "nonsense", "test", {}}));
}

TEST(ConsoleAddress, IsTakenFromAUrlOrAHost) {
  EXPECT_EQ(*ConsoleAddress("https://console.example:8443"), "console.example:8443");
  EXPECT_EQ(*ConsoleAddress("https://console.example/"), "console.example:443");
  EXPECT_EQ(*ConsoleAddress("console.example"), "console.example:8443");
  EXPECT_EQ(*ConsoleAddress("[2001:db8::1]"), "[2001:db8::1]:8443");
  EXPECT_EQ(*ConsoleAddress("https://[2001:db8::1]:99"), "[2001:db8::1]:99");
  for (const char* bad : {"http://console", "https://", "https://a/b", "https://a:0", "https://a:x",
                          "2001:db8::1", "https://user@host", "a b"})
    EXPECT_FALSE(ConsoleAddress(bad)) << bad;
}

}  // namespace
}  // namespace weir::sensor
