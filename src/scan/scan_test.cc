#include "scan/scan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace weir::scan {
namespace {

class ScanTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/weir_scan_test_XXXXXX";
    folder_ = ::mkdtemp(name);
    std::filesystem::create_directories(folder_ + "/node_modules/a");
    std::ofstream(folder_ + "/node_modules/a/package.json") << R"({"name":"a","version":"1.0.0"})";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(ScanTest, AWholeWalkIsNotCutShort) {
  Result<model::ScanResult> result = Scan("dir:" + folder_, nullptr, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->cut_short);
  EXPECT_EQ(result->sbom.packages.size(), 1U);
}

TEST_F(ScanTest, AnInterruptedWalkSaysSo) {
  std::atomic<bool> cancel = true;
  ScanOptions options;
  options.walk.cancel = &cancel;
  Result<model::ScanResult> result = Scan("dir:" + folder_, nullptr, options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->cut_short);
}

}  // namespace
}  // namespace weir::scan
