#include "rank/exposure.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "rank/tally.h"

namespace weir::rank {
namespace {

using model::AddressScope;
using model::Connection;
using model::Container;
using model::Process;

/// Near to far, with "all addresses, and which these are is not known" between private and public.
int Distance(AddressScope scope) {
  switch (scope) {
    case AddressScope::kLoopback:
      return 0;
    case AddressScope::kLinkLocal:
      return 1;
    case AddressScope::kPrivate:
      return 2;
    case AddressScope::kAny:
      return 3;
    case AddressScope::kPublic:
      return 4;
  }
  return 0;
}

std::string Endpoint(std::string_view address, std::uint16_t port) {
  std::string out =
      address.find(':') == std::string_view::npos ? std::string(address) : "[" + std::string(address) + "]";
  return out + ":" + std::to_string(port);
}

class Builder {
 public:
  explicit Builder(const model::RuntimeSnapshot& snapshot)
      : snapshot_(snapshot), out_(snapshot.processes.size()) {
    for (const Container& container : snapshot.containers) containers_.emplace(container.id, &container);
    for (const std::string& address : snapshot.host_addresses) {
      host_addresses_.insert(address);
      AddressScope scope = model::ScopeOfAddress(address);
      if (Distance(scope) > Distance(host_scope_)) host_scope_ = scope;
    }
    FindHostNetwork();
  }

  std::vector<Exposure> Build() {
    for (std::size_t i = 0; i < out_.size(); ++i) AddListening(i);
    IndexClients();
    for (std::size_t i = 0; i < out_.size(); ++i) AddReached(i);
    AddIndirect();
    return std::move(out_);
  }

 private:
  struct Effective {
    AddressScope scope;
    std::string note;
  };

  void FindHostNetwork() {
    for (const Process& process : snapshot_.processes) {
      if (!process.container_id.empty()) continue;
      if (host_network_ == 0 || process.pid == 1) host_network_ = process.network_namespace;
    }
  }

  bool InHostNetwork(const Process& process) const {
    if (process.network_namespace == 0 || host_network_ == 0) return process.container_id.empty();
    return process.network_namespace == host_network_;
  }

  /// All addresses of the host: as far as the farthest of them, or kAny where they are not known.
  Effective OnAllHostAddresses() const {
    if (host_addresses_.empty()) return {AddressScope::kAny, ""};
    if (host_scope_ == AddressScope::kPublic) return {host_scope_, ", and the host has a public address"};
    if (host_scope_ == AddressScope::kPrivate)
      return {host_scope_, ", and the host has private addresses only"};
    return {host_scope_, ", and the host has no address that others can route to"};
  }

  Effective ScopeOf(const Process& process, const model::ListeningSocket& socket) const {
    AddressScope scope = socket.scope;
    if (Distance(scope) <= Distance(AddressScope::kLinkLocal)) return {scope, ""};
    if (InHostNetwork(process))
      return scope == AddressScope::kAny ? OnAllHostAddresses() : Effective{scope, ""};
    if (auto found = containers_.find(process.container_id); found != containers_.end())
      for (const auto& [host_port, container_port] : found->second->published_ports)
        if (container_port == socket.port || container_port == 0) {
          Effective out = OnAllHostAddresses();
          return {out.scope, ", published as port " + std::to_string(host_port) + " of the host" + out.note};
        }
    if (scope == AddressScope::kPublic) return {scope, ""};
    return {AddressScope::kPrivate, ", not published: reachable from its container network"};
  }

  void AddListening(std::size_t i) {
    const Process& process = snapshot_.processes[i];
    Exposure& out = out_[i];
    for (const model::ListeningSocket& socket : process.listening) {
      Effective effective = ScopeOf(process, socket);
      if (out.listening && Distance(effective.scope) <= Distance(out.listens)) continue;
      out.listening = true;
      out.listens = effective.scope;
      out.listen_text = NameOf(process) + " listens on " + Endpoint(socket.address, socket.port) + "/" +
                        socket.protocol + effective.note;
    }
  }

  static std::string KeyOf(std::string_view protocol, std::string_view from, std::uint16_t from_port,
                           std::string_view to, std::uint16_t to_port) {
    std::string key(protocol);
    key += ' ' + Endpoint(from, from_port) + ' ' + Endpoint(to, to_port);
    return key;
  }

  void IndexClients() {
    for (std::size_t i = 0; i < out_.size(); ++i)
      for (const Connection& c : snapshot_.processes[i].connections)
        if (!c.inbound)
          clients_.emplace(KeyOf(c.protocol, c.local_address, c.local_port, c.remote_address, c.remote_port),
                           i);
  }

  void AddReached(std::size_t i) {
    const Process& process = snapshot_.processes[i];
    Exposure& out = out_[i];
    for (const Connection& c : process.connections) {
      if (!c.inbound) continue;
      auto client =
          clients_.find(KeyOf(c.protocol, c.remote_address, c.remote_port, c.local_address, c.local_port));
      bool here = client != clients_.end() || c.remote_scope == AddressScope::kLoopback ||
                  (InHostNetwork(process) && host_addresses_.contains(c.remote_address));
      if (here) {
        if (client != clients_.end() && client->second != i) callers_.push_back({client->second, i});
        out.locally = true;
        continue;
      }
      bool is_public = c.remote_scope == AddressScope::kPublic;
      bool& flag = is_public ? out.from_public : out.from_private;
      if (!flag && (is_public || !out.from_public))
        out.reach_text = NameOf(process) + " was reached from " + (is_public ? "the public" : "the private") +
                         " address " + c.remote_address + " on port " + std::to_string(c.local_port);
      flag = true;
    }
    if (out.locally && out.reach_text.empty())
      out.reach_text = NameOf(process) + " is used by other processes or containers of this host only";
  }

  /// A reverse proxy hands on what it gets: who is called by a reached process is reached through it.
  void AddIndirect() {
    constexpr int kMaxHops = 3;
    std::vector<bool> reached(out_.size());
    for (std::size_t i = 0; i < out_.size(); ++i) reached[i] = out_[i].from_public;
    for (int hop = 0; hop < kMaxHops; ++hop) {
      std::vector<bool> next = reached;
      for (const Call& call : callers_) {
        if (!reached[call.caller] || reached[call.callee]) continue;
        next[call.callee] = true;
        Exposure& out = out_[call.callee];
        out.indirectly = true;
        out.reach_text = NameOf(snapshot_.processes[call.callee]) + " is called by " +
                         NameOf(snapshot_.processes[call.caller]) +
                         ", which is reached from public addresses";
      }
      reached = std::move(next);
    }
  }

  struct Call {
    std::size_t caller, callee;
  };

  const model::RuntimeSnapshot& snapshot_;
  std::vector<Exposure> out_;
  std::unordered_map<std::string_view, const Container*> containers_;
  std::set<std::string, std::less<>> host_addresses_;
  AddressScope host_scope_ = AddressScope::kLoopback;
  std::uint64_t host_network_ = 0;
  std::unordered_map<std::string, std::size_t> clients_;
  std::vector<Call> callers_;
};

}  // namespace

double NetworkWeight(const Exposure& e) {
  double miss = 1;
  if (e.listening) miss *= 1 - ListeningFactor(e.listens).weight;
  miss *= 1 - (e.from_public    ? kReachedPublic.weight
               : e.indirectly   ? kReachedIndirectly.weight
               : e.from_private ? kReachedPrivate.weight
               : e.locally      ? kReachedLocally.weight
                                : 0);
  return 1 - miss;
}

std::string NameOf(const model::Process& process) {
  return process.name + " (pid " + std::to_string(process.pid) + ")";
}

std::vector<Exposure> ExposureOf(const model::RuntimeSnapshot& snapshot) { return Builder(snapshot).Build(); }

}  // namespace weir::rank
