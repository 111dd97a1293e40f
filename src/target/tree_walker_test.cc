#include "target/tree_walker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "target/rooted_open.h"
#include "target/skip_rules.h"
#include "target/test_support.h"

namespace weir::target {
namespace {

std::unique_ptr<Target> Open(const std::string& path) {
  Result<std::unique_ptr<Target>> target = OpenTarget("dir:" + path, {});
  EXPECT_TRUE(target) << (target ? "" : target.error().message);
  return target ? std::move(*target) : nullptr;
}

WalkOptions Threads(unsigned count) {
  WalkOptions options;
  options.threads = count;
  return options;
}

TEST(TreeWalker, VisitsEveryFileOnceWithItsContent) {
  ScratchFolder scratch;
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 200; ++i) {
    std::string name = "d" + std::to_string(i % 7) + "/e" + std::to_string(i % 3) + "/f" + std::to_string(i);
    scratch.File(name, "content " + std::to_string(i));
    expected[name] = "content " + std::to_string(i);
  }
  scratch.File("top", "t");
  scratch.File("empty", "");
  expected["top"] = "t";
  expected["empty"] = "";
  RecordingVisitor visitor;
  WalkResult result = WalkWith(*Open(scratch.path()), visitor, Threads(4));
  EXPECT_EQ(visitor.contents, expected);
  for (const auto& [path, count] : visitor.visits) EXPECT_EQ(count, 1) << path;
  EXPECT_EQ(result.stats.files, expected.size());
  EXPECT_EQ(result.stats.directories, 1U + 7U + 21U);
  EXPECT_EQ(result.stats.files_read, expected.size() - 1) << "an empty file is visited but not opened";
  EXPECT_TRUE(result.problems.empty());
}

TEST(TreeWalker, LinksAreShownAndNotFollowed) {
  ScratchFolder scratch;
  scratch.File("real/file", "x");
  scratch.Link("to_folder", "real");
  scratch.Link("out", "/etc/passwd");
  scratch.Link("loop/self", "..");
  RecordingVisitor visitor;
  WalkWith(*Open(scratch.path()), visitor);
  EXPECT_EQ(visitor.contents.size(), 1U);
  EXPECT_EQ(visitor.links.at("to_folder"), "real");
  EXPECT_EQ(visitor.links.at("out"), "/etc/passwd");
  EXPECT_EQ(visitor.links.at("loop/self"), "..");
}

TEST(TreeWalker, HardLinksAreVisitedUnderEachName) {
  ScratchFolder scratch;
  scratch.File("a", "same");
  ASSERT_EQ(::link(scratch.Sub("a").c_str(), scratch.Sub("b").c_str()), 0);
  RecordingVisitor visitor;
  WalkWith(*Open(scratch.path()), visitor);
  EXPECT_EQ(visitor.contents, (std::map<std::string, std::string>{{"a", "same"}, {"b", "same"}}));
}

TEST(TreeWalker, PipesAreCountedAndNeverOpened) {
  ScratchFolder scratch;
  ASSERT_EQ(::mkfifo(scratch.Sub("pipe").c_str(), 0600), 0);
  RecordingVisitor visitor;
  WalkResult result = WalkWith(*Open(scratch.path()), visitor);
  EXPECT_EQ(result.stats.other, 1U);
  EXPECT_TRUE(visitor.seen.empty());
  EXPECT_EQ(Open(scratch.path())->ReadFile("pipe", 10).error().code, Code::kUnsupported);
}

TEST(TreeWalker, ExcludedFoldersArePruned) {
  ScratchFolder scratch;
  scratch.File("keep/a.txt", "");
  scratch.File("keep/b.log", "");
  scratch.File("var/cache/deep/c.txt", "");
  RecordingVisitor visitor;
  WalkOptions options;
  options.exclude = {"**/*.log", "var/cache"};
  WalkResult result = WalkWith(*Open(scratch.path()), visitor, options);
  EXPECT_EQ(visitor.seen, (std::map<std::string, int>{{"keep/a.txt", 1}}));
  EXPECT_EQ(result.stats.directories, 3U);
}

TEST(TreeWalker, UnreadableFoldersAndLargeFilesAreReported) {
  ScratchFolder scratch;
  scratch.File("large", "0123456789");
  scratch.File("small", "1");
  RecordingVisitor visitor;
  WalkOptions options;
  options.limits.max_file_bytes = 5;
  WalkResult result = WalkWith(*Open(scratch.path()), visitor, options);
  EXPECT_TRUE(result.HasProblem("large", "more than the limit"));
  EXPECT_EQ(visitor.contents.size(), 1U);
}

TEST(TreeWalker, BoundsOnEntriesAndCancelAreReported) {
  ScratchFolder scratch;
  for (int i = 0; i < 100; ++i) scratch.File("d" + std::to_string(i) + "/f", "");
  WalkOptions options;
  options.limits.max_entries = 10;
  RecordingVisitor visitor;
  EXPECT_TRUE(WalkWith(*Open(scratch.path()), visitor, options).HasProblem("", "entries"));
  EXPECT_LT(visitor.visits.size(), 100U);

  std::atomic<bool> cancel{true};
  options = {};
  options.cancel = &cancel;
  RecordingVisitor second;
  EXPECT_TRUE(WalkWith(*Open(scratch.path()), second, options).HasProblem("", "cancelled"));
  EXPECT_TRUE(second.visits.empty());
}

/// A chain of folders far beyond PATH_MAX, with a second folder at each level; returns where it ends.
void MakeDeepTree(const std::string& root, int depth) {
  UniqueFd at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < depth; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "folder", 0755), 0);
    if (i % 10 == 0) {
      ASSERT_EQ(::mkdirat(at.get(), "another", 0755), 0);
    }
    at.Reset(::openat(at.get(), "folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(at);
  }
  UniqueFd file(::openat(at.get(), "bottom", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_TRUE(file);
}

/// std::filesystem recurses by path and cannot remove what lies beyond PATH_MAX.
void RemoveDeepTree(const std::string& root) {
  UniqueFd at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (true) {
    UniqueFd next(::openat(at.get(), "folder/folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!next) break;
    // Lift the grandchild up one level, so that the chain stays short to the end.
    ASSERT_EQ(::renameat(at.get(), "folder/folder", at.get(), "lifted"), 0);
    ::unlinkat(at.get(), "folder/another", AT_REMOVEDIR);
    ::unlinkat(at.get(), "folder", AT_REMOVEDIR);
    ASSERT_EQ(::renameat(at.get(), "lifted", at.get(), "folder"), 0);
  }
}

TEST(TreeWalker, TenThousandFoldersDeepIsReachedOrReported) {
  ScratchFolder scratch;
  constexpr int kDepth = 10'000;
  MakeDeepTree(scratch.path(), kDepth);
  std::string bottom;
  for (int i = 0; i < kDepth; ++i) bottom += "folder/";
  bottom += "bottom";

  WalkOptions options;
  options.threads = 2;
  options.limits.max_depth = 20'000;
  RecordingVisitor visitor;
  WalkResult result = WalkWith(*Open(scratch.path()), visitor, options);
  EXPECT_EQ(visitor.visits.count(bottom), 1U);
  EXPECT_TRUE(result.problems.empty());

  RecordingVisitor shallow;
  result = WalkWith(*Open(scratch.path()), shallow);
  EXPECT_TRUE(shallow.visits.empty());
  ASSERT_FALSE(result.problems.empty());
  EXPECT_NE(result.problems[0].message.find("deeper than 4096"), std::string::npos);
  RemoveDeepTree(scratch.path());
}

TEST(TreeWalker, ChangingTreeIsWalkedWithoutHarm) {
  ScratchFolder scratch;
  for (int i = 0; i < 50; ++i) scratch.File("d" + std::to_string(i) + "/f", "text");
  std::atomic<bool> stop{false};
  std::jthread changer([&] {
    for (int i = 0; !stop; ++i) {
      std::string name = scratch.Sub("d" + std::to_string(i % 50));
      std::string away = name + ".away";
      ::rename(name.c_str(), away.c_str());
      static_cast<void>(::symlink("/etc", name.c_str()));
      ::unlink(name.c_str());
      ::rename(away.c_str(), name.c_str());
    }
  });
  for (int round = 0; round < 20; ++round) {
    RecordingVisitor visitor;
    WalkWith(*Open(scratch.path()), visitor, Threads(4));
    for (const auto& [path, content] : visitor.contents) {
      EXPECT_TRUE(path.ends_with("/f")) << path;
      EXPECT_TRUE(content == "text" || content.starts_with("error: ")) << content;
    }
  }
  stop = true;
}

TEST(RootedOpen, LinksStayInsideTheRoot) {
  ScratchFolder scratch;
  scratch.File("usr/lib/os-release", "ID=debian\n");
  scratch.Link("etc/os-release", "../usr/lib/os-release");
  scratch.Link("absolute", "/usr/lib/os-release");
  scratch.Link("escape", "../../../../../../etc/hostname");
  scratch.Link("passwd", "/etc/passwd");
  scratch.Link("a", "b");
  scratch.Link("b", "a");
  std::unique_ptr<Target> target = Open(scratch.path());
  UniqueFd root(::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto by_hand = [&](std::string_view path) {
    return static_cast<bool>(internal::ResolveByHand(root.get(), path, O_RDONLY));
  };
  for (std::string_view path : {"etc/os-release", "absolute", "/etc/os-release", "etc/../etc/os-release"}) {
    EXPECT_EQ(target->ReadFile(path, 100).value_or("none"), "ID=debian\n") << path;
    EXPECT_TRUE(by_hand(path)) << path;
  }
  for (std::string_view path : {"escape", "passwd", "a", "../../etc/passwd", "nothing", "etc"}) {
    EXPECT_FALSE(target->ReadFile(path, 100)) << path;
    if (path != "etc") {
      EXPECT_FALSE(by_hand(path)) << path;
    }
  }
  EXPECT_EQ(target->ReadFile("absolute", 3).error().code, Code::kLimitExceeded);
  EXPECT_EQ(target->ReadFile("nothing", 3).error().code, Code::kNotFound);
}

TEST(SkipRules, KnowContainerStorage) {
  EXPECT_TRUE(IsContainerStorage("var/lib/docker/overlay2"));
  EXPECT_TRUE(IsContainerStorage("var/lib/containers/storage"));
  EXPECT_TRUE(IsContainerStorage("home/u/.local/share/containers/storage"));
  EXPECT_TRUE(IsContainerStorage("var/lib/containerd/io.containerd.snapshotter.v1.overlayfs"));
  EXPECT_FALSE(IsContainerStorage("var/lib/docker/volumes"));
  EXPECT_FALSE(IsContainerStorage("srv/xvar/lib/containers/storages"));
  EXPECT_FALSE(IsContainerStorage("opt/overlay2"));
}

TEST(OpenTarget, ProcessRootIsReadAndProcIsNotEntered) {
  Result<std::unique_ptr<Target>> target = OpenTarget("pid:" + std::to_string(::getpid()), {});
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ((*target)->pid(), static_cast<std::uint32_t>(::getpid()));
  EXPECT_TRUE((*target)->asset().id.find('@') != std::string::npos);
  WalkOptions options;
  RecordingVisitor visitor([](const Entry&) { return false; });
  for (char c = 'a'; c <= 'z'; ++c)
    if (c != 'p') options.exclude.push_back(std::string(1, c) + "*");
  options.limits.max_entries = 1000;
  WalkWith(**target, visitor, options);
  EXPECT_EQ(visitor.seen.count("proc/version"), 0U);
  EXPECT_EQ(OpenTarget("pid:99999999", {}).error().code, Code::kNotFound);
  EXPECT_EQ(OpenTarget("pid:x", {}).error().code, Code::kInvalidArgument);
}

TEST(OpenTarget, NamesAreUnderstood) {
  ScratchFolder scratch;
  scratch.File("layout/oci-layout", "{}");
  scratch.File("layout/index.json", "{}");
  scratch.File("bom.json", "\n {\"$schema\":\"x\",\"bomFormat\": \"CycloneDX\"}");
  scratch.File("spdx.json", "{\"spdxVersion\":\"SPDX-2.3\"}");
  scratch.File("other.json", "{\"a\":1}");
  EXPECT_EQ(ParseTargetName(scratch.path()).scheme, "dir");
  EXPECT_EQ(ParseTargetName(scratch.Sub("layout")).scheme, "oci-dir");
  EXPECT_EQ(ParseTargetName(scratch.Sub("bom.json")).scheme, "sbom");
  EXPECT_EQ(ParseTargetName(scratch.Sub("other.json")).scheme, "archive");
  EXPECT_EQ(ParseTargetName("alpine:3.19").scheme, "registry");
  EXPECT_FALSE(ParseTargetName("alpine:3.19").exact);
  EXPECT_EQ(ParseTargetName("docker:web").rest, "web");
  EXPECT_EQ(ParseTargetName("host").scheme, "host");
  EXPECT_EQ(ParseTargetName(std::to_string(::getpid())).scheme, "pid");
  EXPECT_TRUE(IsSbomFile("sbom:whatever"));
  EXPECT_TRUE(IsSbomFile(scratch.Sub("spdx.json")));
  EXPECT_FALSE(IsSbomFile(scratch.Sub("other.json")));
  EXPECT_FALSE(IsSbomFile(scratch.path()));
  EXPECT_EQ(OpenTarget("podman:web", {}).error().code, Code::kUnsupported);
  EXPECT_EQ(OpenTarget("dir:", {}).error().code, Code::kInvalidArgument);
}

TEST(OpenContainer, FallsBackToTheMergedFolder) {
  ScratchFolder scratch;
  scratch.File("etc/os-release", "ID=x");
  model::Container container;
  container.id = "c0ffee";
  container.image = "img:1";
  container.root_path = scratch.path();
  Result<std::unique_ptr<Target>> target = OpenContainer(container, {});
  ASSERT_TRUE(target);
  EXPECT_EQ((*target)->asset().kind, model::AssetKind::kContainer);
  EXPECT_EQ((*target)->asset().name, "c0ffee");
  EXPECT_EQ((*target)->ReadFile("etc/os-release", 10).value_or(""), "ID=x");
  container.root_path.clear();
  EXPECT_FALSE(OpenContainer(container, {}));
}

}  // namespace
}  // namespace weir::target
