// What is known of a process only together with its host, its root folder or a
// container: shared by the snapshot and the monitor.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "discovery/process.h"
#include "discovery/rooted_fs.h"
#include "model/runtime.h"

namespace weir::discovery {

/// User names as the passwd file of each root has them, read once a root.
class UserNames {
 public:
  std::string Of(const RootedFs& root, const model::Process& process);

 private:
  std::map<std::uint64_t, std::map<std::uint32_t, std::string>> by_root_;
};

/// All capabilities inside a user namespace of its own are not power over the host. HOST_NAMESPACE: text of
/// the link ns/user of the host's first process.
void DropPowersOfUserNamespace(int process_folder, const std::string& host_namespace,
                               model::Process& process);

/// Id of the container whose monitor (podman's conmon) the process is; empty for others.
std::string MonitoredContainer(const ProcessDetail& detail);
/// Podman's monitor of a container holds the ports that it publishes. To which port inside each leads is in
/// podman's database alone.
void NotePublishedPorts(const model::Process& monitor, const std::string& container_id,
                        std::vector<model::Container>& containers);

/// Containers whose cgroup path holds no id are known by the root that their first process has.
void JoinContainers(std::span<model::Process* const> processes,
                    const std::vector<model::Container>& containers, std::uint64_t host_root_id);

}  // namespace weir::discovery
