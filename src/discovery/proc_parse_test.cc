#include "discovery/proc_parse.h"

#include <gtest/gtest.h>

namespace weir::discovery {
namespace {

TEST(ParseStat, AllowsAnyCharactersInTheName) {
  auto stat = ParseStat("42 (a) S 7 (b c) R 9 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 42U);
  EXPECT_EQ(stat->name, "a) S 7 (b c");
  EXPECT_EQ(stat->parent, 9U);
  EXPECT_EQ(stat->start_time_ticks, 12345U);
}

TEST(ParseStat, RefusesWhatIsNotOne) {
  for (const char* text : {"", "42", "42 (a", "x (a) S 1", ") 42 (", "42 (a) S 1 2 3"})
    EXPECT_FALSE(ParseStat(text)) << text;
}

TEST(ParseStatus, ReadsEffectiveIdsAndNamespaces) {
  auto status = ParseStatus("Name:\tx\nUid:\t1000\t0\t0\t0\nNSpid:\t900\t1\nCapEff:\t00000000a80425fb\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->effective_uid, 0U);
  EXPECT_EQ(status->effective_capabilities, 0xa80425fbU);
  EXPECT_EQ(status->namespace_pids, (std::vector<std::uint32_t>{900, 1}));
  EXPECT_FALSE(ParseStatus("Name:\tx\n"));
}

struct MapsCase {
  const char* line;
  const char* path;  // empty: no regular file
  bool executable, deleted;
};

TEST(ParseMapsLine, TellsFilesFromTheRest) {
  const MapsCase cases[] = {
      {"7f0-7f1 r-xp 00000000 08:01 131 /usr/lib/x86_64-linux-gnu/libc.so.6",
       "/usr/lib/x86_64-linux-gnu/libc.so.6", true, false},
      {"7f0-7f1 r--p 00000000 08:01 131      /usr/share/a b.jar", "/usr/share/a b.jar", false, false},
      {"7f0-7f1 r-xp 00000000 08:01 131 /usr/lib/libssl.so.3 (deleted)", "/usr/lib/libssl.so.3", true, true},
      {"7f0-7f1 r-xp 00000000 08:01 131 /usr/lib64/libssl.so.3;5f3a1b2c (deleted)", "/usr/lib64/libssl.so.3",
       true, true},
      {"7f0-7f1 rw-p 00000000 00:00 0 ", "", false, false},
      {"7f0-7f1 rw-p 00000000 00:00 0 [heap]", "", false, false},
      {"7f0-7f1 rw-s 00000000 00:01 5 /dev/zero (deleted)", "", false, false},
      {"7f0-7f1 rwxs 00000000 00:01 5 /memfd:jit (deleted)", "", false, false},
      {"7f0-7f1 r-xp 0 0:0 0 /no/inode", "", false, false},
      {"", "", false, false},
      {"7f0-7f1", "", false, false},
  };
  for (const MapsCase& c : cases) {
    auto mapped = ParseMapsLine(c.line);
    ASSERT_EQ(mapped.has_value(), *c.path != '\0') << c.line;
    if (!mapped) continue;
    EXPECT_EQ(mapped->path, c.path);
    EXPECT_EQ(mapped->executable, c.executable) << c.line;
    EXPECT_EQ(mapped->deleted, c.deleted) << c.line;
  }
}

TEST(IsCodeFile, KnowsLibrariesAndArchives) {
  for (const char* path :
       {"/a/libx.so", "/a/libx.so.1.2", "a.jar", "/x/A.WAR", "b.node", "m.cpython-311-x86_64-linux-gnu.so"})
    EXPECT_TRUE(IsCodeFile(path)) << path;
  for (const char* path : {"/a/x.sock", "/a/locale-archive", "x.txt", "/a.jar/x", ".jar", "/a/x.sorted"})
    EXPECT_FALSE(IsCodeFile(path)) << path;
}

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kInner = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

struct CgroupCase {
  std::string text, id, runtime;
};

TEST(ParseCgroup, FindsTheContainerInEveryLayout) {
  const CgroupCase cases[] = {
      {"0::/system.slice/docker-" + kId + ".scope\n", kId, "docker"},
      {"12:pids:/docker/" + kId + "\n0::/docker/" + kId + "\n", kId, "docker"},
      {"0::/machine.slice/libpod-" + kId + ".scope/container\n", kId, "podman"},
      {"0::/libpod_parent/libpod-" + kId + "\n", kId, "podman"},
      {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope\n", kId,
       "podman"},
      {"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/cri-containerd-" + kId +
           ".scope\n",
       kId, "containerd"},
      {"0::/kubepods/burstable/pod0d1/" + kId + "\n", kId, ""},
      {"0::/kubepods.slice/kubepods-pod1.slice/crio-" + kId + ".scope\n", kId, "cri-o"},
      {"1:name=systemd:/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:" + kId +
           "\n",
       kId, "containerd"},
      {"0::/k8s.io/" + kId + "\n", kId, "containerd"},
      // A node of kind: a container in a container, the inner one is meant.
      {"0::/docker/" + kId + "/kubelet/kubepods/pod1/" + kInner + "\n", kInner, ""},
      // Hybrid: the first hierarchy says nothing.
      {"9:name=systemd:/\n0::/docker/" + kId + "\n", kId, "docker"},
  };
  for (const CgroupCase& c : cases) {
    auto found = ParseCgroup(c.text);
    ASSERT_TRUE(found) << c.text;
    EXPECT_EQ(found->id, c.id) << c.text;
    EXPECT_EQ(found->runtime, c.runtime) << c.text;
  }
}

TEST(ParseCgroup, SeesNoContainerWhereThereIsNone) {
  for (const std::string& text : {std::string("0::/\n"), std::string("0::/system.slice/nginx.service\n"),
                                  std::string(), "0::/system.slice/docker-" + kId.substr(1) + ".scope\n",
                                  "0::/libpod_parent/libpod-conmon-" + kId + ".scope\n"})
    EXPECT_FALSE(ParseCgroup(text)) << text;
}

TEST(ParseSocketLine, ReadsBothFamilies) {
  auto v4 = ParseSocketLine(
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 x");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->local_address, "127.0.0.1");
  EXPECT_EQ(v4->local_port, 8080);
  EXPECT_EQ(v4->state, 10U);
  EXPECT_EQ(v4->inode, 4711U);
  auto v6 = ParseSocketLine(
      "   1: B80D0120000000000000000001000000:01BB 0000000000000000FFFF0000057100CB:D431 01 "
      "00000000:00000000 00:00000000 "
      "00000000 33 0 99 1 x");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->local_address, "2001:db8::1");
  EXPECT_EQ(v6->remote_address, "203.0.113.5");  // mapped IPv4 as IPv4
  EXPECT_EQ(v6->remote_port, 54321);
}

TEST(ParseSocketLine, RefusesHeadingsAndGarbage) {
  for (const char* line : {"  sl  local_address rem_address   st tx_queue", "", "0:", "0: 0100007F:1F90",
                           "0: 01:1 02:2 0A", "0: 0100007F:1F90 00000000:0000 0A 0 0 0 0 0 x"})
    EXPECT_FALSE(ParseSocketLine(line)) << line;
}

TEST(Addresses, AreThoseOfTheNamespaceItself) {
  EXPECT_EQ(
      ParseFibTrieLocals(
          "Main:\n     |-- 10.0.0.0\n        /24 link UNICAST\n     |-- 10.0.0.5\n        /32 host LOCAL\n"
          "Local:\n     |-- 10.0.0.5\n        /32 host LOCAL\n     |-- bad\n        /32 host LOCAL\n"),
      (std::vector<std::string>{"10.0.0.5"}));
  EXPECT_EQ(ParseIfInet6("00000000000000000000000000000001 01 80 10 80       lo\nzz 1\n"),
            (std::vector<std::string>{"::1"}));
}

}  // namespace
}  // namespace weir::discovery
