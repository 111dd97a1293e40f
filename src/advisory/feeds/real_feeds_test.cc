// The readers against whole published feeds (WEIR_DATA): every record is used,
// known to be of no use, or counted as malformed.
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "advisory/feeds/testing.h"
#include "base/file.h"

namespace weir::advisory {
namespace {

std::string DataFolder() {
  const char* folder = std::getenv("WEIR_DATA");
  return folder != nullptr ? folder : "";
}

std::uint64_t CountJsonMembers(const std::string& path) {
  std::uint64_t count = 0;
  archive* reader = archive_read_new();
  archive_read_support_format_zip(reader);
  EXPECT_EQ(archive_read_open_filename(reader, path.c_str(), 1U << 16U), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK)
    if (std::string_view(archive_entry_pathname(entry)).ends_with(".json")) ++count;
  archive_read_free(reader);
  return count;
}

TEST(RealFeeds, OsvRecordsAreAllAccountedFor) {
  if (DataFolder().empty()) GTEST_SKIP() << "WEIR_DATA is not set: the published feeds are not read";
  // Records without any package version: commits alone, bug-fix advisories, empty lists.
  const std::map<std::string, std::uint64_t> unusable = {{"AlmaLinux", 1197}, {"Debian", 0}, {"Go", 0},
                                                         {"Maven", 0},        {"PyPI", 20},  {"RubyGems", 0},
                                                         {"crates.io", 0},    {"npm", 0}};
  for (const auto& [ecosystem, without] : unusable) {
    std::string path = DataFolder() + "/feeds/osv/" + ecosystem + "/all.zip";
    KeepingSink sink;
    auto stats = ReadOsvZip(path, sink);
    ASSERT_TRUE(stats) << stats.error().message;
    EXPECT_EQ(stats->records, CountJsonMembers(path)) << ecosystem;
    EXPECT_EQ(stats->malformed, 0U) << ecosystem << ": " << stats->first_error;
    EXPECT_EQ(stats->records - stats->used, without) << ecosystem;
    EXPECT_EQ(stats->used, sink.advisories.size());
    for (const Advisory& advisory : sink.advisories) {
      EXPECT_EQ(advisory.source, "osv:" + ecosystem) << advisory.id;
      for (const AffectedPackage& package : advisory.affected)
        EXPECT_TRUE(!package.ranges.empty() || !package.versions.empty()) << advisory.id;
    }
  }
}

TEST(RealFeeds, Kev) {
  if (DataFolder().empty()) GTEST_SKIP() << "WEIR_DATA is not set: the published feeds are not read";
  auto text = ReadFile(DataFolder() + "/feeds/kev/known_exploited_vulnerabilities.json", 64U << 20U);
  ASSERT_TRUE(text);
  KeepingSink sink;
  auto stats = ReadKev(*text, sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->used, 1404U);
  EXPECT_EQ(stats->malformed, 0U) << stats->first_error;
}

}  // namespace
}  // namespace weir::advisory
