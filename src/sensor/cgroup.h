// A control group that scan children live in: processor and memory, cgroup v2 or v1.
// Where none can be made (no rights, controllers not there), children still have
// nice, idle I/O and resource limits, and remark() says what is missing.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::sensor {

class Cgroup {
 public:
  /// NAME: of the group, a single path component. ROOT: where control groups are mounted.
  Cgroup(const std::string& name, unsigned processor_percent, std::uint64_t memory_bytes,
         const std::string& root = "/sys/fs/cgroup");
  /// Removes the groups; children must be gone.
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// Removes groups named PREFIX and the pid of a process that is no more: of sensors that were killed.
  static void RemoveStale(const std::string& prefix, const std::string& root = "/sys/fs/cgroup");

  /// Files that a child writes its pid to.
  std::vector<std::string> member_files() const;
  /// How often the kernel has ended a process of it for memory.
  std::uint64_t memory_kills() const;
  /// What is not limited, for people; empty where all is.
  const std::string& remark() const { return remark_; }

 private:
  bool MakeUnified(const std::string& mount, const std::string& name, unsigned percent, std::uint64_t memory);
  void MakeLegacy(const std::string& root, const std::string& name, unsigned percent, std::uint64_t memory);

  std::vector<std::string> folders_;
  std::string memory_folder_, remark_;
};

}  // namespace weir::sensor
