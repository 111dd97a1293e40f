#include "target/archive_walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "target/image_test_support.h"

namespace weir::target {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

/// FORMAT and FILTER as archive_write_set_format_by_name and archive_write_add_filter_by_name take them.
std::string Pack(const char* format, const char* filter, const Files& files, const char* options = nullptr) {
  std::string out(8U << 20U, '\0');
  std::size_t used = 0;
  archive* writer = ::archive_write_new();
  EXPECT_EQ(::archive_write_set_format_by_name(writer, format), ARCHIVE_OK);
  if (filter != nullptr) {
    EXPECT_EQ(::archive_write_add_filter_by_name(writer, filter), ARCHIVE_OK);
  }
  ::archive_write_set_bytes_in_last_block(writer, 1);
  if (options != nullptr) {
    EXPECT_EQ(::archive_write_set_options(writer, options), ARCHIVE_OK);
    ::archive_write_set_passphrase(writer, "open sesame");
  }
  EXPECT_EQ(::archive_write_open_memory(writer, out.data(), out.size(), &used), ARCHIVE_OK);
  for (const auto& [name, content] : files) {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0640);
    EXPECT_EQ(::archive_write_header(writer, entry), ARCHIVE_OK) << ::archive_error_string(writer);
    EXPECT_EQ(::archive_write_data(writer, content.data(), content.size()),
              static_cast<la_ssize_t>(content.size()));
    ::archive_entry_free(entry);
  }
  EXPECT_EQ(::archive_write_close(writer), ARCHIVE_OK);
  ::archive_write_free(writer);
  out.resize(used);
  return out;
}

struct Walked {
  std::map<std::string, std::string> members;
  std::vector<model::Problem> problems;
  ArchiveCounts counts;
  std::string AllProblems() const {
    std::string out;
    for (const model::Problem& problem : problems) out += problem.path + ": " + problem.message + "\n";
    return out;
  }
};

Walked WalkBytes(std::string_view bytes, std::string_view name, const ArchiveOptions& options = {}) {
  Walked out;
  ProblemLog problems;
  ArchiveKind kind = DetectArchive(bytes.substr(0, kArchiveHeadBytes), name);
  EXPECT_NE(kind, ArchiveKind::kNone);
  Result<ArchiveCounts> counts =
      WalkArchive(kind, AsBytes(bytes), name, options, problems, [&](ArchiveMember& member) -> Result<void> {
        Result<std::string> text = member.ReadAll(64U << 20U);
        out.members[std::string(member.path())] = text ? *text : "error: " + text.error().message;
        return {};
      });
  EXPECT_TRUE(counts);
  if (counts) out.counts = *counts;
  out.problems = problems.Take();
  return out;
}

TEST(ArchiveWalk, EveryFormatGivesItsMembers) {
  const Files files{{"etc/app.env", "TOKEN=1"}, {"b", std::string(300'000, 'x')}};
  struct Case {
    const char *format, *filter, *name;
    ArchiveKind kind;
  };
  const Case cases[] = {
      {"zip", nullptr, "a.zip", ArchiveKind::kZip},
      {"ustar", nullptr, "a.tar", ArchiveKind::kTar},
      {"pax", nullptr, "a.tar", ArchiveKind::kTar},
      {"gnutar", nullptr, "a.tar", ArchiveKind::kTar},
      {"v7tar", nullptr, "a.tar", ArchiveKind::kTar},
      {"ustar", "gzip", "a.tar.gz", ArchiveKind::kCompressed},
      {"ustar", "bzip2", "a.tar.bz2", ArchiveKind::kCompressed},
      {"ustar", "xz", "a.tar.xz", ArchiveKind::kCompressed},
      {"ustar", "zstd", "a.tar.zst", ArchiveKind::kCompressed},
      {"ustar", "lz4", "a.tar.lz4", ArchiveKind::kCompressed},
      {"ustar", "lzma", "a.tar.lzma", ArchiveKind::kCompressed},
      {"ustar", "lzip", "a.tar.lz", ArchiveKind::kCompressed},
      {"ustar", "compress", "a.tar.Z", ArchiveKind::kCompressed},
      {"newc", "gzip", "a.cpio.gz", ArchiveKind::kCompressed},
      {"newc", nullptr, "a.cpio", ArchiveKind::kCpio},
      {"odc", nullptr, "a.cpio", ArchiveKind::kCpio},
      {"7zip", nullptr, "a.7z", ArchiveKind::kSevenZip},
      {"iso9660", nullptr, "a.iso", ArchiveKind::kIso},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(std::string(test.format) + " " + (test.filter != nullptr ? test.filter : ""));
    std::string bytes = Pack(test.format, test.filter, files);
    EXPECT_EQ(DetectArchive(std::string_view(bytes).substr(0, kArchiveHeadBytes), test.name), test.kind);
    Walked walked = WalkBytes(bytes, test.name);
    EXPECT_EQ(walked.AllProblems(), "");
    EXPECT_EQ(walked.counts.members, 2U);
    EXPECT_EQ(walked.members[std::string(test.name) + "!etc/app.env"], "TOKEN=1");
    EXPECT_EQ(walked.members[std::string(test.name) + "!b"].size(), 300'000U);
  }
}

TEST(ArchiveWalk, OneCompressedFileIsCalledAsWithoutItsEnding) {
  Walked walked = WalkBytes(Gzip("password"), "var/log/app.log.gz");
  EXPECT_EQ(walked.members, (std::map<std::string, std::string>{{"var/log/app.log.gz!app.log", "password"}}));
  walked = WalkBytes(Zstd(Gzip("password")), "x.gz.zst");
  EXPECT_EQ(walked.members.size(), 1U);
  EXPECT_EQ(walked.members.begin()->second, "password");
}

TEST(ArchiveWalk, ArchivesInArchivesAreOpened) {
  std::string jar = Pack("zip", nullptr, {{"application.yml", "key: 1"}});
  std::string deep = Pack("ustar", "xz", {{"lib/inner.jar", jar}, {"x", "y"}});
  std::string deb = Pack("arbsd", nullptr, {{"debian-binary", "2.0\n"}, {"data.tar.xz", deep}});
  Walked walked =
      WalkBytes(Pack("zip", nullptr, {{"p/app.deb", deb}, {"s.sql.gz", Gzip("INSERT")}}), "all.zip");
  EXPECT_EQ(walked.AllProblems(), "");
  EXPECT_EQ(walked.members["all.zip!p/app.deb!data.tar.xz!lib/inner.jar!application.yml"], "key: 1");
  EXPECT_EQ(walked.members["all.zip!p/app.deb!data.tar.xz!x"], "y");
  EXPECT_EQ(walked.members["all.zip!p/app.deb!debian-binary"], "2.0\n");
  EXPECT_EQ(walked.members["all.zip!s.sql.gz!s.sql"], "INSERT");
  EXPECT_EQ(walked.counts.members, 4U);

  ArchiveOptions offered;
  offered.offer_archives = true;
  walked = WalkBytes(Pack("ustar", nullptr, {{"inner.jar", jar}}), "all.tar", offered);
  EXPECT_EQ(walked.members["all.tar!inner.jar"], jar);
  EXPECT_EQ(walked.members["all.tar!inner.jar!application.yml"], "key: 1");
}

TEST(ArchiveWalk, LargeArchivesInArchivesWaitInAFile) {
  std::string zip =
      Pack("zip", nullptr, {{"a", "1"}, {"b", std::string(200'000, 'b')}}, "zip:compression=store");
  ArchiveOptions options;
  options.limits.max_memory_file_bytes = 1000;
  Walked walked = WalkBytes(Pack("ustar", "gzip", {{"i.zip", zip}}), "o.tgz", options);
  EXPECT_EQ(walked.AllProblems(), "");
  EXPECT_EQ(walked.members["o.tgz!i.zip!b"].size(), 200'000U);
}

TEST(ArchiveWalk, DepthIsBounded) {
  std::string bytes = "secret";
  for (int i = 0; i < 12; ++i) bytes = Pack("zip", nullptr, {{"z.zip", bytes}});
  Walked walked = WalkBytes(bytes, "z.zip");
  EXPECT_NE(walked.AllProblems().find("was not opened"), std::string::npos);
  EXPECT_EQ(walked.counts.members, 1U);
}

TEST(ArchiveWalk, BombsAreStopped) {
  std::string zeros(1U << 20U, '\0');
  Files many;
  for (int i = 0; i < 40; ++i) many.emplace_back("f" + std::to_string(i), zeros);
  std::string inner = Pack("zip", nullptr, many);
  Files outer;
  for (int i = 0; i < 40; ++i) outer.emplace_back("z" + std::to_string(i) + ".zip", inner);
  Walked walked = WalkBytes(Pack("ustar", "xz", outer), "bomb.tar.xz");
  EXPECT_NE(walked.AllProblems().find("times its size"), std::string::npos);
  EXPECT_LT(walked.counts.bytes, 400U << 20U);

  ArchiveOptions few;
  few.limits.max_archive_entries = 10;
  walked = WalkBytes(inner, "a.zip", few);
  EXPECT_EQ(walked.counts.members, 10U);
  EXPECT_NE(walked.AllProblems().find("more than 10 entries"), std::string::npos);

  ArchiveOptions small;
  small.max_bytes = 5U << 20U;
  walked = WalkBytes(inner, "a.zip", small);
  EXPECT_NE(walked.AllProblems().find("unpacks to more than 5242880 bytes"), std::string::npos);

  ArchiveOptions small_files;
  small_files.limits.max_file_bytes = 1000;
  walked = WalkBytes(Pack("zip", nullptr, {{"big", zeros}, {"ok", "1"}}), "a.zip", small_files);
  EXPECT_EQ(walked.members.size(), 1U);
  EXPECT_NE(walked.AllProblems().find("a.zip!big: 1048576 bytes"), std::string::npos);
}

TEST(ArchiveWalk, EncryptedMembersAreReported) {
  std::string zip = Pack("zip", nullptr, {{"etc/shadow", "root:x"}}, "zip:encryption=aes256");
  Walked walked = WalkBytes(zip, "a.zip");
  EXPECT_EQ(walked.members.size(), 0U);
  EXPECT_EQ(walked.AllProblems(), "a.zip!etc/shadow: encrypted; it was not read\n");
}

TEST(ArchiveWalk, DamageIsAProblemAndWhatCouldBeReadIsKept) {
  Files files;
  std::uint32_t state = 1;
  for (int i = 0; i < 50; ++i) {
    std::string noise;
    for (int k = 0; k < 20'000; ++k)
      noise += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
    files.emplace_back("f" + std::to_string(i), noise);
  }
  for (auto [format, filter, name] :
       {std::tuple{"ustar", "gzip", "a.tgz"}, std::tuple{"zip", "none", "a.zip"},
        std::tuple{"ustar", "zstd", "a.tar.zst"}}) {
    SCOPED_TRACE(name);
    std::string bytes = Pack(format, std::string_view(filter) == "none" ? nullptr : filter, files);
    Walked walked = WalkBytes(std::string_view(bytes).substr(0, bytes.size() / 2), name);
    EXPECT_NE(walked.AllProblems(), "");
    EXPECT_GT(walked.members.size(), 5U);
    EXPECT_LT(walked.members.size(), 50U);
  }
}

TEST(ArchiveWalk, NamesBeyondAsciiStay) {
  Walked walked = WalkBytes(Pack("ustar", nullptr, {{"gr\xc3\xbc\xc3\x9f.txt", "1"}}), "a.tar");
  EXPECT_EQ(walked.members.begin()->first, "a.tar!gr\xc3\xbc\xc3\x9f.txt");
  walked = WalkBytes(TarWriter().File("bad\xff.txt", "1").File("../../etc/x", "2").File("./y", "3").Bytes(),
                     "a.tar");
  EXPECT_EQ(walked.members.size(), 3U);
  EXPECT_EQ(walked.members["a.tar!y"], "3");
  EXPECT_EQ(walked.members["a.tar!bad\xff.txt"], "1");
}

TEST(ArchiveWalk, TextsThatStartLikeAnArchiveAreNone) {
  EXPECT_EQ(DetectArchive("BZh9 is how a bzip2 file starts", "a.txt"), ArchiveKind::kNone);
  EXPECT_EQ(DetectArchive("070707 and more words, so no cpio; " + std::string(200, '.'), "a.txt"),
            ArchiveKind::kNone);
  EXPECT_EQ(DetectArchive(std::string(512, '\0'), "a.tar"), ArchiveKind::kNone);
  EXPECT_EQ(DetectArchive("", "a.zip"), ArchiveKind::kNone);
}

TEST(ArchiveWalk, TheVisitorCanEndIt) {
  std::string bytes = Pack("zip", nullptr, {{"a", "1"}, {"b", "2"}});
  ProblemLog problems;
  int seen = 0;
  Result<ArchiveCounts> counts = WalkArchive(ArchiveKind::kZip, AsBytes(bytes), "a.zip", {}, problems,
                                             [&](ArchiveMember&) -> Result<void> {
                                               ++seen;
                                               return Err(Code::kCancelled, "enough");
                                             });
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace weir::target
