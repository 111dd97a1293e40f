// One process read from its folder under /proc.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "discovery/discovery.h"
#include "model/runtime.h"

namespace weir::discovery {

/// A process with what only later steps need.
struct ProcessDetail {
  model::Process process;
  UniqueFd folder;                         // the open /proc/PID
  std::string cgroup_runtime;              // runtime as far as the cgroup path tells it
  std::vector<std::string> raw_arguments;  // unmasked: never stored, never logged
  std::string working_folder;              // inside its root, no leading slash
  std::vector<std::uint64_t> sockets;      // inodes of open sockets, sorted
  bool has_mappings = false;
  bool partly_unreadable = false;  // rights were missing for a part of it
  bool cut = false;                // a list met a bound
};

/// How much to read: the files in use (mappings, descriptors) are the dear part.
enum class ProcessDepth : std::uint8_t { kFacts, kFiles };

/// Nothing where it is gone, or a kernel thread or zombie, which loads no files.
/// UNREADABLE is set where it is there but nothing can be said of it.
std::optional<ProcessDetail> ReadProcess(int proc_folder, std::uint32_t pid, const DiscoveryOptions& options,
                                         bool* unreadable, ProcessDepth depth = ProcessDepth::kFiles);

/// Inodes of the sockets that the process of PROCESS_FOLDER (an open /proc/PID) has open, sorted. At most
/// MAX_DESCRIPTORS are looked at; DESCRIPTORS is raised by how many were.
std::vector<std::uint64_t> ReadSocketInodes(int process_folder, std::size_t max_descriptors,
                                            std::size_t* descriptors);

/// Hash of device and inode of FOLDER/PATH; 0 where it cannot be read.
std::uint64_t FolderId(int folder, const char* path);

}  // namespace weir::discovery
