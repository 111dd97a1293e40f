#include "sensor/scan_child.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace weir::sensor {
namespace {

/// Children that are shell scripts in the program's place.
class ScanChildTest : public ::testing::Test {
 protected:
  ScanChildTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-child-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    job_.state_folder = job_.work_folder = folder_.string();
    job_.budget.memory_bytes = 64U << 20U;
  }
  ~ScanChildTest() override { std::filesystem::remove_all(folder_); }

  Result<ScanReport> Run(const std::string& script) {
    std::string program = (folder_ / "program").string();
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    ::chmod(program.c_str(), 0700);
    return RunInChild(
        job_, nullptr, cancel_, [this](const ScanReport& report) { files_.push_back(report.files); },
        program);
  }

  std::filesystem::path folder_;
  ScanJob job_;
  std::atomic<bool> cancel_{false};
  std::vector<std::uint64_t> files_;
};

TEST_F(ScanChildTest, GetsTheJobAndSaysHowFarItIs) {
  job_.scan_id = "abc";
  auto report =
      Run("[ \"$1\" = sensor-scan ] || exit 3\n"
          "grep -q '\"scan_id\":\"abc\"' || exit 4\n"
          "echo '{\"phase\":\"reading\",\"files\":1}'; echo '{\"phase\":\"reading\",\"files\":2}'\n"
          "echo '{\"phase\":\"done\",\"watch\":[\"a\"],\"changed\":false}'");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(files_, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(report->watch, std::vector<std::string>{"a"});
  EXPECT_FALSE(report->changed);
}

TEST_F(ScanChildTest, EveryWayToFailHasItsCause) {
  auto failed = Run(
      "cat >/dev/null; echo '{\"phase\":\"failed\",\"code\":\"not-found\",\"message\":\"no such thing\"}'");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kNotFound);
  EXPECT_EQ(failed.error().message, "no such thing");

  auto killed = Run("cat >/dev/null; kill -9 $$");
  ASSERT_FALSE(killed);
  EXPECT_NE(killed.error().message.find("signal 9"), std::string::npos) << killed.error().message;

  auto silent = Run("cat >/dev/null; echo something broke >&2; exit 7");
  ASSERT_FALSE(silent);
  EXPECT_NE(silent.error().message.find("status 7"), std::string::npos);
  EXPECT_NE(silent.error().message.find("something broke"), std::string::npos);

  auto memory = Run("cat >/dev/null; echo 'weir: std::bad_alloc' >&2; exit 1");
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, Code::kLimitExceeded);
  EXPECT_NE(memory.error().message.find("64 MiB"), std::string::npos);

  EXPECT_FALSE(Run("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2"))
      << "noise is not a result";
  EXPECT_FALSE(RunInChild(job_, nullptr, cancel_, [](const ScanReport&) {}, "/no/such/program"));
}

TEST_F(ScanChildTest, EndsWithTheSensor) {
  std::thread later([this] {
    ::usleep(100'000);
    cancel_ = true;
  });
  auto start = std::chrono::steady_clock::now();
  auto report = Run("cat >/dev/null; exec sleep 60");
  later.join();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Cgroup, LimitsWhereItMay) {
  std::string name = "weir-test-" + std::to_string(::getpid());
  std::vector<std::string> files;
  {
    Cgroup group(name, 50, 64U << 20U);
    files = group.member_files();
    if (group.remark().empty()) {
      EXPECT_FALSE(files.empty());
    }
    for (const std::string& file : files) EXPECT_TRUE(std::filesystem::exists(file)) << file;
    EXPECT_EQ(group.memory_kills(), 0U);
  }
  for (const std::string& file : files) EXPECT_FALSE(std::filesystem::exists(file)) << "removed with it";
  // What a killed sensor left behind.
  pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  auto left = std::make_unique<Cgroup>("weir-test-" + std::to_string(dead), 50, 64U << 20U);
  files = left->member_files();
  Cgroup::RemoveStale("weir-test-");
  for (const std::string& file : files) EXPECT_FALSE(std::filesystem::exists(file)) << file;

  Cgroup none(name, 50, 64U << 20U, "/no/such/mount");
  EXPECT_TRUE(none.member_files().empty());
  EXPECT_NE(none.remark().find("memory"), std::string::npos);
}

}  // namespace
}  // namespace weir::sensor
