#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace weir {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = (fs::temp_directory_path() / "weir-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  ~FileTest() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::size_t Entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string folder_;
};

TEST_F(FileTest, AtomicWriteReplacesWhole) {
  std::string path = Path("state");
  ASSERT_TRUE(WriteFileAtomically(path, "old and longer", 0600));
  ASSERT_TRUE(WriteFileAtomically(path, "new", 0600));
  EXPECT_EQ(ReadFile(path, 100).value_or("unread"), "new");
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(Entries(), 1U) << "no temporary file stays behind";
}

TEST_F(FileTest, AtomicWriteReplacesALinkNotItsTarget) {
  ASSERT_TRUE(WriteFileAtomically(Path("target"), "untouched"));
  fs::create_symlink("target", Path("link"));
  ASSERT_TRUE(WriteFileAtomically(Path("link"), "new"));
  EXPECT_EQ(ReadFile(Path("target"), 100).value_or(""), "untouched");
  EXPECT_FALSE(fs::is_symlink(Path("link")));
}

TEST_F(FileTest, FailedWriteLeavesNothing) {
  fs::create_directory(Path("folder"));
  Result<void> written = WriteFileAtomically(Path("folder"), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(Entries(), 1U);
  EXPECT_EQ(WriteFileAtomically(Path("none/file"), "x").error().code, Code::kNotFound);
}

TEST_F(FileTest, ReadKeepsItsLimit) {
  ASSERT_TRUE(WriteFileAtomically(Path("ten"), "0123456789"));
  EXPECT_EQ(ReadFile(Path("ten"), 10).value_or(""), "0123456789");
  Result<std::string> cut = ReadFile(Path("ten"), 9);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::kLimitExceeded);
  EXPECT_NE(cut.error().message.find("ten"), std::string::npos) << "the error names the file";
  // Size 0 by stat, yet full of bytes: the limit holds there too.
  EXPECT_EQ(ReadFile("/dev/zero", 1000).error().code, Code::kLimitExceeded);
  EXPECT_EQ(ReadFile(Path("none"), 10).error().code, Code::kNotFound);
  EXPECT_FALSE(ReadFile(folder_, 10)) << "a folder is no file";
}

TEST_F(FileTest, LargeFilesComeBackWhole) {
  std::string bytes(300'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  ASSERT_TRUE(WriteFileAtomically(Path("large"), bytes));
  EXPECT_EQ(ReadFile(Path("large"), bytes.size()).value_or(""), bytes);
  Result<MappedFile> map = MappedFile::Open(Path("large"));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->text(), bytes);
  MappedFile moved = std::move(*map);
  EXPECT_EQ(moved.text().size(), bytes.size());
}

TEST_F(FileTest, EmptyFileMapsToNothing) {
  ASSERT_TRUE(WriteFileAtomically(Path("empty"), ""));
  Result<MappedFile> map = MappedFile::Open(Path("empty"));
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->text().empty());
  EXPECT_EQ(MappedFile::Open(Path("none")).error().code, Code::kNotFound);
}

TEST_F(FileTest, MakeDirectories) {
  EXPECT_TRUE(MakeDirectories(Path("a/b/c")));
  EXPECT_TRUE(MakeDirectories(Path("a/b/c"))) << "again is fine";
  ASSERT_TRUE(WriteFileAtomically(Path("file"), ""));
  EXPECT_FALSE(MakeDirectories(Path("file/x")));
}

TEST_F(FileTest, AtomicWriteKeepsAPipe) {
  std::string pipe = Path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  UniqueFd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader);
  ASSERT_TRUE(WriteFileAtomically(pipe, "text"));
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(ReadAll(reader.get(), 10, pipe).value_or(""), "text");
}

// By its judgement alone: where the code is wrong, root would lose the device.
TEST_F(FileTest, DevicesAndDescriptorsAreWrittenInPlace) {
  EXPECT_TRUE(IsWrittenInPlace("/dev/null"));
  EXPECT_TRUE(IsWrittenInPlace("/proc/self/fd/1"));
  EXPECT_FALSE(IsWrittenInPlace(Path("file")));
  ASSERT_TRUE(WriteFileAtomically(Path("file"), "x"));
  EXPECT_FALSE(IsWrittenInPlace(Path("file")));
}

}  // namespace
}  // namespace weir
