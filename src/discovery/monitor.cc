#include "discovery/monitor.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>

#include "base/hash.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/process.h"
#include "discovery/rooted_fs.h"
#include "discovery/sockets.h"

namespace weir::discovery {
namespace {

/// Readings of a young process, one a pass.
constexpr int kYoungReadings = 4;
/// Passes after which an owner of a socket is looked for again.
constexpr std::uint64_t kOwnerlessPasses = 12;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

bool SameShown(const model::Process& a, const model::Process& b) {
  return std::tie(a.start_time_ticks, a.parent, a.name, a.executable, a.arguments, a.user_id, a.user_name,
                  a.privileged, a.container_id) == std::tie(b.start_time_ticks, b.parent, b.name,
                                                            b.executable, b.arguments, b.user_id, b.user_name,
                                                            b.privileged, b.container_id);
}

/// Names one end of a connection as the other end sees it. On the loopback, only within one namespace.
std::uint64_t EndHash(const model::Connection& c, std::uint64_t name_space, bool as_seen_from_remote) {
  const auto& [near_address, far_address] = as_seen_from_remote ? std::tie(c.remote_address, c.local_address)
                                                                : std::tie(c.local_address, c.remote_address);
  std::string text = c.protocol + '|' + near_address + '|' + far_address + '|';
  text += std::to_string(as_seen_from_remote ? c.remote_port : c.local_port) + '|' +
          std::to_string(as_seen_from_remote ? c.local_port : c.remote_port);
  if (c.remote_scope == model::AddressScope::kLoopback) text += '|' + std::to_string(name_space);
  return Hash64(text);
}

}  // namespace

/// One network namespace in one pass.
struct Monitor::Namespace {
  std::uint64_t id = 0;
  std::vector<std::uint32_t> pids;
  SocketTable table;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> owners;  // by socket inode
};

Monitor::Monitor(DiscoveryOptions options, MonitorBounds bounds)
    : options_(std::move(options)),
      bounds_(bounds),
      proc_(::open(options_.proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  host_user_namespace_ = ReadLinkAt(proc_.get(), "1/ns/user");
  host_root_id_ = FolderId(AT_FDCWD, options_.host_root.c_str());
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> Monitor::ListPids() {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> out;
  std::unique_ptr<DIR, DirCloser> dir(
      ::fdopendir(::openat(proc_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (!dir) return out;
  while (const dirent* entry = ::readdir(dir.get())) {
    auto pid = ParseUint(entry->d_name);
    if (!pid || *pid == 0 || *pid > UINT32_MAX) continue;
    if (out.size() >= options_.max_processes) {
      ++lists_cut_;
      break;
    }
    out.emplace_back(static_cast<std::uint32_t>(*pid), entry->d_ino);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Monitor::NoteNewProcess(const model::Process& process) {
  if (!process.container_id.empty() && !known_containers_.contains(process.container_id))
    containers_changed_ = true;
  // Containers without an id in their cgroup are at least in a mount namespace of their own.
  if (process.mount_namespace != 0 && process.root_id != host_root_id_ &&
      known_namespaces_.insert(process.mount_namespace).second)
    containers_changed_ = true;
}

/// True where what is shown of the process changed.
bool Monitor::Read(std::uint32_t pid, Facts& facts) {
  ++facts.readings;
  bool unreadable = false;
  auto detail = ReadProcess(proc_.get(), pid, options_, &unreadable, ProcessDepth::kFacts);
  auto known = processes_.find(pid);
  facts.unreadable = unreadable || (detail && detail->partly_unreadable);
  facts.is_process = detail.has_value();
  if (!detail) {
    if (known == processes_.end()) return false;
    processes_.erase(known);
    return true;
  }
  int folder = detail->folder.get();
  facts.executable_link = ReadLinkAt(folder, "exe");
  facts.cgroup_runtime = std::move(detail->cgroup_runtime);
  facts.monitored_container = MonitoredContainer(*detail);
  model::Process& process = detail->process;
  DropPowersOfUserNamespace(folder, host_user_namespace_, process);
  process.user_name = users_.Of(RootedFs(options_.proc_root + "/" + std::to_string(pid) + "/root"), process);
  NoteNewProcess(process);
  if (known == processes_.end()) {
    processes_.emplace(pid, std::move(process));
    return true;
  }
  if (process.container_id.empty()) process.container_id = known->second.container_id;
  bool changed = !SameShown(known->second, process);
  process.listening = std::move(known->second.listening);
  known->second = std::move(process);
  return changed;
}

bool Monitor::RefreshProcesses(bool settled) {
  bool changed = false;
  lists_cut_ = 0;
  auto pids = ListPids();
  if (pids.empty()) return false;  // /proc is not there for a moment: that is no news of processes
  auto at = facts_.begin();
  auto forget = [&] {
    changed = processes_.erase(at->first) > 0 || changed;
    for (const model::Container& container : containers_)
      if (container.pid == at->first) containers_changed_ = true;
    at = facts_.erase(at);
  };
  for (const auto& [pid, inode] : pids) {
    while (at != facts_.end() && at->first < pid) forget();
    if (at != facts_.end() && at->first == pid) {
      Facts& facts = at->second;
      bool look = facts.readings < kYoungReadings;
      if (facts.inode != inode) {
        // Another process of that number, or only another inode for the same one.
        facts = Facts{};
        facts.inode = inode;
        look = true;
      } else if (!look && settled && facts.is_process) {
        look = ReadLinkAt(proc_.get(), (std::to_string(pid) + "/exe").c_str()) != facts.executable_link;
      }
      if (look) changed = Read(pid, facts) || changed;
      ++at;
      continue;
    }
    at = facts_.emplace_hint(at, pid, Facts{});
    at->second.inode = inode;
    changed = Read(pid, at->second) || changed;
    ++at;
  }
  while (at != facts_.end()) forget();
  unreadable_ = static_cast<std::uint64_t>(
      std::count_if(facts_.begin(), facts_.end(), [](const auto& entry) { return entry.second.unreadable; }));
  return changed;
}

void Monitor::RefreshContainers() {
  containers_changed_ = false;
  std::vector<Error> errors;
  containers_ = ListOfRuntimes(options_, false, errors);
  problems_.clear();
  for (const Error& error : errors) problems_.push_back(ToValidUtf8(error.message));
  std::vector<model::Process*> processes;
  for (auto& [pid, process] : processes_) {
    processes.push_back(&process);
    if (!process.container_id.empty())
      AddSeenContainer(options_, process.container_id, facts_[pid].cgroup_runtime, pid, containers_);
  }
  JoinContainers(processes, containers_, host_root_id_);
  for (const auto& [pid, process] : processes_)
    if (const std::string& id = facts_[pid].monitored_container; !id.empty())
      NotePublishedPorts(process, id, containers_);
  std::sort(containers_.begin(), containers_.end(), [](const model::Container& a, const model::Container& b) {
    return std::tie(a.runtime, a.name, a.id) < std::tie(b.runtime, b.name, b.id);
  });
  known_containers_.clear();
  for (const model::Container& container : containers_) known_containers_.insert(container.id);
  known_namespaces_.clear();
  for (const auto& [pid, process] : processes_) known_namespaces_.insert(process.mount_namespace);
}

void Monitor::LookAtDescriptors(std::uint32_t pid, Facts& facts, Namespace& space,
                                std::unordered_set<std::uint64_t>& wanted, std::size_t& descriptors) {
  UniqueFd folder(::openat(proc_.get(), std::to_string(pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return;
  // Until a young process has settled, what it has open may still change without a sign.
  facts.descriptors_known = facts.readings >= kYoungReadings;
  facts.sockets = ReadSocketInodes(folder.get(), bounds_.max_descriptors, &descriptors);
  for (std::uint64_t inode : facts.sockets) {
    if (wanted.erase(inode) > 0) ++facts.useful_looks;
    std::vector<std::uint32_t>& owners = space.owners[inode];
    if (std::find(owners.begin(), owners.end(), pid) == owners.end()) owners.push_back(pid);
  }
}

void Monitor::LookForOwners(Namespace& space, std::unordered_set<std::uint64_t>& wanted,
                            std::size_t& descriptors) {
  // Those that had something before are asked first.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> candidates;
  for (std::uint32_t pid : space.pids) candidates.emplace_back(facts_[pid].useful_looks, pid);
  std::sort(candidates.begin(), candidates.end(), std::greater<>());
  for (const auto& [looks, pid] : candidates) {
    if (wanted.empty()) return;
    if (descriptors >= bounds_.max_descriptors_a_pass) return;  // the next pass goes on
    LookAtDescriptors(pid, facts_[pid], space, wanted, descriptors);
  }
  for (std::uint64_t inode : wanted) ownerless_[inode] = pass_;
}

void Monitor::ReadNamespace(Namespace& space, std::size_t& descriptors) {
  bool with_addresses = std::find(space.pids.begin(), space.pids.end(), 1U) != space.pids.end();
  for (std::uint32_t pid : space.pids) {
    UniqueFd folder(::openat(proc_.get(), std::to_string(pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) continue;  // gone since: another one will do
    space.table = ReadSocketTable(folder.get(), with_addresses);
    break;
  }
  if (space.table.cut) ++truncated_;
  if (with_addresses && !space.table.addresses.empty()) host_addresses_ = space.table.addresses;
  for (std::uint32_t pid : space.pids)
    for (std::uint64_t inode : facts_[pid].sockets) space.owners[inode].push_back(pid);

  std::unordered_set<std::uint64_t> wanted;
  auto want = [&](std::uint64_t inode) {
    if (space.owners.contains(inode)) return;
    auto ownerless = ownerless_.find(inode);
    if (ownerless == ownerless_.end() || ownerless->second + kOwnerlessPasses <= pass_) wanted.insert(inode);
  };
  for (const auto& [inode, sockets] : space.table.listening) want(inode);
  for (const auto& [inode, connections] : space.table.connections)
    if (std::any_of(connections.begin(), connections.end(), [](const auto& c) { return !c.inbound; }))
      want(inode);
  for (std::uint32_t pid : space.pids)
    if (Facts& facts = facts_[pid]; !facts.descriptors_known)
      LookAtDescriptors(pid, facts, space, wanted, descriptors);
  if (!wanted.empty()) LookForOwners(space, wanted, descriptors);
}

void Monitor::AddSockets(Namespace& space) {
  std::map<std::pair<std::string, std::uint16_t>, std::uint32_t> listeners;
  for (const auto& [inode, sockets] : space.table.listening) {
    auto owners = space.owners.find(inode);
    if (owners == space.owners.end()) continue;
    for (std::uint32_t pid : owners->second) {
      auto process = processes_.find(pid);
      if (process == processes_.end()) continue;
      process->second.listening.insert(process->second.listening.end(), sockets.begin(), sockets.end());
      for (const model::ListeningSocket& socket : sockets) {
        auto [at, is_new] = listeners.emplace(std::pair(socket.protocol, socket.port), pid);
        at->second = std::min(at->second, pid);
      }
    }
  }
  for (auto& [inode, sockets] : space.table.connections) {
    auto owners = space.owners.find(inode);
    for (model::Connection& connection : sockets) {
      std::uint32_t pid = owners != space.owners.end() ? owners->second.front() : 0;
      // One edge for a service, whichever of its workers took the connection.
      if (connection.inbound)
        if (auto listener = listeners.find({connection.protocol, connection.local_port});
            listener != listeners.end())
          pid = listener->second;
      if (!processes_.contains(pid)) continue;
      if (connections_.size() >= bounds_.max_connections) {
        ++truncated_;
        return;
      }
      connections_.push_back({pid, 0, std::move(connection)});
      ends_.emplace_back(pid, space.id);
    }
  }
}

void Monitor::JoinEnds() {
  std::unordered_map<std::uint64_t, std::uint32_t> by_end;
  for (std::size_t i = 0; i < connections_.size(); ++i)
    by_end.emplace(EndHash(connections_[i].connection, ends_[i].second, false), connections_[i].pid);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    auto other = by_end.find(EndHash(connections_[i].connection, ends_[i].second, true));
    if (other != by_end.end()) connections_[i].remote_pid = other->second;
  }
}

void Monitor::RefreshSockets() {
  ++pass_;
  truncated_ = lists_cut_;
  connections_.clear();
  ends_.clear();
  std::map<std::uint64_t, Namespace> spaces;
  for (auto& [pid, process] : processes_) {
    process.listening.clear();
    Namespace& space = spaces[process.network_namespace];
    space.id = process.network_namespace;
    space.pids.push_back(pid);
  }
  std::size_t descriptors = 0;
  for (auto& [id, space] : spaces) {
    ReadNamespace(space, descriptors);
    AddSockets(space);
  }
  JoinEnds();
  for (auto& [pid, process] : processes_)
    std::sort(process.listening.begin(), process.listening.end(), [](const auto& a, const auto& b) {
      return std::tie(a.protocol, a.port, a.address) < std::tie(b.protocol, b.port, b.address);
    });
  std::erase_if(ownerless_, [&](const auto& entry) { return entry.second + kOwnerlessPasses * 2 < pass_; });
}

}  // namespace weir::discovery
