#include "store/inventory.h"

#include <algorithm>
#include <unordered_set>

#include "store/cursor.h"

namespace weir::store {
namespace {

constexpr std::string_view kProcessColumns =
    "host, key, asset, name, user, pid, listening, running, first_seen, last_seen, json";
constexpr std::string_view kConnectionColumns =
    "c.host, c.key, c.asset, c.process, c.process_name, c.protocol, c.inbound, c.local_port, c.remote_port, "
    "c.remote_address, c.remote_process, c.remote_scope, c.first_seen, c.last_seen, c.count, c.json, "
    "coalesce((SELECT h.host FROM host_address h WHERE h.address = c.remote_address LIMIT 1), 0)";

model::AddressScope ScopeFromRow(std::int64_t value) {
  return value >= 0 && value <= static_cast<std::int64_t>(model::AddressScope::kAny)
             ? static_cast<model::AddressScope>(value)
             : model::AddressScope::kAny;
}

ProcessRow ProcessFromRow(const Statement& row) {
  ProcessRow p;
  p.host = row.U32(0);
  p.key = row.Text(1);
  p.asset = row.U32(2);
  p.name = row.Text(3);
  p.user = row.Text(4);
  p.pid = row.U32(5);
  p.listening = row.Bool(6);
  p.running = row.Bool(7);
  p.first_seen = row.Int(8);
  p.last_seen = row.Int(9);
  p.json = row.Text(10);
  return p;
}

ConnectionRow ConnectionFromRow(const Statement& row) {
  ConnectionRow c;
  c.host = row.U32(0);
  c.key = row.Text(1);
  c.asset = row.U32(2);
  c.process = row.Text(3);
  c.process_name = row.Text(4);
  c.protocol = row.Text(5);
  c.inbound = row.Bool(6);
  c.local_port = static_cast<std::uint16_t>(row.Int(7));
  c.remote_port = static_cast<std::uint16_t>(row.Int(8));
  c.remote_address = row.Text(9);
  c.remote_process = row.Text(10);
  c.remote_scope = ScopeFromRow(row.Int(11));
  c.first_seen = row.Int(12);
  c.last_seen = row.Int(13);
  c.count = row.U64(14);
  c.json = row.Text(15);
  c.remote_asset = row.U32(16);
  return c;
}

Result<void> PutProcess(Transaction& t, AssetId host, const ProcessInput& p) {
  return t.db().Run(
      "INSERT INTO process (host, key, asset, name, user, pid, listening, running, first_seen, last_seen, "
      "json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10) ON CONFLICT (host, key) DO UPDATE SET "
      "asset = excluded.asset, name = excluded.name, user = excluded.user, listening = "
      "excluded.listening, running = 1, last_seen = excluded.last_seen, json = excluded.json",
      host, p.key, p.asset, p.name, p.user, p.pid, p.listening, p.first_seen == 0 ? t.now() : p.first_seen,
      t.now(), p.json);
}

Result<void> PutConnection(Transaction& t, AssetId host, const ConnectionInput& c) {
  return t.db().Run(
      "INSERT INTO connection (host, key, asset, process, process_name, protocol, inbound, local_port, "
      "remote_port, remote_address, remote_process, remote_scope, first_seen, last_seen, count, json) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host, key) DO UPDATE SET "
      "asset = excluded.asset, process = excluded.process, process_name = excluded.process_name, "
      "remote_process = excluded.remote_process, first_seen = min(first_seen, excluded.first_seen), "
      "last_seen = max(last_seen, excluded.last_seen), count = excluded.count, json = excluded.json",
      host, c.key, c.asset, c.process, c.process_name, c.protocol, c.inbound, c.local_port, c.remote_port,
      c.remote_address, c.remote_process, c.remote_scope, c.first_seen == 0 ? t.now() : c.first_seen,
      c.last_seen == 0 ? t.now() : c.last_seen, c.count, c.json);
}

/// Keys of HOST in a table that INPUTS does not have.
template <class Input>
Result<std::vector<std::string>> Missing(Reader& r, std::string_view sql, AssetId host,
                                         std::span<const Input> inputs) {
  std::unordered_set<std::string_view> there;
  for (const Input& input : inputs) there.insert(input.key);
  WEIR_ASSIGN(Statement rows, r.db().Query(sql, host));
  std::vector<std::string> out;
  while (rows.Next())
    if (!there.contains(rows.Text(0))) out.push_back(rows.String(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> EndProcesses(Transaction& t, AssetId host, std::span<const std::string> keys) {
  for (const std::string& key : keys)
    WEIR_TRY(
        t.db().Run("UPDATE process SET running = 0, listening = 0, last_seen = ? WHERE host = ? AND key = ?",
                   t.now(), host, key));
  return {};
}

Result<void> EndConnections(Transaction& t, AssetId host, std::span<const std::string> keys) {
  for (const std::string& key : keys)
    WEIR_TRY(t.db().Run("UPDATE connection SET count = 0 WHERE host = ? AND key = ?", host, key));
  return {};
}

}  // namespace

Result<void> ApplyInventory(Transaction& t, const InventoryInput& input) {
  for (const ProcessInput& process : input.processes) WEIR_TRY(PutProcess(t, input.host, process));
  for (const ConnectionInput& connection : input.connections)
    WEIR_TRY(PutConnection(t, input.host, connection));
  WEIR_TRY(EndProcesses(t, input.host, input.gone_processes));
  WEIR_TRY(EndConnections(t, input.host, input.gone_connections));
  if (input.full) {
    WEIR_ASSIGN(
        std::vector<std::string> processes,
        Missing(t, "SELECT key FROM process WHERE host = ? AND running = 1", input.host, input.processes));
    WEIR_TRY(EndProcesses(t, input.host, processes));
    WEIR_ASSIGN(
        std::vector<std::string> connections,
        Missing(t, "SELECT key FROM connection WHERE host = ? AND count > 0", input.host, input.connections));
    WEIR_TRY(EndConnections(t, input.host, connections));
  }
  if (input.addresses.empty() && !input.full) return {};
  WEIR_TRY(t.db().Run("DELETE FROM host_address WHERE host = ?", input.host));
  for (const std::string& address : input.addresses)
    WEIR_TRY(
        t.db().Run("INSERT OR IGNORE INTO host_address (address, host) VALUES (?, ?)", address, input.host));
  return {};
}

Result<Page<ProcessRow>> ListProcesses(Reader& r, AssetId asset, const PageRequest& page) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT host, key FROM process WHERE host = ?1 OR asset = ?1 "
                                           "ORDER BY running DESC, listening DESC, name, pid",
                                           asset));
  std::vector<std::pair<AssetId, std::string>> keys;
  while (rows.Next()) keys.emplace_back(rows.U32(0), rows.String(1));
  WEIR_TRY(rows.Finish());
  return PageOf<ProcessRow>(keys.size(), page, [&](std::size_t i) -> Result<ProcessRow> {
    WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kProcessColumns) +
                                                " FROM process WHERE host = ? AND key = ?",
                                            keys[i].first, keys[i].second));
    if (row.Next()) return ProcessFromRow(row);
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "the process is gone");
  });
}

Result<Page<ConnectionRow>> ListConnections(Reader& r, AssetId asset, const PageRequest& page) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT id FROM connection WHERE host = ?1 OR asset = ?1 "
                                           "ORDER BY count > 0 DESC, last_seen DESC, id",
                                           asset));
  std::vector<std::int64_t> ids;
  while (rows.Next()) ids.push_back(rows.Int(0));
  WEIR_TRY(rows.Finish());
  return PageOf<ConnectionRow>(ids.size(), page, [&](std::size_t i) -> Result<ConnectionRow> {
    WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kConnectionColumns) +
                                                " FROM connection c WHERE c.id = ?",
                                            ids[i]));
    if (row.Next()) return ConnectionFromRow(row);
    WEIR_TRY(row.Finish());
    return Err(Code::kNotFound, "the connection is gone");
  });
}

Result<std::vector<Edge>> ListEdges(Reader& r, AssetId host) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT c.asset, coalesce(h.host, 0), c.process_name, c.protocol, c.remote_address, "
                   "c.inbound, iif(c.inbound, c.local_port, c.remote_port) AS port, c.remote_scope, "
                   "sum(max(c.count, 1)), min(c.first_seen), max(c.last_seen) FROM connection c "
                   "LEFT JOIN host_address h ON h.address = c.remote_address WHERE (?1 = 0 OR c.host = ?1) "
                   "GROUP BY c.asset, c.process_name, c.protocol, c.remote_address, c.inbound, port",
                   host));
  std::vector<Edge> out;
  while (rows.Next()) {
    Edge e;
    e.asset = rows.U32(0);
    e.remote_asset = rows.U32(1);
    e.process_name = rows.Text(2);
    e.protocol = rows.Text(3);
    e.remote_address = rows.Text(4);
    e.inbound = rows.Bool(5);
    e.port = static_cast<std::uint16_t>(rows.Int(6));
    e.remote_scope = ScopeFromRow(rows.Int(7));
    e.connections = rows.Int(8);
    e.first_seen = rows.Int(9);
    e.last_seen = rows.Int(10);
    out.push_back(std::move(e));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<ProcessRow>> NetworkProcesses(Reader& r, AssetId host) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT " + std::string(kProcessColumns) +
                       " FROM process p WHERE (?1 = 0 OR p.host = ?1) AND p.running = 1 AND (p.listening = 1 "
                       "OR (p.host, p.key) IN (SELECT host, process FROM connection)) ORDER BY host, key",
                   host));
  std::vector<ProcessRow> out;
  while (rows.Next()) out.push_back(ProcessFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> PruneInventory(Transaction& t, TimeMs keep_ms) {
  TimeMs before = t.now() - keep_ms;
  WEIR_TRY(t.db().Run("DELETE FROM process WHERE running = 0 AND last_seen < ?", before));
  return t.db().Run("DELETE FROM connection WHERE count = 0 AND last_seen < ?", before);
}

}  // namespace weir::store
