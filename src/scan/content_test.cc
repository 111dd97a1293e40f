// Secrets through the whole pipeline of one scan. Malware needs the program itself (its children are that
// program again): see tests/integration/content_test.sh.
#include "scan/content.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scan/scan.h"

namespace weir::scan {
namespace {

constexpr const char* kRules = R"([[rules]]
id = "shop-key"
description = "Key of our shop"
regex = '''\b(shop_[a-z0-9]{16})\b'''
secretGroup = 1
keywords = ["shop_"]
)";
const std::string kSecret = "shop_0123456789abcdef";

class ContentTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/weir_content_test_XXXXXX";
    folder_ = ::mkdtemp(name);
    std::filesystem::create_directories(folder_ + "/tree");
    std::ofstream(folder_ + "/rules.toml") << kRules;
    ContentSetup setup;
    setup.malware = false;
    setup.built_in_secret_rules = false;
    setup.secret_rules = {folder_ + "/rules.toml"};
    setup.fingerprint_key = std::string(64, 'a');
    Result<std::shared_ptr<const ContentEngines>> made = ContentEngines::Make(setup);
    ASSERT_TRUE(made) << made.error().message;
    options_.content = *made;
    options_.packages = false;
    options_.now = "2026-11-26T00:00:00Z";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/tree/" + path).parent_path());
    std::ofstream(folder_ + "/tree/" + path, std::ios::binary) << text;
  }
  model::ScanResult Run() {
    Result<model::ScanResult> result = Scan("dir:" + folder_ + "/tree", nullptr, options_);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? std::move(*result) : model::ScanResult();
  }

  std::string folder_;
  ScanOptions options_;
};

TEST_F(ContentTest, SaysWhatItLookedAt) {
  Write("a.txt", "nothing");
  Write("b.txt", "key: " + kSecret);
  model::ScanResult result = Run();
  ASSERT_EQ(result.content_scans.size(), 1U);
  EXPECT_EQ(result.content_scans[0].files, 2U);
  EXPECT_EQ(result.content_scans[0].bytes, 7U + 5U + kSecret.size());
  EXPECT_EQ(result.content_scans[0].rules, 1U);
  EXPECT_FALSE(result.packages_listed);
  ASSERT_EQ(result.content.size(), 1U);
  EXPECT_EQ(result.content[0].places[0].location.path, "b.txt");
  EXPECT_EQ(result.content[0].places[0].line, 1U);
  EXPECT_EQ(result.content[0].masked.find("0123"), std::string::npos);
}

TEST_F(ContentTest, OneSecretInManyFilesIsOneFinding) {
  for (int i = 0; i < 30; ++i) Write("d/" + std::to_string(i), "x " + kSecret + " y");
  model::ScanResult result = Run();
  ASSERT_EQ(result.content.size(), 1U);
  EXPECT_EQ(result.content[0].place_count, 30U);
  EXPECT_EQ(result.content[0].places.size(), model::ContentFinding::kMaxPlaces);
}

TEST_F(ContentTest, FilesOfEverySizeAreReadToTheirEnd) {
  // Around the sizes at which a file is read in another way.
  for (std::size_t size :
       {0U, 1U, 4095U, 4096U, (256U << 10U) - 1, 256U << 10U, (4U << 20U) - 1, 4U << 20U, 9U << 20U}) {
    std::string text(size, 'x');
    Write("f" + std::to_string(size), text + "\n" + kSecret);
  }
  model::ScanResult result = Run();
  ASSERT_EQ(result.content.size(), 1U);
  EXPECT_EQ(result.content[0].place_count, 9U);
  for (const model::ContentPlace& place : result.content[0].places)
    EXPECT_EQ("f" + std::to_string(place.offset - 1), place.location.path);
}

TEST_F(ContentTest, WhatIsCleanAndUnchangedIsPassedOverAndStillFoundElsewhere) {
  options_.content_cache_path = folder_ + "/cache";
  Write("clean", "nothing");
  Write("dirty", kSecret);
  // What changed within the last two seconds is not kept.
  for (const char* name : {"clean", "dirty"})
    std::filesystem::last_write_time(folder_ + "/tree/" + name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  model::ScanResult first = Run();
  EXPECT_EQ(first.content_scans.at(0).unchanged, 0U);
  model::ScanResult second = Run();
  EXPECT_EQ(second.content_scans.at(0).unchanged + second.content_scans.at(0).files, 2U);
  ASSERT_EQ(second.content.size(), 1U);
  EXPECT_EQ(second.content[0], first.content[0]);
}

TEST_F(ContentTest, AcceptedFindingsAreClosedNotDropped) {
  Write("a", kSecret);
  model::ScanResult before = Run();
  ASSERT_EQ(before.content.size(), 1U);
  Result<ContentIgnore> ignore = ParseContentIgnore(before.content[0].fingerprint + " known", "file");
  ASSERT_TRUE(ignore);
  options_.content_ignore = *ignore;
  model::ScanResult after = Run();
  ASSERT_EQ(after.content.size(), 1U);
  EXPECT_EQ(after.content[0].status, model::FindingStatus::kIgnored);
  EXPECT_EQ(after.content[0].status_reason, "known");
}

TEST_F(ContentTest, CompressedGitObjectsAreNotReadAsFiles) {
  Write(".git/objects/ab/cdef", kSecret);
  Write("sub/.git/config", kSecret);
  model::ScanResult result = Run();
  ASSERT_EQ(result.content.size(), 1U);
  EXPECT_EQ(result.content[0].places[0].location.path, "sub/.git/config");
}

TEST_F(ContentTest, RulesThatDoNotExistAreAnError) {
  ContentSetup setup;
  setup.secret_rules = {folder_ + "/no-such-file.toml"};
  setup.malware = false;
  EXPECT_FALSE(ContentEngines::Make(setup));
  setup.secret_rules.clear();
  setup.fingerprint_key = "short";
  EXPECT_FALSE(ContentEngines::Make(setup));
}

}  // namespace
}  // namespace weir::scan
