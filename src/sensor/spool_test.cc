#include "sensor/spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace weir::sensor {
namespace {

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-spool-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SpoolTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Spool> Open(std::uint64_t max_bytes = 64U << 20U,
                              std::uint64_t segment_bytes = 4096) const {
    auto spool = Spool::Open({folder_.string(), max_bytes, segment_bytes});
    EXPECT_TRUE(spool) << spool.error().message;
    return std::move(*spool);
  }
  static std::string Text(int i) { return "{\"record\":\"usage\",\"n\":" + std::to_string(i) + "}"; }
  std::vector<std::filesystem::path> Segments() const {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      if (entry.path().extension() == ".seg") out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }
  static std::uint64_t CountLines(const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  }
  /// All that is still to be sent, in its order.
  static std::uint64_t ReadAllRecords(Spool& spool, std::uint64_t after) {
    std::uint64_t records = 0;
    while (true) {
      auto chunk = spool.Read(after, 2000, 7);
      EXPECT_TRUE(chunk);
      if (chunk->records == 0) return records;
      EXPECT_GT(chunk->first, after);
      EXPECT_EQ(CountLines(chunk->lines), chunk->records);
      after = chunk->last;
      records += chunk->records;
    }
  }

  std::filesystem::path folder_;
};

TEST_F(SpoolTest, KeepsOrderAndForgetsWhatIsAcknowledged) {
  auto spool = Open();
  for (unsigned i = 1; i <= 300; ++i) {
    EXPECT_EQ(*spool->Append(SpoolKind::kUsage, Text(static_cast<int>(i))), i);
    if (i == 1) {
      EXPECT_EQ(spool->Read(0, 1000, 10)->records, 0U) << "not on the disk yet";
    }
  }
  ASSERT_TRUE(spool->Sync());
  auto first = spool->Read(0, 1U << 20U, 2);
  EXPECT_EQ(first->lines,
            "{\"sequence\":1,\"record\":\"usage\",\"n\":1}\n{\"sequence\":2,\"record\":\"usage\",\"n\":2}\n");
  EXPECT_EQ(ReadAllRecords(*spool, 2), 298U);
  std::size_t before = Segments().size();
  spool->Acknowledge(200);
  EXPECT_LT(Segments().size(), before);
  EXPECT_EQ(ReadAllRecords(*spool, spool->acknowledged()), 100U);
  spool->Acknowledge(300);
  EXPECT_EQ(spool->waiting_bytes(), 0U);

  std::string epoch = spool->epoch();
  spool.reset();
  spool = Open();
  EXPECT_EQ(spool->epoch(), epoch);
  EXPECT_EQ(spool->acknowledged(), 300U);
  EXPECT_FALSE(spool->TakeLost().any());
  EXPECT_EQ(*spool->Append(SpoolKind::kScan, Text(1)), 301U);
}

TEST_F(SpoolTest, TruncatedTailIsDroppedWithoutLoss) {
  auto spool = Open();
  for (int i = 1; i <= 20; ++i) static_cast<void>(spool->Append(SpoolKind::kUsage, Text(i)));
  spool.reset();
  auto last = Segments().back();
  auto whole = std::filesystem::file_size(last);
  for (std::uintmax_t cut = 1; cut < 60; cut += 7) {
    std::filesystem::resize_file(last, whole - cut);
    auto again = Open();
    EXPECT_EQ(again->last_sequence(), 19U + (cut == 0 ? 1 : 0)) << cut;
    EXPECT_FALSE(again->TakeLost().any());
    whole = std::filesystem::file_size(last);
    EXPECT_EQ(*again->Append(SpoolKind::kUsage, Text(20)), 20U);
    again.reset();
    whole = std::filesystem::file_size(last);
  }
}

TEST_F(SpoolTest, DamageIsSkippedAndTold) {
  auto spool = Open();
  for (int i = 1; i <= 300; ++i) static_cast<void>(spool->Append(SpoolKind::kUsage, Text(i)));
  spool.reset();
  {
    std::fstream file(Segments().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file.write("XXXX", 4);
  }
  spool = Open();
  EXPECT_TRUE(spool->TakeLost().scans);
  EXPECT_EQ(spool->dropped_records(), 1U);
  EXPECT_EQ(ReadAllRecords(*spool, 0), 299U);
  EXPECT_EQ(spool->last_sequence(), 300U);
}

TEST_F(SpoolTest, NumbersAreNeverGivenTwice) {
  auto spool = Open();
  for (int i = 1; i <= 10; ++i) static_cast<void>(spool->Append(SpoolKind::kUsage, Text(i)));
  spool.reset();
  {
    auto last = Segments().back();
    std::fstream file(last, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(last)) - 90);
    file.write("\nYYYYYYYYYYYYYYYYYYYY\nZ", 23);
  }
  spool = Open();
  EXPECT_TRUE(spool->TakeLost().any());
  EXPECT_GT(*spool->Append(SpoolKind::kUsage, Text(11)), 11U);
}

TEST_F(SpoolTest, FullDropsWhatCanBeMadeAnewFirst) {
  auto spool = Open(20'000, 2'000);
  std::string wide(200, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(spool->Append(SpoolKind::kScan, "{\"s\":\"" + wide + "\"}"));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(spool->Append(SpoolKind::kInventory, "{\"i\":\"" + wide + "\"}"));
  EXPECT_LE(spool->waiting_bytes(), 20'000U);
  Spool::Lost lost = spool->TakeLost();
  EXPECT_TRUE(lost.inventory);
  EXPECT_FALSE(lost.scans) << "scans stay";
  EXPECT_GT(spool->dropped_records(), 100U);
  ASSERT_TRUE(spool->Sync());
  std::uint64_t after = 0, scans = 0;
  for (auto chunk = spool->Read(after, 4000, 100); chunk->records > 0;
       chunk = spool->Read(after, 4000, 100)) {
    after = chunk->last;
    for (std::size_t at = chunk->lines.find("\"s\":"); at != std::string::npos;
         at = chunk->lines.find("\"s\":", at + 1))
      ++scans;
  }
  EXPECT_EQ(scans, 20U);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(spool->Append(SpoolKind::kScan, "{\"s\":\"" + wide + "\"}"));
  EXPECT_TRUE(spool->TakeLost().scans);
  EXPECT_FALSE(spool->Append(SpoolKind::kScan, std::string(30'000, 'x')));
}

TEST_F(SpoolTest, WithoutItsNameTheNumberingStartsAnew) {
  auto spool = Open();
  static_cast<void>(spool->Append(SpoolKind::kScan, Text(1)));
  std::string epoch = spool->epoch();
  spool.reset();
  std::filesystem::remove(folder_ / "epoch");
  spool = Open();
  EXPECT_NE(spool->epoch(), epoch);
  EXPECT_TRUE(spool->TakeLost().scans);
  EXPECT_EQ(spool->last_sequence(), 0U);
}

TEST_F(SpoolTest, WhatWasAppendedSurvivesAKill) {
  auto* told = static_cast<std::atomic<std::uint64_t>*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::uint64_t appended = 0;
  for (int round = 0; round < 30; ++round) {
    pid_t child = ::fork();
    if (child == 0) {
      auto spool = Spool::Open({folder_.string(), 64U << 20U, 4096});
      if (!spool) ::_exit(1);
      for (int i = 0;; ++i) {
        auto sequence = (*spool)->Append(SpoolKind::kUsage, Text(i));
        if (!sequence) ::_exit(2);
        told->store(*sequence);
        if (i % 50 == 49) static_cast<void>((*spool)->Sync());
      }
    }
    ::usleep(static_cast<useconds_t>(2'000 + round * 911 % 7'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    auto spool = Open();
    appended = told->load();
    ASSERT_GE(spool->last_sequence(), appended);
    ASSERT_FALSE(spool->TakeLost().any());
  }
  auto spool = Open();
  EXPECT_EQ(ReadAllRecords(*spool, 0), spool->last_sequence()) << "each once, none missing";
  EXPECT_GT(appended, 100U);
  ::munmap(told, 4096);
}

}  // namespace
}  // namespace weir::sensor
