#include "discovery/monitor.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "discovery/testing.h"

namespace weir::discovery {
namespace {

DiscoveryOptions HereOnly() {
  DiscoveryOptions options;
  options.containers = false;
  return options;
}

struct Child {
  pid_t pid = ::fork();
  ~Child() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
};

TEST(Monitor, SeesProcessesComeAndGo) {
  Monitor monitor(HereOnly());
  EXPECT_TRUE(monitor.RefreshProcesses(true));
  EXPECT_TRUE(monitor.processes().contains(static_cast<std::uint32_t>(::getpid())));
  std::uint32_t pid = 0;
  {
    Child child;
    if (child.pid == 0) {
      ::pause();
      ::_exit(0);
    }
    pid = static_cast<std::uint32_t>(child.pid);
    EXPECT_TRUE(monitor.RefreshProcesses(false));
    ASSERT_TRUE(monitor.processes().contains(pid));
    EXPECT_EQ(monitor.processes().at(pid).parent, static_cast<std::uint32_t>(::getpid()));
  }
  EXPECT_TRUE(monitor.RefreshProcesses(false));
  EXPECT_FALSE(monitor.processes().contains(pid));
}

TEST(Monitor, SeesThatAProcessBecameAnotherProgram) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  Child child;
  if (child.pid == 0) {
    char byte = 0;
    ::close(go[1]);
    (void)::read(go[0], &byte, 1);
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  Monitor monitor(HereOnly());
  for (int i = 0; i < 6; ++i) monitor.RefreshProcesses(false);
  auto pid = static_cast<std::uint32_t>(child.pid);
  ASSERT_TRUE(monitor.processes().contains(pid));
  EXPECT_NE(monitor.processes().at(pid).name, "sleep");
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  ::usleep(200'000);
  monitor.RefreshProcesses(true);
  EXPECT_EQ(monitor.processes().at(pid).name, "sleep");
  ::close(go[0]);
  ::close(go[1]);
}

TEST(Monitor, ConnectionsHaveBothEnds) {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  Child child;
  if (child.pid == 0) {
    ::close(listener);
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    (void)::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::pause();
    ::_exit(0);
  }
  int accepted = ::accept(listener, nullptr, nullptr);
  ASSERT_GE(accepted, 0);

  Monitor monitor(HereOnly());
  monitor.RefreshProcesses(true);
  monitor.RefreshSockets();
  auto self = static_cast<std::uint32_t>(::getpid()), other = static_cast<std::uint32_t>(child.pid);
  std::uint16_t port = ntohs(address.sin_port);
  bool listens = false;
  for (const auto& socket : monitor.processes().at(self).listening) listens = listens || socket.port == port;
  EXPECT_TRUE(listens);
  int inbound = 0, outbound = 0;
  for (const HeldConnection& held : monitor.connections()) {
    if (held.pid == self && held.connection.inbound && held.connection.local_port == port) {
      ++inbound;
      EXPECT_EQ(held.remote_pid, other);
    }
    if (held.pid == other && !held.connection.inbound && held.connection.remote_port == port) {
      ++outbound;
      EXPECT_EQ(held.remote_pid, self);
    }
  }
  EXPECT_EQ(inbound, 1);
  EXPECT_EQ(outbound, 1);

  // A connection that comes later is found, too.
  Child late;
  if (late.pid == 0) {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    (void)::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::pause();
    ::_exit(0);
  }
  int again = ::accept(listener, nullptr, nullptr);
  monitor.RefreshProcesses(false);
  monitor.RefreshSockets();
  bool found = false;
  for (const HeldConnection& held : monitor.connections())
    found = found || (held.pid == static_cast<std::uint32_t>(late.pid) && held.remote_pid == self);
  EXPECT_TRUE(found);
  ::close(again);
  ::close(accepted);
  ::close(listener);
}

TEST(Monitor, KernelThreadsAreNoProcesses) {
  FakeHost host;
  host.AddProcess(1, "init", "/sbin/init", std::string("init\0", 5));
  auto kernel = host.AddProcess(2, "kthreadd", "/nowhere", "");
  std::filesystem::remove(kernel / "exe");
  Monitor monitor(host.options());
  monitor.RefreshProcesses(true);
  EXPECT_TRUE(monitor.processes().contains(1));
  EXPECT_FALSE(monitor.processes().contains(2));
}

TEST(Monitor, AContainerIsKnownByTheCgroupOfItsProcess) {
  FakeHost host;
  host.AddProcess(1, "init", "/sbin/init", std::string("init\0", 5));
  Monitor monitor(host.options());
  monitor.RefreshProcesses(true);
  monitor.RefreshContainers();
  EXPECT_FALSE(monitor.containers_changed());
  EXPECT_TRUE(monitor.containers().empty());

  std::string id(64, 'a');
  auto folder = host.AddProcess(7, "server", "/srv/server", std::string("server\0", 7));
  FakeHost::Write(folder / "cgroup", "0::/system.slice/docker-" + id + ".scope\n");
  monitor.RefreshProcesses(false);
  EXPECT_TRUE(monitor.containers_changed());
  monitor.RefreshContainers();
  ASSERT_EQ(monitor.containers().size(), 1U);
  EXPECT_EQ(monitor.containers()[0].id, id);
  EXPECT_FALSE(monitor.containers_changed());

  std::filesystem::remove_all(folder);
  monitor.RefreshProcesses(false);
  EXPECT_TRUE(monitor.containers_changed());
  monitor.RefreshContainers();
  EXPECT_TRUE(monitor.containers().empty());
}

}  // namespace
}  // namespace weir::discovery
