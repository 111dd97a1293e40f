// Digests that package managers keep: made up, and of this machine where it has a database.
#include "sbom/package_digests.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "target/test_support.h"

namespace weir::sbom {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

PackageDigests ReadRoot(const std::string& root) {
  auto target = target::OpenTarget("dir:" + root, {});
  EXPECT_TRUE(target);
  target::ProblemLog problems;
  PackageDigests digests = PackageDigests::Read(**target, {}, problems);
  EXPECT_TRUE(problems.Take().empty());
  return digests;
}

TEST(PackageDigests, TellsChangedFilesOfDpkg) {
  target::ScratchFolder root;
  root.File("var/lib/dpkg/info/tool:amd64.md5sums",
            DigestHex(DigestKind::kMd5, AsBytes("content")) + "  bin/tool\n" + "no line of this kind\n" +
                DigestHex(DigestKind::kMd5, AsBytes("data")) + "  usr/share/my data\n");
  root.File("var/lib/dpkg/status.d/base.md5sums", DigestHex(DigestKind::kMd5, AsBytes("x")) + "  etc/x\n");
  root.File("usr/bin/tool", "content");
  root.Link("bin", "usr/bin");
  PackageDigests digests = ReadRoot(root.path());
  EXPECT_EQ(digests.size(), 3U);
  EXPECT_EQ(digests.Verify("usr/bin/tool", AsBytes("content")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("bin/tool", AsBytes("content")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("usr/bin/tool", AsBytes("other")), FileVerdict::kModified);
  EXPECT_EQ(digests.Verify("usr/bin/tools", AsBytes("content")), FileVerdict::kUnknown);
  EXPECT_EQ(digests.Verify("usr/share/my data", AsBytes("data")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("etc/x", AsBytes("x")), FileVerdict::kUnmodified);
  auto file = digests.Lookup("usr/bin/tool");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->package, "tool");
  EXPECT_EQ(file->hex, DigestHex(DigestKind::kMd5, AsBytes("content")));
}

TEST(PackageDigests, WithoutTheLinkBothFoldersAreTheirOwn) {
  target::ScratchFolder root;
  root.File("var/lib/dpkg/info/tool.md5sums",
            DigestHex(DigestKind::kMd5, AsBytes("content")) + "  bin/tool\n");
  root.File("bin/tool", "content");
  root.File("usr/bin/tool", "another");
  PackageDigests digests = ReadRoot(root.path());
  EXPECT_EQ(digests.Verify("bin/tool", AsBytes("content")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("usr/bin/tool", AsBytes("another")), FileVerdict::kUnknown);
}

TEST(PackageDigests, LinksInACircleEnd) {
  target::ScratchFolder root;
  root.File("var/lib/dpkg/info/tool.md5sums", std::string(32, '0') + "  bin/tool\n");
  root.Link("bin", "sbin");
  root.Link("sbin", "bin");
  root.Link("lib", "../../../etc");
  EXPECT_EQ(ReadRoot(root.path()).size(), 1U);
}

TEST(PackageDigests, TakesWhatIsSharedByPackages) {
  target::ScratchFolder root;
  root.File("var/lib/dpkg/info/a.md5sums", DigestHex(DigestKind::kMd5, AsBytes("a")) + "  usr/f\n");
  root.File("var/lib/dpkg/info/b.md5sums", DigestHex(DigestKind::kMd5, AsBytes("b")) + "  usr/f\n");
  PackageDigests digests = ReadRoot(root.path());
  EXPECT_EQ(digests.Verify("usr/f", AsBytes("a")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("usr/f", AsBytes("b")), FileVerdict::kUnmodified);
  EXPECT_EQ(digests.Verify("usr/f", AsBytes("c")), FileVerdict::kModified);
}

TEST(PackageDigests, ReadsApk) {
  // SHA-1 of "hello\n", as apk writes it.
  target::ScratchFolder root;
  root.File("lib/apk/db/installed",
            "C:Q1x\nP:hello\nV:1\nF:usr/bin\nR:hello\na:0:0:755\nZ:Q19XLTP5gybkPQR1TZZi2ZgajTYQ8=\n"
            "R:bare\n\nP:next\nV:1\nF:\nR:top\nZ:Q19XLTP5gybkPQR1TZZi2ZgajTYQ8=\n");
  std::string text = "hello\n";
  ASSERT_EQ(DigestHex(DigestKind::kSha1, AsBytes(text)).size(), 40U);
  PackageDigests digests = ReadRoot(root.path());
  EXPECT_EQ(digests.size(), 2U);
  auto file = digests.Lookup("usr/bin/hello");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->package, "hello");
  EXPECT_EQ(file->algorithm, DigestKind::kSha1);
  EXPECT_FALSE(digests.Lookup("usr/bin/bare"));
  EXPECT_TRUE(digests.Lookup("top"));
}

TEST(PackageDigests, ReadsRpm) {
  target::ScratchFolder root;
  root.File("var/lib/rpm/rpmdb.sqlite",
            Slurp(std::string(WEIR_SOURCE_DIR) + "/tests/data/sbom/rpmdb.sqlite"));
  PackageDigests digests = ReadRoot(root.path());
  RecordProperty("files", static_cast<int>(digests.size()));
  EXPECT_GT(digests.size(), 0U);
}

TEST(PackageDigests, ReportsAnUnreadableDatabase) {
  target::ScratchFolder root;
  root.File("var/lib/rpm/rpmdb.sqlite", "this is no database");
  auto target = target::OpenTarget("dir:" + root.path(), {});
  ASSERT_TRUE(target);
  target::ProblemLog problems;
  PackageDigests digests = PackageDigests::Read(**target, {}, problems);
  EXPECT_EQ(digests.size(), 0U);
  EXPECT_FALSE(problems.Take().empty());
}

// The machine that runs the tests is a Debian: its own programs are what their packages brought.
TEST(PackageDigests, KnowsThisMachine) {
  if (!fs::exists("/var/lib/dpkg/info/coreutils.md5sums")) GTEST_SKIP();
  PackageDigests digests = ReadRoot("/");
  EXPECT_GT(digests.size(), 1000U);
  EXPECT_LT(digests.memory_bytes(), digests.size() * 64 + (1U << 20U));
  EXPECT_EQ(digests.Verify("usr/bin/sort", AsBytes(Slurp("/usr/bin/sort"))), FileVerdict::kUnmodified);
  std::string changed = Slurp("/usr/bin/sort") + "x";
  EXPECT_EQ(digests.Verify("bin/sort", AsBytes(changed)), FileVerdict::kModified);
  std::size_t same = 0, known = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/bin")) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::string path = entry.path().string().substr(1);
    if (!digests.Lookup(path)) continue;
    if (++known > 300) break;
    if (digests.Verify(path, AsBytes(Slurp(entry.path()))) == FileVerdict::kUnmodified) ++same;
  }
  EXPECT_GT(known, 100U);
  EXPECT_GE(same * 100, known * 97);
}

}  // namespace
}  // namespace weir::sbom
