#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/fd.h"
#include "discovery/discovery.h"
#include "discovery/testing.h"

namespace weir::discovery {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const model::Process* Find(const model::RuntimeSnapshot& snapshot, std::uint32_t pid) {
  for (const model::Process& process : snapshot.processes)
    if (process.pid == pid) return &process;
  return nullptr;
}

TEST(Snapshot, JoinsProcessesFilesAndSockets) {
  FakeHost host;
  FakeHost::Write(host.root() / "etc/passwd", "root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n");
  auto folder = host.AddProcess(100, "nginx: (w)", "/usr/sbin/nginx (deleted)",
                                std::string("nginx\0--token=abc", 17), 33);
  FakeHost::Write(folder / "maps",
                  "1-2 r-xp 00000000 08:01 1 /usr/sbin/nginx (deleted)\n"
                  "2-3 r-xp 00000000 08:01 2 /usr/lib/libssl.so.3 (deleted)\n"
                  "3-4 r--p 00000000 08:01 3 /usr/lib/locale/locale-archive\n"
                  "4-5 r--p 00000000 08:01 4 /usr/lib/libz.so.1\n");
  FakeHost::Link(folder / "fd" / "3", "socket:[500]");
  FakeHost::Link(folder / "fd" / "4", "socket:[501]");
  FakeHost::Link(folder / "fd" / "5", "/srv/app.jar");
  FakeHost::Link(folder / "fd" / "6", "/var/log/x.log");
  FakeHost::Write(folder / "net/tcp",
                  "  sl  local_address rem_address   st\n"
                  "   0: 00000000:01BB 00000000:0000 0A 0:0 00:0 0 0 0 500 1\n"
                  "   1: 0A00000A:01BB 057100CB:D431 01 0:0 00:0 0 0 0 501 1\n"
                  "   2: 0A00000A:A000 057100CB:01BB 01 0:0 00:0 0 0 0 502 1\n");
  FakeHost::Write(folder / "net/fib_trie", "Local:\n |-- 10.0.0.10\n    /32 host LOCAL\n");
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->taken);
  const model::Process* process = Find(*snapshot, 100);
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(process->name, "nginx: (w)");
  EXPECT_EQ(process->executable, "usr/sbin/nginx");
  EXPECT_TRUE(process->executable_deleted);
  EXPECT_EQ(process->arguments, (std::vector<std::string>{"nginx", "--token=***"}));
  EXPECT_EQ(process->user_name, "www-data");
  EXPECT_EQ(process->loaded_files,
            (std::vector<std::string>{"srv/app.jar", "usr/lib/libssl.so.3", "usr/lib/libz.so.1"}));
  EXPECT_EQ(process->deleted_files, (std::vector<std::string>{"usr/lib/libssl.so.3"}));
  ASSERT_EQ(process->listening.size(), 1U);
  EXPECT_EQ(process->listening[0].port, 443);
  ASSERT_EQ(process->connections.size(), 1U);
  EXPECT_TRUE(process->connections[0].inbound);
  EXPECT_EQ(process->connections[0].remote_scope, model::AddressScope::kPublic);
  EXPECT_EQ(process->root_id, snapshot->host_root_id);
  EXPECT_EQ(snapshot->host_addresses, (std::vector<std::string>{"10.0.0.10"}));
}

TEST(Snapshot, OutgoingConnectionsAreNotInbound) {
  FakeHost host;
  auto folder = host.AddProcess(100, "curl", "/usr/bin/curl", "curl");
  FakeHost::Link(folder / "fd" / "3", "socket:[502]");
  FakeHost::Write(folder / "net/tcp", "   2: 0A00000A:A000 057100CB:01BB 01 0:0 00:0 0 0 0 502 1\n");
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(Find(*snapshot, 100)->connections.size(), 1U);
  EXPECT_FALSE(Find(*snapshot, 100)->connections[0].inbound);
}

TEST(Snapshot, ContainerProcessesCarryTheirContainer) {
  FakeHost host;
  std::filesystem::create_directories(host.base() / "container-root");
  auto folder = host.AddProcess(200, "app", "/app", "app");
  FakeHost::Write(folder / "cgroup", "0::/docker/" + kId + "\n");
  std::filesystem::remove(folder / "root");
  FakeHost::Link(folder / "root", host.base() / "container-root");
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(Find(*snapshot, 200)->container_id, kId);
  EXPECT_NE(Find(*snapshot, 200)->root_id, snapshot->host_root_id);
  ASSERT_EQ(snapshot->containers.size(), 1U);
  EXPECT_EQ(snapshot->containers[0].id, kId);
}

TEST(Snapshot, PortsThatAMonitorHoldsArePublished) {
  FakeHost host;
  std::string storage = "var/lib/containers/storage/overlay-containers/";
  FakeHost::Write(host.root() / (storage + "containers.json"),
                  R"([{"id":")" + kId + R"(","names":["web"]}])");
  FakeHost::Write(host.root() / ("run/containers/storage/overlay-containers/" + kId + "/userdata/pidfile"),
                  "300");
  FakeHost::Write(host.AddProcess(300, "app", "/app", "app") / "cgroup",
                  "0::/libpod_parent/libpod-" + kId + "\n");
  std::string arguments = "conmon";
  arguments += '\0';
  arguments += "-c";
  arguments += '\0' + kId;
  auto folder = host.AddProcess(200, "conmon", "/usr/bin/conmon", arguments);
  FakeHost::Link(folder / "fd" / "3", "socket:[500]");
  FakeHost::Write(folder / "net/tcp", "   0: 00000000:1F90 00000000:0000 0A 0:0 00:0 0 0 0 500 1\n");
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->containers.size(), 1U);
  EXPECT_EQ(snapshot->containers[0].published_ports,
            (std::vector<std::pair<std::uint16_t, std::uint16_t>>{{8080, 0}}));
}

TEST(Snapshot, KernelThreadsAreLeftOutAndBrokenProcessesCounted) {
  FakeHost host;
  auto kernel = host.AddProcess(2, "kthreadd", "/x", "");
  std::filesystem::remove(kernel / "exe");
  auto broken = host.AddProcess(3, "broken", "/x", "x");
  FakeHost::Write(broken / "stat", "garbage");
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->processes.empty());
  EXPECT_EQ(snapshot->unreadable_processes, 1U);
}

TEST(Snapshot, ListsAreBoundedAndSaySo) {
  FakeHost host;
  auto folder = host.AddProcess(100, "app", "/app", "app");
  FakeHost::Write(folder / "maps",
                  "1-2 r-xp 0 08:01 1 /a.so\n1-2 r-xp 0 08:01 2 /b.so\n1-2 r-xp 0 08:01 3 /c.so\n");
  DiscoveryOptions options = host.options();
  options.max_mapped_files = 2;
  auto snapshot = TakeSnapshot(options);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(Find(*snapshot, 100)->loaded_files.size(), 2U);
  EXPECT_EQ(snapshot->truncated_lists, 1U);
}

TEST(Snapshot, RuntimesThatCannotBeAskedAreProblems) {
  FakeHost host;
  FakeHost::Write(host.root() / "var/lib/containers/storage/overlay-containers/containers.json", "{");
  FakeHost::Write(host.root() / "var/run/docker.sock", "");  // there, but nobody answers
  auto snapshot = TakeSnapshot(host.options());
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->problems.size(), 2U);
}

TEST(Snapshot, MissingProcIsAnError) {
  DiscoveryOptions options;
  options.proc_root = "/nonexistent";
  EXPECT_FALSE(TakeSnapshot(options));
}

TEST(Snapshot, OfThisMachineSeesThisTest) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr storage{};
  static_assert(sizeof storage == sizeof address);
  std::memcpy(&storage, &address, sizeof address);
  ASSERT_EQ(::bind(listener.get(), &storage, sizeof storage), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  DiscoveryOptions options;
  options.containers = false;
  auto snapshot = TakeSnapshot(options);
  ASSERT_TRUE(snapshot);
  const model::Process* self = Find(*snapshot, static_cast<std::uint32_t>(::getpid()));
  ASSERT_NE(self, nullptr);
  EXPECT_TRUE(self->executable.ends_with("weir_discovery_test"));
  EXPECT_TRUE(std::any_of(self->loaded_files.begin(), self->loaded_files.end(), [](const std::string& file) {
    return file.find("libstdc++.so") != std::string::npos;
  }));
  EXPECT_TRUE(std::any_of(self->listening.begin(), self->listening.end(),
                          [](const auto& socket) { return socket.address == "127.0.0.1"; }));
}

}  // namespace
}  // namespace weir::discovery
