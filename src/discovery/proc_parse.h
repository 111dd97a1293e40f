// Readers of the text formats under /proc. Source: proc(5).
// Everything here may have been written by a hostile process (its name, its
// mapped paths, its cgroup), so nothing is trusted beyond its syntax.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::discovery {

struct ProcStat {
  std::uint32_t pid = 0, parent = 0;
  std::string name;  // may hold spaces and parentheses
  std::uint64_t start_time_ticks = 0;
};
std::optional<ProcStat> ParseStat(std::string_view text);

struct ProcStatus {
  std::uint32_t effective_uid = 0;
  std::uint64_t effective_capabilities = 0;
  std::vector<std::uint32_t> namespace_pids;  // outermost first
};
std::optional<ProcStatus> ParseStatus(std::string_view text);

struct MappedPath {
  std::string_view path;  // absolute; " (deleted)" taken off
  bool executable = false;
  bool deleted = false;
};
/// One line of maps, where it maps a regular file.
std::optional<MappedPath> ParseMapsLine(std::string_view line);
/// Takes " (deleted)" and the suffix that rpm gives to a replaced file off PATH; true where there was one.
bool StripDeleted(std::string_view& path);
/// Names whose being open or mapped means that the code in them is in use: libraries, archives of code.
bool IsCodeFile(std::string_view path);

struct CgroupContainer {
  std::string id;       // 64 lower-case hexadecimal digits
  std::string runtime;  // "docker", "podman", "containerd", "cri-o"; empty where the path does not tell
};
/// From the text of /proc/PID/cgroup, v1, v2 or both. The innermost container wins.
std::optional<CgroupContainer> ParseCgroup(std::string_view text);

struct SocketLine {
  std::string local_address, remote_address;  // text form; an IPv4-mapped IPv6 address as IPv4
  std::uint16_t local_port = 0, remote_port = 0;
  unsigned state = 0;  // TCP_ESTABLISHED = 1, TCP_LISTEN = 10
  std::uint64_t inode = 0;
};
/// One line of net/{tcp,tcp6,udp,udp6}; nothing for the heading.
std::optional<SocketLine> ParseSocketLine(std::string_view line);

/// Addresses that are the network namespace's own, from net/fib_trie, in order, each once.
std::vector<std::string> ParseFibTrieLocals(std::string_view text);
/// The same from net/if_inet6.
std::vector<std::string> ParseIfInet6(std::string_view text);

}  // namespace weir::discovery
