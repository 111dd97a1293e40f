// The small guards: JSON depth, worker pool, digests, log lines, error codes.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <thread>

#include "base/hash.h"
#include "base/json_guard.h"
#include "base/log.h"
#include "base/result.h"
#include "base/worker_pool.h"

namespace weir {
namespace {

TEST(JsonGuard, CountsDepthOutsideStringsOnly) {
  EXPECT_TRUE(CheckJsonDepth("", 0));
  EXPECT_TRUE(CheckJsonDepth("[[1]]", 2));
  EXPECT_FALSE(CheckJsonDepth("[[1]]", 1));
  EXPECT_TRUE(CheckJsonDepth("[[],[],[],{}]", 2)) << "siblings do not add up";
  EXPECT_TRUE(CheckJsonDepth(R"("[[[[[[")", 1));
  EXPECT_TRUE(CheckJsonDepth(R"(["a\"[[[["])", 1)) << "an escaped quote does not end the string";
  EXPECT_FALSE(CheckJsonDepth(R"(["a\\",[[]]])", 2)) << "an escaped backslash does";
  EXPECT_TRUE(CheckJsonDepth("]]]][", 1)) << "closing what is not open does not buy depth";
  EXPECT_TRUE(CheckJsonDepth("[\"ends in a backslash\\", 1));
  Result<void> bomb = CheckJsonDepth(std::string(1'000'000, '['));
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().code, Code::kLimitExceeded);
}

TEST(WorkerPool, RunsEverything) {
  for (std::size_t threads : {0U, 1U, 3U}) {
    for (std::size_t limit : {0U, 1U, 64U}) {
      std::atomic<int> sum{0};
      WorkerPool pool(threads, limit);
      for (int round = 0; round < 2; ++round) {
        for (int i = 1; i <= 100; ++i) pool.Submit([&sum, i] { sum += i; });
        pool.Wait();
        EXPECT_EQ(sum, 5050 * (round + 1)) << threads << " threads, queue of " << limit;
      }
    }
  }
}

TEST(WorkerPool, EndsWithItsWorkDone) {
  std::atomic<int> done{0};
  {
    WorkerPool pool(2, 4);
    for (int i = 0; i < 50; ++i) pool.Submit([&done] { ++done; });
  }
  EXPECT_EQ(done, 50);
}

TEST(WorkerPool, NoThreadsMeansTheCallersThread) {
  WorkerPool pool(0);
  std::thread::id ran;
  pool.Submit([&ran] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::this_thread::get_id());
}

TEST(Hash, KnownDigests) {
  EXPECT_EQ(DigestHex(DigestKind::kMd5, AsBytes("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(DigestHex(DigestKind::kSha1, AsBytes("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(DigestHex(DigestKind::kSha256, AsBytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(DigestHex(DigestKind::kSha512, AsBytes("abc")).substr(0, 32), "ddaf35a193617abacc417349ae204131");
  Digester pieces(DigestKind::kSha256);
  pieces.Update(AsBytes("a"));
  pieces.Update(AsBytes(""));
  pieces.Update(AsBytes("bc"));
  EXPECT_EQ(pieces.FinishHex(), DigestHex(DigestKind::kSha256, AsBytes("abc")));
  EXPECT_EQ(Hex(AsBytes(std::string_view("\x00\x0f\xff", 3))), "000fff");
  // XXH3's published value for no bytes and seed 0: tables on disk depend on it.
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2U);
}

TEST(Log, OutsideTextCannotSteerTheTerminal) {
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kWarn, "event.name",
      {{"file", "a\x1b[2Jb\nc\rd"},
       {"c1",
        "x\xc2\x9b"
        "31my"},
       {"bad", "\xff\x9b"},
       {"plain", "word"},
       {"none", ""}});
  std::string line = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(line.ends_with('\n'));
  line.pop_back();
  for (char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
  EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
  EXPECT_NE(line.find("event.name"), std::string::npos);
  EXPECT_NE(line.find(" plain=word"), std::string::npos);
  EXPECT_NE(line.find(" none=\"\""), std::string::npos);
  EXPECT_NE(line.find("\xef\xbf\xbd"), std::string::npos) << "bad bytes are seen, not dropped";
}

TEST(Log, LevelsBelowAreDropped) {
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kDebug, "quiet");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Result, CodesHaveNamesAndStatuses) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
    auto code = static_cast<Code>(i);
    EXPECT_TRUE(names.insert(CodeName(code)).second) << CodeName(code);
    EXPECT_EQ(ExitStatus(code), code == Code::kInvalidArgument ? 64 : 1);
    EXPECT_GE(HttpStatus(code), 400);
  }
  EXPECT_EQ(ErrnoError(ENOENT, "x").code, Code::kNotFound);
  EXPECT_EQ(ErrnoError(EACCES, "x").code, Code::kPermissionDenied);
  EXPECT_EQ((Error{Code::kMalformed, "inner"}.Context("outer").message), "outer: inner");
}

}  // namespace
}  // namespace weir
