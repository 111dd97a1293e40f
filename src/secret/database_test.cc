#include "secret/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "secret/testing.h"

namespace weir::secret {
namespace {

class Cache : public ::testing::Test {
 protected:
  Cache() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-secret-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    expression_.text = "abc[0-9]{3}";
  }
  ~Cache() override { std::filesystem::remove_all(directory_); }

  bool FromCache() {
    auto set = MakeDatabases({{expression_}}, directory_, {});
    EXPECT_TRUE(set);
    EXPECT_TRUE(set->databases.at(0));
    return set->from_cache;
  }
  std::string File() {
    auto at = std::filesystem::directory_iterator(directory_);
    return at == std::filesystem::directory_iterator() ? "" : at->path().string();
  }

  std::string directory_;
  Expression expression_;
};

TEST_F(Cache, IsUsedForTheSameExpressionsOnly) {
  EXPECT_FALSE(FromCache());
  EXPECT_TRUE(FromCache());
  struct stat info{};
  ASSERT_EQ(::stat(File().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  expression_.text = "abc[0-9]{4}";
  EXPECT_FALSE(FromCache());
}

TEST_F(Cache, DamagedFilesAreMadeAnew) {
  FromCache();
  std::string path = File(), text = *ReadFile(path, 1U << 26U);
  for (std::size_t at : {std::size_t{3}, text.size() / 2, text.size() - 1}) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_TRUE(WriteFileAtomically(path, damaged, 0600));
    EXPECT_FALSE(FromCache());
    EXPECT_TRUE(FromCache());
  }
  ASSERT_TRUE(WriteFileAtomically(path, text.substr(0, text.size() / 2), 0600));
  EXPECT_FALSE(FromCache());
}

TEST_F(Cache, FilesThatOthersMayWriteAreNotLoaded) {
  FromCache();
  std::string path = File();
  ::chmod(path.c_str(), 0622);
  EXPECT_FALSE(ReadDatabaseFile(path));
  EXPECT_FALSE(FromCache());  // and replaced by one of our own
  EXPECT_TRUE(FromCache());
  std::string other = directory_ + "/other";
  std::filesystem::rename(path, other);
  std::filesystem::create_symlink(other, path);
  EXPECT_FALSE(FromCache());
}

TEST_F(Cache, RefusalsAreRemembered) {
  EngineOptions options;
  options.cache_dir = directory_;
  for (int i = 0; i < 2; ++i) {
    auto engine = MakeEngine({TokenRule(), MakeRule("broken", "a(b")}, options);
    ASSERT_EQ(engine->remarks().size(), 1U);
    EXPECT_EQ(ScanText(engine, kToken).hits.size(), 1U);
  }
}

}  // namespace
}  // namespace weir::secret
