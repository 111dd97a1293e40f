// What runs on hosts: processes and connections. Rows are named by the sensor's own
// keys; their whole content is JSON that the console writes and shows, the columns
// are what is searched and drawn. Threading: as Reader and Transaction.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/runtime.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct ProcessInput {
  std::string key;    // "pid:start" within one boot
  AssetId asset = 0;  // host or container it runs in
  std::string name, user;
  std::uint32_t pid = 0;
  bool listening = false;
  TimeMs first_seen = 0;
  std::string json;
};
struct ConnectionInput {
  std::string key;
  AssetId asset = 0;    // host or container
  std::string process;  // key
  std::string process_name;
  std::string protocol;
  bool inbound = false;
  std::uint16_t local_port = 0, remote_port = 0;
  std::string remote_address, remote_process;
  model::AddressScope remote_scope = model::AddressScope::kLoopback;
  TimeMs first_seen = 0, last_seen = 0;
  std::uint64_t count = 0;
  std::string json;
};
struct InventoryInput {
  AssetId host = 0;
  bool full = false;  // everything that is not in it has gone
  std::span<const ProcessInput> processes;
  std::span<const std::string> gone_processes;
  std::span<const ConnectionInput> connections;
  std::span<const std::string> gone_connections;
  std::vector<std::string> addresses;  // of the host; empty in a delta keeps them
};
Result<void> ApplyInventory(Transaction& t, const InventoryInput& input);

struct ProcessRow : ProcessInput {
  AssetId host = 0;
  TimeMs last_seen = 0;
  bool running = true;
};
struct ConnectionRow : ConnectionInput {
  AssetId host = 0;
  AssetId remote_asset = 0;  // the host that has the remote address, where one is known
};
/// ASSET: a host (with all its containers' rows) or a container. Listening first, then by name.
Result<Page<ProcessRow>> ListProcesses(Reader& r, AssetId asset, const PageRequest& page);
/// Newest first.
Result<Page<ConnectionRow>> ListConnections(Reader& r, AssetId asset, const PageRequest& page);

/// For drawing: all edges, without JSON, aggregated by process name. HOST 0: of every host.
struct Edge {
  AssetId asset = 0, remote_asset = 0;
  std::string process_name, protocol, remote_address;
  bool inbound = false;
  std::uint16_t port = 0;  // inbound: where it listens; outbound: the remote one
  model::AddressScope remote_scope = model::AddressScope::kLoopback;
  std::int64_t connections = 0;
  TimeMs first_seen = 0, last_seen = 0;
};
Result<std::vector<Edge>> ListEdges(Reader& r, AssetId host);
/// Running processes of HOST (0: of all) that listen or have connections: nodes of the drawing.
Result<std::vector<ProcessRow>> NetworkProcesses(Reader& r, AssetId host);

/// Drops processes that ended and connections not seen for KEEP_MS.
Result<void> PruneInventory(Transaction& t, TimeMs keep_ms);

}  // namespace weir::store
