#include "discovery/rooted_fs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "discovery/testing.h"

namespace weir::discovery {
namespace {

TEST(RootedFs, LinksLeadOnlyToWhatIsInside) {
  FakeHost host;
  FakeHost::Write(host.base() / "outside", "secret");
  FakeHost::Write(host.root() / "a/file", "text");
  FakeHost::Link(host.root() / "a/up", "../../outside");
  FakeHost::Link(host.root() / "a/absolute", host.base() / "outside");
  FakeHost::Link(host.root() / "a/near", "/a/file");
  FakeHost::Link(host.root() / "a/loop", "loop");
  RootedFs root(host.root().string());
  EXPECT_EQ(root.Read("a/file", 10).value(), "text");
  EXPECT_EQ(root.Read("a/near", 10).value(), "text");
  for (const char* path : {"a/up", "a/absolute", "a/loop", "../outside", "a"})
    EXPECT_FALSE(root.Read(path, 10)) << path;
  EXPECT_EQ(root.Read("a/file", 3).error().code, Code::kLimitExceeded);
}

TEST(RootedFs, PipesAreRefusedAndDoNotBlock) {
  FakeHost host;
  ASSERT_EQ(::mkfifo((host.root() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(RootedFs(host.root().string()).Read("pipe", 10));
}

TEST(OpenWithoutLinks, RefusesLinksAndTheWayUp) {
  FakeHost host;
  FakeHost::Write(host.root() / "a/file", "text");
  FakeHost::Link(host.root() / "link", "a");
  UniqueFd root(::open(host.root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_TRUE(OpenWithoutLinks(root.get(), "a/file", O_RDONLY));
  EXPECT_TRUE(OpenWithoutLinks(root.get(), "", O_RDONLY | O_DIRECTORY));
  for (const char* path : {"link", "link/file", "a/../a/file", "..", "none"})
    EXPECT_FALSE(OpenWithoutLinks(root.get(), path, O_RDONLY)) << path;
}

}  // namespace
}  // namespace weir::discovery
