// What live targets offer beyond their files, and first of all: processes and what a container has written.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "target/process_texts.h"
#include "target/test_support.h"
#include "target/upper_folder.h"

namespace weir::target {
namespace {

using Lines = std::vector<std::string>;
namespace fs = std::filesystem;

/// A grandchild, so that it is no child of this process, which would be left out.
class OtherProcess {
 public:
  explicit OtherProcess(const char* variable) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    pid_t child = ::fork();
    if (child == 0) {
      pid_t grandchild = ::fork();
      if (grandchild == 0) {
        const char* arguments[] = {"sleep", "--", "1000", nullptr};
        const char* variables[] = {"A=1", variable, nullptr};
        ::execve("/bin/sleep", const_cast<char* const*>(arguments), const_cast<char* const*>(variables));
        ::_exit(127);
      }
      ::write(ends[1], &grandchild, sizeof grandchild);
      ::_exit(0);
    }
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &pid_, sizeof pid_), static_cast<ssize_t>(sizeof pid_));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    std::string link = "/proc/" + std::to_string(pid_) + "/comm", name;
    for (int i = 0; i < 1000 && name != "sleep"; ++i) {
      std::ifstream(link) >> name;
      ::usleep(1000);
    }
  }
  ~OtherProcess() { ::kill(pid_, SIGKILL); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  std::string Path(const char* file) const { return "proc/" + std::to_string(pid_) + "/" + file; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

WalkResult VisitAll(Visitor& visitor, const char* root) {
  UniqueFd fd(::open(root, O_PATH | O_DIRECTORY));
  ProblemLog problems;
  WalkOptions options;
  WalkControl control(options, problems);
  Visitor* visitors[] = {&visitor};
  VisitProcesses(fd.get(), true, VisitorSet(visitors), control);
  return {control.stats(), problems.Take()};
}

TEST(Processes, EnvironmentAndCommandLineAreOfferedToWhoAsks) {
  OtherProcess other("TOKEN=hunter2");
  BeyondVisitor visitor;
  VisitAll(visitor, "/");
  const BeyondFile* environment = visitor.Find(other.Path("environ"), model::Origin::kEnvironment);
  ASSERT_NE(environment, nullptr);
  EXPECT_EQ(environment->content, "A=1\nTOKEN=hunter2");
  EXPECT_EQ(environment->pid, static_cast<std::uint32_t>(other.pid()));
  EXPECT_EQ(environment->process, "sleep");
  const BeyondFile* command = visitor.Find(other.Path("cmdline"), model::Origin::kCommandLine);
  ASSERT_NE(command, nullptr);
  EXPECT_EQ(command->content, "sleep -- 1000");
  for (const BeyondFile& file : visitor.files) EXPECT_NE(file.pid, static_cast<std::uint32_t>(::getpid()));

  RecordingVisitor plain;
  VisitAll(plain, "/");
  EXPECT_TRUE(plain.seen.empty());
}

TEST(Processes, ThoseOfAnotherRootAreNot) {
  OtherProcess other("TOKEN=hunter2");
  ScratchFolder scratch;
  BeyondVisitor visitor;
  VisitAll(visitor, scratch.path().c_str());
  EXPECT_TRUE(visitor.files.empty());
}

TEST(Processes, ContainersAreToldByTheirControlGroup) {
  std::string id(64, 'a');
  EXPECT_EQ(ContainerInCgroup("0::/system.slice/docker-" + id + ".scope\n"), id);
  EXPECT_EQ(ContainerInCgroup("12:pids:/docker/" + id + "\n0::/"), id);
  EXPECT_EQ(ContainerInCgroup("0::/user.slice/session-1.scope"), "");
  EXPECT_EQ(ContainerInCgroup("0::/x/" + id + "a"), "");
}

TEST(UpperFolder, IsReadFromTheMountsOfAContainer) {
  const std::string mounts =
      "22 1 0:5 / /proc rw - proc proc rw\n"
      "600 500 0:50 / / rw,relatime shared:1 - overlay overlay "
      "rw,lowerdir=/l/A:/l/B,upperdir=/var/lib/a\\040b/"
      "diff,workdir=/w,index=off\n"
      "601 600 0:51 / /tmp rw - overlay overlay rw,lowerdir=/x,upperdir=/other\n";
  EXPECT_EQ(FindUpperFolder(mounts, "/", {}), "/var/lib/a b/diff");
  EXPECT_EQ(FindUpperFolder(mounts, "/tmp", {}), "/other");
  EXPECT_EQ(FindUpperFolder(mounts, "/none", {}), "");
  EXPECT_EQ(FindUpperFolder(mounts + "700 600 8:1 / / rw - ext4 /dev/sda1 rw\n", "/", {}), "");
  EXPECT_EQ(FindUpperFolder("1 2 0:5 / / rw - overlay overlay rw,lowerdir=/a,upperdir=rel\n", "/", {}), "");
  EXPECT_EQ(FindUpperFolder("1 2 0:5 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw\n", "/", "/s/id/merged"),
            "/s/id/diff");
  EXPECT_EQ(FindUpperFolder("1 2 0:5 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw\n", "/", ""), "");
  EXPECT_EQ(FindUpperFolder("garbage\n - \n", "/", {}), "");
}

TEST(UpperFolder, WhatIsInItComesFirstAndOnce) {
  ScratchFolder scratch;
  scratch.File("merged/etc/base", "1");
  scratch.File("merged/new/a", "2");
  scratch.File("merged/top", "3");
  scratch.File("merged/over", "mounted over");
  scratch.File("upper/over", "hidden by a mount");
  scratch.File("upper/gone/x", "not to be seen");
  fs::create_directories(scratch.Sub("upper/new"));
  // A link has the same times, as a file has that is seen through an overlay.
  fs::create_hard_link(scratch.Sub("merged/new/a"), scratch.Sub("upper/new/a"));
  fs::create_hard_link(scratch.Sub("merged/top"), scratch.Sub("upper/top"));
  UniqueFd root(::open(scratch.Sub("merged").c_str(), O_RDONLY | O_DIRECTORY));
  UniqueFd upper(::open(scratch.Sub("upper").c_str(), O_PATH | O_DIRECTORY));
  BeyondVisitor visitor;
  Visitor* visitors[] = {&visitor};
  ProblemLog problems;
  WalkOptions options;
  WalkControl control(options, problems);
  VisitedPaths visited;
  VisitUpper(upper.get(), root.get(), VisitorSet(visitors), control, visited);
  EXPECT_EQ(visitor.Of(model::Origin::kFile), (Lines{"new/a=2", "top=3"}));
  for (const BeyondFile& file : visitor.files) EXPECT_TRUE(file.added);
  Result<model::WalkStats> stats = WalkTree(root.get(), {.visited = &visited}, visitors, options, problems);
  ASSERT_TRUE(stats);
  EXPECT_EQ(visitor.Of(model::Origin::kFile), (Lines{"etc/base=1", "new/a=2", "over=mounted over", "top=3"}));
  EXPECT_EQ(stats->files, 4U);
  EXPECT_TRUE(problems.Take().empty());
}

}  // namespace
}  // namespace weir::target
