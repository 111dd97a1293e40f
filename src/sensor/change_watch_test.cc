#include "sensor/change_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace weir::sensor {
namespace {

class ChangeWatchTest : public ::testing::Test {
 protected:
  ChangeWatchTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-watch-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(root_ / "var/lib/dpkg");
    Write("var/lib/dpkg/status", "one");
    watch_.Set(host_, root_.string(), {"var/lib/dpkg/status", "lib/apk/db/installed"});
  }
  ~ChangeWatchTest() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  std::filesystem::path root_;
  wire::AssetRef host_;
  ChangeWatch watch_;
};

TEST_F(ChangeWatchTest, TellsAChangeOnceItIsOver) {
  EXPECT_TRUE(watch_.Look(0).empty());
  Write("var/lib/dpkg/status-new", "two!");
  std::filesystem::rename(root_ / "var/lib/dpkg/status-new", root_ / "var/lib/dpkg/status");
  EXPECT_TRUE(watch_.Look(1'000).empty()) << "not quiet yet";
  Write("var/lib/dpkg/status", "three");
  EXPECT_TRUE(watch_.Look(4'000).empty());
  EXPECT_TRUE(watch_.Look(8'000).empty());
  auto changes = watch_.Look(9'000);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].path, "var/lib/dpkg/status");
  EXPECT_TRUE(watch_.Look(60'000).empty()) << "told once";
}

TEST_F(ChangeWatchTest, DoesNotWaitForever) {
  for (int second = 0; second < 60; ++second) {
    Write("var/lib/dpkg/status", std::string(static_cast<std::size_t>(second + 1), 'x'));
    ASSERT_TRUE(watch_.Look(second * 1'000).empty()) << second;
  }
  EXPECT_EQ(watch_.Look(60'000).size(), 1U);
}

TEST_F(ChangeWatchTest, ADatabaseThatAppearsIsAChange) {
  Write("lib/apk/db/installed", "P:x");
  watch_.Look(0);
  ASSERT_EQ(watch_.Look(5'000).size(), 1U);
}

TEST_F(ChangeWatchTest, LinksDoNotLeadOut) {
  std::filesystem::remove(root_ / "var/lib/dpkg/status");
  std::filesystem::create_symlink("/etc/hostname", root_ / "var/lib/dpkg/status");
  watch_.Look(0);
  ASSERT_EQ(watch_.Look(5'000).size(), 1U) << "it went away: there is no etc/hostname below the root";
}

TEST_F(ChangeWatchTest, IsBoundedAndForgets) {
  ChangeWatchOptions options;
  options.max_paths_of_asset = 2;
  options.max_paths = 3;
  ChangeWatch watch(options);
  watch.Set(host_, root_.string(), {"a", "b", "c"});
  EXPECT_EQ(watch.paths(), 2U);
  watch.Set({model::AssetKind::kContainer, "x"}, root_.string(), {"a", "b"});
  EXPECT_EQ(watch.paths(), 3U);
  watch.Forget(host_);
  EXPECT_EQ(watch.paths(), 1U);
}

}  // namespace
}  // namespace weir::sensor
