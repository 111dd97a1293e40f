#include "base/bolt_file.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file.h"

namespace weir {
namespace {

/// The metadata of a containerd 1.6 that had one image imported; pages that were never used cut off.
std::string RealDatabase() {
  return ReadFile(WEIR_SOURCE_DIR "/tests/data/images/containerd/meta.db", 1 << 20).value();
}

/// Walks all buckets; returns how many items there are.
std::size_t Count(const BoltFile& file, const std::vector<std::string_view>& path, int depth = 0) {
  auto items = file.List(path);
  if (!items || depth > 12) return 0;
  std::size_t count = items->size();
  for (const BoltFile::Item& item : *items) {
    if (!item.bucket || count > 10'000) continue;
    std::vector<std::string_view> below = path;
    below.push_back(item.key);
    count += Count(file, below, depth + 1);
  }
  return count;
}

TEST(BoltFile, ReadsBucketsInlineAndOnPages) {
  auto file = BoltFile::Parse(RealDatabase());
  ASSERT_TRUE(file.has_value());
  std::string_view images[] = {"v1", "k8s.io", "images"};
  auto items = file->List(images);
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ((*items)[0].key, "docker.io/library/sample:1");
  EXPECT_TRUE((*items)[0].bucket);
  std::string_view target[] = {"v1", "k8s.io", "images", "docker.io/library/sample:1", "target"};
  EXPECT_EQ(file->Get(target, "digest").value_or(""),
            "sha256:e874a1604b4f45afc956f00c0f3a0c72a49c5416504f4737d6b5aa7140aeae36");
  EXPECT_EQ(file->Get(target, "nothing").error().code, Code::kNotFound);
  std::string_view missing[] = {"v1", "default"};
  EXPECT_EQ(file->List(missing).error().code, Code::kNotFound);
  EXPECT_GT(Count(*file, {}), 40U);
}

TEST(BoltFile, UsesTheOtherMetaPageWhereOneIsDamaged) {
  std::string bytes = RealDatabase();
  std::size_t all = Count(BoltFile::Parse(bytes).value(), {});
  std::string first = bytes, second = bytes;
  first[20] = 'x';
  second[4096 + 20] = 'x';
  auto without_first = BoltFile::Parse(first), without_second = BoltFile::Parse(second);
  ASSERT_TRUE(without_first.has_value());
  ASSERT_TRUE(without_second.has_value());
  // The other is the state of one transaction before.
  EXPECT_TRUE(Count(*without_first, {}) == all || Count(*without_second, {}) == all);
  first[4096 + 20] = 'x';
  EXPECT_EQ(BoltFile::Parse(first).error().code, Code::kMalformed);
  EXPECT_FALSE(BoltFile::Parse("").has_value());
}

TEST(BoltFile, DamageEndsInErrorsAndNotInLoops) {
  const std::string good = RealDatabase();
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string bad = good;
    for (int i = 0; i < 40; ++i) {
      // Not the meta pages, whose checksum would refuse it.
      std::size_t at = 8192 + random() % (bad.size() - 8192);
      bad[at] = static_cast<char>(random() % 4 == 0 ? random() : random() % 32);
    }
    if (round % 4 == 0) bad.resize(8192 + random() % (bad.size() - 8192));
    auto file = BoltFile::Parse(std::move(bad));
    if (file) Count(*file, {});
  }
}

}  // namespace
}  // namespace weir
