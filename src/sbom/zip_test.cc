#include "sbom/zip.h"

#include <gtest/gtest.h>

#include "sbom/zip_testing.h"

namespace weir::sbom {
namespace {

struct Opened {
  explicit Opened(std::string bytes) : source(target::MakeMemorySource(std::move(bytes))) {
    budget = ArchiveBudget::For(source->size(), {});
    archive.emplace(ZipArchive::Open(*source, budget));
  }
  std::unique_ptr<target::ByteSource> source;
  ArchiveBudget budget;
  std::optional<Result<ZipArchive>> archive;
  ZipSelection All() {
    return (*archive)->Select([](std::string_view) { return true; });
  }
};

TEST(Zip, ReadsStoredAndDeflatedMembers) {
  std::string text(100'000, 'x');
  Opened zip(ZipBuilder().Stored("a.txt", "hello").Deflated("b/c.txt", text).Build());
  ASSERT_TRUE(*zip.archive) << zip.archive->error().message;
  ZipSelection all = zip.All();
  EXPECT_TRUE(all.problems.empty());
  ASSERT_EQ(all.members.size(), 2U);
  EXPECT_EQ(*(*zip.archive)->Read(all.members[0], 100), "hello");
  EXPECT_EQ(*(*zip.archive)->Read(all.members[1], 200'000), text);
  EXPECT_EQ((*zip.archive)->Read(all.members[1], 1000).error().code, Code::kLimitExceeded);
  Result<std::unique_ptr<target::ByteSource>> member = (*zip.archive)->OpenMember(all.members[0], 1);
  ASSERT_TRUE(member);
  EXPECT_EQ(*(*member)->ReadAll(10), "hello") << "stored members are slices: the limit is for copies";
}

TEST(Zip, UnderstandsDataInFrontCommentsAndZip64) {
  ZipBuilder builder;
  builder.Stored("a.txt", "hello");
  for (const std::string& bytes :
       {"#!/bin/sh\nexec java -jar $0\n" + builder.Build(), builder.Build("a comment PK\5\6 with a mark"),
        builder.Build("", true), "#!/bin/sh\n" + builder.Build("", true),
        builder.Build() + "trailing bytes"}) {
    Opened zip(bytes);
    ASSERT_TRUE(*zip.archive) << zip.archive->error().message;
    ZipSelection all = zip.All();
    ASSERT_EQ(all.members.size(), 1U);
    EXPECT_TRUE(all.problems.empty()) << all.problems[0].message;
    EXPECT_EQ(*(*zip.archive)->Read(all.members[0], 100), "hello");
  }
}

TEST(Zip, StreamsLargeDirectories) {
  ZipBuilder builder;
  for (int i = 0; i < 3000; ++i) builder.Stored("some/folder/with/a/name/number" + std::to_string(i), "x");
  builder.Stored(std::string(65'000, 'n'), "a name too long to keep").Stored("last", "y");
  Opened zip(builder.Build());
  ZipSelection some =
      (*zip.archive)->Select([](std::string_view name) { return name.ends_with('7') || name == "last"; });
  EXPECT_EQ(some.members.size(), 301U);
  EXPECT_EQ(some.entries, 3002U);
  EXPECT_TRUE(some.problems.empty());
}

TEST(Zip, TruncatedFilesAreMalformed) {
  std::string whole = ZipBuilder().Stored("a.txt", "hello").Deflated("b", std::string(5000, 'b')).Build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Opened zip(whole.substr(0, size));
    ASSERT_FALSE(*zip.archive) << size;
    EXPECT_EQ(zip.archive->error().code, Code::kMalformed);
  }
}

TEST(Zip, AnyDamagedByteIsSurvived) {
  std::string whole =
      ZipBuilder().Stored("a.txt", "hello").Deflated("b", std::string(5000, 'b')).Build("", true);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (char value : {'\0', '\x7f', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = value;
      Opened zip(damaged);
      if (!*zip.archive) continue;
      for (const ZipMember& member : zip.All().members)
        static_cast<void>((*zip.archive)->Read(member, 1 << 20));
    }
  }
}

TEST(Zip, WrongLocalHeaderAndEncryptionAreRefused) {
  std::string bytes = ZipBuilder().Stored("a.txt", "hello").Build();
  bytes[30] = 'z';  // the local header's name
  Opened zip(bytes);
  ZipSelection all = zip.All();
  ASSERT_EQ(all.members.size(), 1U);
  EXPECT_EQ((*zip.archive)->Read(all.members[0], 100).error().code, Code::kMalformed);
  all.members[0].encrypted = true;
  EXPECT_EQ((*zip.archive)->Read(all.members[0], 100).error().code, Code::kUnsupported);
}

TEST(Zip, OverlapsAndDuplicatesAreReported) {
  ZipBuilder builder;
  builder.Stored("a.txt", "hello").Stored("a.txt", "again").Alias("b.txt", 0);
  Opened zip(builder.Build());
  ZipSelection all = zip.All();
  EXPECT_EQ(all.members.size(), 2U) << "the alias shares the first member's bytes";
  EXPECT_EQ(all.problems.size(), 2U);
}

TEST(Zip, ImpossibleSizesAreRefusedBeforeMemoryIsTaken) {
  ZipBuilder builder;
  builder.Deflated("b", "tiny").ClaimSize(10U << 20U);
  Opened zip(builder.Build());
  ZipSelection all = zip.All();
  ASSERT_EQ(all.members.size(), 1U);
  EXPECT_EQ((*zip.archive)->Read(all.members[0], 64U << 20U).error().code, Code::kMalformed);
}

TEST(Zip, TheBudgetIsShared) {
  Opened zip(ZipBuilder().Deflated("b", std::string(5000, 'b')).Build());
  ZipSelection all = zip.All();
  zip.budget.bytes = 4000;
  EXPECT_EQ((*zip.archive)->Read(all.members[0], 1 << 20).error().code, Code::kLimitExceeded);
  zip.budget.entries = 0;
  EXPECT_EQ(zip.All().problems.at(0).code, Code::kLimitExceeded);
}

}  // namespace
}  // namespace weir::sbom
