#include "sensor/scan_queue.h"

#include <gtest/gtest.h>

namespace weir::sensor {
namespace {

wire::AssetRef Container(const std::string& id) { return {model::AssetKind::kContainer, id}; }

ScanQueue Make(ScanQueueOptions options = {}) {
  return ScanQueue(options, [] { return 0.5; });
}

TEST(ScanQueue, EachAssetWaitsOnceInItsTurn) {
  ScanQueue queue = Make();
  EXPECT_TRUE(queue.Add({Container("a"), "new", ""}, 0));
  EXPECT_TRUE(queue.Add({Container("b"), "new", ""}, 0));
  EXPECT_FALSE(queue.Add({Container("a"), "change: x", ""}, 0));
  EXPECT_EQ(queue.Next(0)->asset.key, "a");
  EXPECT_TRUE(queue.Add({Container("a"), "new", ""}, 0)) << "running is not waiting";
  EXPECT_EQ(queue.Next(0)->asset.key, "b");
  EXPECT_EQ(queue.Next(0)->asset.key, "a");
  EXPECT_FALSE(queue.Next(0));
}

TEST(ScanQueue, WhatPeopleWaitForComesFirstAndEachJobOnItsOwn) {
  ScanQueue queue = Make();
  queue.Add({Container("a"), "new", ""}, 0);
  queue.Add({Container("b"), "new", ""}, 0);
  EXPECT_TRUE(queue.Add({Container("b"), "job:1", "1"}, 0));
  EXPECT_TRUE(queue.Add({Container("b"), "job:2", "2"}, 0));
  EXPECT_FALSE(queue.Add({Container("b"), "job:2", "2"}, 0));
  EXPECT_FALSE(queue.Add({Container("b"), "change: x", ""}, 0)) << "a job does it";
  EXPECT_EQ(queue.waiting(), 3U);
  EXPECT_EQ(queue.Next(0)->job_id, "1");
  EXPECT_EQ(queue.Next(0)->job_id, "2");
  EXPECT_EQ(queue.Next(0)->asset.key, "a");
}

TEST(ScanQueue, ComesAgainBySchedule) {
  ScanQueueOptions options;
  options.interval_ms = 1'000;
  ScanQueue queue = Make(options);
  queue.Know(Container("a"), 500);
  EXPECT_FALSE(queue.Next(1'000));
  auto due = queue.Next(1'600);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->trigger, "schedule");
  queue.Finished(*due, true, false, 1'700);
  EXPECT_FALSE(queue.Next(2'600));
  EXPECT_TRUE(queue.Next(2'701));
  queue.Forget(Container("a"));
  EXPECT_FALSE(queue.Next(100'000));
}

TEST(ScanQueue, ChangesInVainAreLookedAtLessOften) {
  ScanQueueOptions options;
  options.change_gap_ms = 100;
  options.change_gap_most_ms = 350;
  ScanQueue queue = Make(options);
  queue.Know(Container("a"), 0);
  std::int64_t now = 0;
  std::vector<std::int64_t> gaps;
  for (int i = 0; i < 4; ++i) {
    queue.Add({Container("a"), "change: x", ""}, now);
    std::int64_t asked = now;
    std::optional<ScanRequest> next;
    while (!(next = queue.Next(now))) ++now;
    gaps.push_back(now - asked);
    queue.Finished(*next, true, false, now);
  }
  EXPECT_EQ(gaps, (std::vector<std::int64_t>{0, 200, 350, 350}));
  queue.Add({Container("a"), "change: x", ""}, now + 1000);
  queue.Finished(*queue.Next(now + 1000), true, true, now + 1000);
  queue.Add({Container("a"), "change: x", ""}, now + 1000);
  EXPECT_FALSE(queue.Next(now + 1050));
  EXPECT_TRUE(queue.Next(now + 1100));
}

TEST(ScanQueue, AnAssetThatIsDearToScanIsScannedLessOften) {
  ScanQueueOptions options;
  options.change_gap_ms = 100;
  options.change_cost_times = 50;
  ScanQueue queue = Make(options);
  queue.Know(Container("a"), 0);
  queue.Add({Container("a"), "change: x", ""}, 0);
  queue.Finished(*queue.Next(0), true, true, 0, 4);
  queue.Add({Container("a"), "change: x", ""}, 0);
  EXPECT_FALSE(queue.Next(199));
  EXPECT_TRUE(queue.Next(200));
}

TEST(ScanQueue, FailuresAreTriedAgainAndJobsNotHeldBack) {
  ScanQueueOptions options;
  options.failed_gap_ms = 100;
  ScanQueue queue = Make(options);
  queue.Know(Container("a"), 0);
  queue.Add({Container("a"), "new", ""}, 0);
  queue.Finished(*queue.Next(0), false, false, 0);
  EXPECT_FALSE(queue.Next(99));
  queue.Finished(*queue.Next(100), false, false, 100);
  EXPECT_FALSE(queue.Next(299));
  EXPECT_TRUE(queue.Next(300));
}

TEST(ScanQueue, IsBounded) {
  ScanQueueOptions options;
  options.max_waiting = 2;
  ScanQueue queue = Make(options);
  EXPECT_TRUE(queue.Add({Container("a"), "new", ""}, 0));
  EXPECT_TRUE(queue.Add({Container("b"), "new", ""}, 0));
  EXPECT_FALSE(queue.Add({Container("c"), "new", ""}, 0));
}

}  // namespace
}  // namespace weir::sensor
