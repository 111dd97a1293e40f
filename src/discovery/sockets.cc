#include "discovery/sockets.h"

#include <set>
#include <string_view>
#include <tuple>

#include "base/strings.h"
#include "discovery/proc_parse.h"
#include "discovery/rooted_fs.h"

namespace weir::discovery {
namespace {

constexpr std::uint64_t kMaxTableBytes = 64ULL << 20U;  // some 400,000 sockets
constexpr unsigned kEstablished = 1, kCloseWait = 8, kListen = 10, kUdpUnconnected = 7;
// A UDP socket bound to a port of this range without a peer is nearly always a
// client that waits for an answer (a resolver), not a service. It is the
// kernel's default of net.ipv4.ip_local_port_range.
constexpr std::uint16_t kFirstEphemeral = 32768, kLastEphemeral = 60999;

struct Source {
  const char* path;
  const char* protocol;
};
constexpr Source kSources[] = {
    {"net/tcp", "tcp"}, {"net/tcp6", "tcp"}, {"net/udp", "udp"}, {"net/udp6", "udp"}};

bool IsListener(std::string_view protocol, const SocketLine& line) {
  if (protocol == "tcp") return line.state == kListen;
  bool ephemeral = line.local_port >= kFirstEphemeral && line.local_port <= kLastEphemeral;
  return line.state == kUdpUnconnected && line.local_port != 0 && line.remote_port == 0 && !ephemeral;
}

bool IsConnection(const SocketLine& line) {
  // CLOSE_WAIT: the peer is gone but its data may still be worked on.
  return (line.state == kEstablished || line.state == kCloseWait) && line.remote_port != 0;
}

}  // namespace

SocketTable ReadSocketTable(int process_folder, bool with_addresses) {
  SocketTable out;
  std::set<std::pair<std::string, std::uint16_t>> listening_ports;
  for (const Source& source : kSources) {
    auto text = ReadProcFile(process_folder, source.path, kMaxTableBytes, &out.cut);
    if (!text) continue;  // no IPv6, or gone
    std::string_view rest = *text;
    while (!rest.empty()) {
      auto line = ParseSocketLine(NextLine(rest));
      if (!line || line->inode == 0) continue;  // TIME_WAIT has no inode and no process
      if (IsListener(source.protocol, *line)) {
        listening_ports.emplace(source.protocol, line->local_port);
        out.listening[line->inode].push_back({source.protocol, line->local_address, line->local_port,
                                              model::ScopeOfAddress(line->local_address)});
      } else if (IsConnection(*line)) {
        out.connections[line->inode].push_back({source.protocol, line->local_address, line->remote_address,
                                                line->local_port, line->remote_port, false,
                                                model::ScopeOfAddress(line->remote_address)});
      }
    }
  }
  for (auto& [inode, connections] : out.connections)
    for (model::Connection& connection : connections)
      connection.inbound = listening_ports.contains({connection.protocol, connection.local_port});

  if (!with_addresses) return out;
  constexpr std::uint64_t kMaxRoutingBytes = 16ULL << 20U;
  if (auto trie = ReadProcFile(process_folder, "net/fib_trie", kMaxRoutingBytes))
    out.addresses = ParseFibTrieLocals(*trie);
  if (auto six = ReadProcFile(process_folder, "net/if_inet6", kMaxRoutingBytes))
    for (std::string& address : ParseIfInet6(*six)) out.addresses.push_back(std::move(address));
  return out;
}

}  // namespace weir::discovery
