#include "discovery/joins.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"
#include "discovery/imports.h"

namespace weir::discovery {

std::string UserNames::Of(const RootedFs& root, const model::Process& process) {
  constexpr std::size_t kMaxRoots = 10'000;  // a host that starts containers all day
  if (by_root_.size() > kMaxRoots) by_root_.clear();
  auto [at, is_new] = by_root_.try_emplace(process.root_id);
  if (is_new) {
    constexpr std::uint64_t kMaxPasswd = 4ULL << 20U;
    auto text = root.Read("etc/passwd", kMaxPasswd);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      std::vector<std::string_view> fields = Split(NextLine(rest), ':');
      if (fields.size() < 3) continue;
      if (auto uid = ParseUint(fields[2]); uid && *uid <= UINT32_MAX)
        at->second.emplace(static_cast<std::uint32_t>(*uid), ToValidUtf8(fields[0]));
    }
  }
  auto found = at->second.find(process.user_id);
  if (found != at->second.end()) return found->second;
  return process.user_id == 0 ? "root" : "";  // small images have no passwd file
}

void DropPowersOfUserNamespace(int process_folder, const std::string& host_namespace,
                               model::Process& process) {
  if (!process.privileged) return;
  std::string users = ReadLinkAt(process_folder, "ns/user");
  if (!users.empty() && !host_namespace.empty() && users != host_namespace) process.privileged = false;
}

std::string MonitoredContainer(const ProcessDetail& detail) {
  if (BaseName(detail.process.executable) != "conmon") return {};
  auto option = std::find(detail.raw_arguments.begin(), detail.raw_arguments.end(), "-c");
  if (option == detail.raw_arguments.end() || std::next(option) == detail.raw_arguments.end()) return {};
  return *std::next(option);
}

void NotePublishedPorts(const model::Process& monitor, const std::string& container_id,
                        std::vector<model::Container>& containers) {
  for (model::Container& container : containers) {
    if (container.id != container_id || !container.published_ports.empty()) continue;
    for (const model::ListeningSocket& socket : monitor.listening)
      if (socket.scope != model::AddressScope::kLoopback)
        container.published_ports.emplace_back(socket.port, 0);
  }
}

void JoinContainers(std::span<model::Process* const> processes,
                    const std::vector<model::Container>& containers, std::uint64_t host_root_id) {
  std::map<std::uint32_t, std::string_view> by_pid;
  for (const model::Container& container : containers)
    if (container.pid != 0) by_pid.emplace(container.pid, container.id);
  std::map<std::uint64_t, std::string_view> by_root;
  for (const model::Process* process : processes)
    if (auto found = by_pid.find(process->pid);
        found != by_pid.end() && process->root_id != 0 && process->root_id != host_root_id)
      by_root.emplace(process->root_id, found->second);
  for (model::Process* process : processes) {
    if (!process->container_id.empty()) continue;
    if (auto found = by_root.find(process->root_id); found != by_root.end())
      process->container_id = found->second;
  }
}

}  // namespace weir::discovery
