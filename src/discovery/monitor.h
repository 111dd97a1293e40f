// What runs, kept up to date at little cost: for a sensor that looks all day.
//
// A snapshot reads every process whole. The monitor reads a process once, and then
// only looks which numbers /proc lists (their inode there changes when a number is
// used again); sockets come from one table a network namespace, and descriptors are
// read only of processes that may hold a socket not seen before. Files in use
// (mappings, imports) are not its business: see TakeSnapshot.
//
// Threading: one thread. Nothing here waits, but a file system that hangs (a
// process's root on a dead network mount) can hold it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "discovery/discovery.h"
#include "discovery/joins.h"
#include "model/runtime.h"

namespace weir::discovery {

/// A connection and the process that holds this end of it. An inbound one whose descriptor was not looked
/// for belongs to the process that listens.
struct HeldConnection {
  std::uint32_t pid = 0;
  std::uint32_t remote_pid = 0;  // the process at the other end, where that is on this host
  model::Connection connection;
};

struct MonitorBounds {
  std::size_t max_connections = 50'000;
  std::size_t max_descriptors = 65'536;          // of one process
  std::size_t max_descriptors_a_pass = 200'000;  // the rest is looked at in the next pass
};

class Monitor {
 public:
  explicit Monitor(DiscoveryOptions options, MonitorBounds bounds = {});

  /// Which processes there are. True where one came, went or changed. SETTLED: also looks whether one that
  /// has run for longer has become another program.
  bool RefreshProcesses(bool settled);
  /// What listens and what is connected.
  void RefreshSockets();
  /// Asks the container runtimes.
  void RefreshContainers();
  /// A process was seen that belongs to a container or mount namespace not known, or a container's first
  /// process is gone: the containers are worth a look. Reset by RefreshContainers.
  bool containers_changed() const { return containers_changed_; }

  /// By pid; without files and connections.
  const std::map<std::uint32_t, model::Process>& processes() const { return processes_; }
  const std::vector<HeldConnection>& connections() const { return connections_; }
  const std::vector<model::Container>& containers() const { return containers_; }
  const std::vector<std::string>& host_addresses() const { return host_addresses_; }
  /// Runtimes that could not be asked, one line each.
  const std::vector<std::string>& problems() const { return problems_; }
  std::uint64_t unreadable_processes() const { return unreadable_; }
  std::uint64_t truncated_lists() const { return truncated_; }

 private:
  struct Facts {
    std::uint64_t inode = 0;  // of its name in /proc
    std::string executable_link, cgroup_runtime;
    std::string monitored_container;
    int readings = 0;         // while young: exec and the move into its cgroup come after fork
    bool is_process = false;  // not: kernel threads, zombies, unreadable
    bool unreadable = false;
    bool descriptors_known = false;
    std::vector<std::uint64_t> sockets;  // as last looked
    std::uint64_t useful_looks = 0;      // how often looking at its descriptors found something
  };
  struct Namespace;

  std::vector<std::pair<std::uint32_t, std::uint64_t>> ListPids();
  bool Read(std::uint32_t pid, Facts& facts);
  void NoteNewProcess(const model::Process& process);
  void ReadNamespace(Namespace& space, std::size_t& descriptors);
  void LookForOwners(Namespace& space, std::unordered_set<std::uint64_t>& wanted, std::size_t& descriptors);
  void LookAtDescriptors(std::uint32_t pid, Facts& facts, Namespace& space,
                         std::unordered_set<std::uint64_t>& wanted, std::size_t& descriptors);
  void AddSockets(Namespace& space);
  void JoinEnds();

  const DiscoveryOptions options_;
  const MonitorBounds bounds_;
  UniqueFd proc_;
  std::string host_user_namespace_;
  std::uint64_t host_root_id_ = 0;
  std::map<std::uint32_t, Facts> facts_;
  std::map<std::uint32_t, model::Process> processes_;
  std::vector<HeldConnection> connections_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> ends_;  // of connections_: network namespace
  std::vector<model::Container> containers_;
  std::vector<std::string> host_addresses_, problems_;
  std::unordered_set<std::string> known_containers_;
  std::unordered_set<std::uint64_t> known_namespaces_;  // mount
  std::unordered_map<std::uint64_t, std::uint64_t>
      ownerless_;  // socket inode -> pass it was looked for in vain
  UserNames users_;
  std::uint64_t pass_ = 0;
  std::uint64_t unreadable_ = 0, truncated_ = 0, lists_cut_ = 0;
  bool containers_changed_ = true;
};

}  // namespace weir::discovery
