#include "sensor/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sensor/support.h"

namespace weir::sensor {
namespace {

/// Rows of NOW that are not in TOLD or differ go to CHANGED, keys that are no more to GONE; TOLD becomes NOW.
/// With ALL, everything is changed.
template <class Row, class KeyOf>
void Differ(const std::vector<Row>& now, std::map<std::string, Row>& told, KeyOf key_of, bool all,
            std::vector<Row>& changed, std::vector<std::string>& gone) {
  std::set<std::string> seen;
  for (const Row& row : now) {
    std::string key = key_of(row);
    if (!seen.insert(key).second) continue;
    auto [at, is_new] = told.try_emplace(key, row);
    if (!is_new && at->second == row) {
      if (all) changed.push_back(row);
      continue;
    }
    at->second = row;
    changed.push_back(row);
  }
  for (auto at = told.begin(); at != told.end();) {
    if (seen.contains(at->first)) {
      ++at;
      continue;
    }
    gone.push_back(at->first);
    at = told.erase(at);
  }
}

}  // namespace

void Inventory::TellProcesses(const Observation& seen, std::int64_t now_ms, wire::InventoryRecord& record) {
  std::vector<wire::ProcessRow> rows = seen.processes;
  for (wire::ProcessRow& row : rows) {
    auto known = processes_.find(row.Key());
    if (known != processes_.end()) row.first_seen = known->second.first_seen;
    if (row.first_seen.empty()) row.first_seen = Rfc3339(now_ms);
  }
  Differ(
      rows, processes_, [](const wire::ProcessRow& row) { return row.Key(); }, record.full, record.processes,
      record.gone_processes);
}

/// False where everything that is remembered is open.
bool Inventory::MakeRoom() {
  auto oldest = connections_.end();
  for (auto at = connections_.begin(); at != connections_.end(); ++at)
    if (at->second.row.count == 0 && at->second.told &&
        (oldest == connections_.end() || at->second.last_seen_ms < oldest->second.last_seen_ms))
      oldest = at;
  if (oldest == connections_.end()) return false;
  oldest->second.last_seen_ms = 0;  // told as gone with the next record
  return true;
}

void Inventory::Observe(const Observation& seen, std::int64_t now_ms) {
  std::map<std::string, std::uint64_t> counts;
  for (const wire::ConnectionRow& row : seen.connections) {
    std::string key = row.Key();
    auto at = connections_.find(key);
    if (at == connections_.end()) {
      std::size_t& remotes = remotes_[row.process];
      bool room = connections_.size() < bounds_.max_connections || MakeRoom();
      if (!room || (row.inbound && remotes >= bounds_.max_remotes_of_listener)) {
        ++refused_;
        continue;
      }
      if (row.inbound) ++remotes;
      Edge edge;
      edge.row = row;
      edge.row.first_seen = Rfc3339(now_ms);
      at = connections_.emplace(std::move(key), std::move(edge)).first;
    }
    Edge& edge = at->second;
    edge.last_seen_ms = now_ms;
    edge.row.last_seen = Rfc3339(now_ms);
    if (!row.remote_process.empty()) edge.row.remote_process = row.remote_process;
    ++counts[at->first];
  }
  for (auto& [key, edge] : connections_) {
    auto count = counts.find(key);
    if (count != counts.end()) {
      edge.row.count = count->second;
    } else if (now_ms - edge.last_seen_ms >= bounds_.closed_after_ms) {
      edge.row.count = 0;  // a short gap between two of many is not the end
    }
  }
}

void Inventory::TellConnections(std::int64_t now_ms, wire::InventoryRecord& record) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    Edge& edge = at->second;
    if (edge.row.count == 0 &&
        now_ms - edge.last_seen_ms >= bounds_.closed_after_ms + bounds_.forgotten_after_ms) {
      if (edge.told) record.gone_connections.push_back(at->first);
      if (edge.row.inbound)
        if (auto remotes = remotes_.find(edge.row.process);
            remotes != remotes_.end() && --remotes->second == 0)
          remotes_.erase(remotes);
      at = connections_.erase(at);
      continue;
    }
    bool opened_or_closed = (edge.row.count == 0) != (edge.told_count == 0);
    bool count_due = edge.row.count != edge.told_count && now_ms - edge.told_ms >= bounds_.counts_every_ms;
    if (record.full || !edge.told || opened_or_closed || count_due ||
        edge.told_remote != edge.row.remote_process) {
      record.connections.push_back(edge.row);
      edge.told = true;
      edge.told_ms = now_ms;
      edge.told_count = edge.row.count;
      edge.told_remote = edge.row.remote_process;
    }
    ++at;
  }
}

std::optional<wire::InventoryRecord> Inventory::Next(const Observation& seen, std::int64_t now_ms,
                                                     bool full) {
  refused_ = 0;
  wire::InventoryRecord record;
  record.full = full || !told_;
  record.observed_at = Rfc3339(now_ms);
  TellProcesses(seen, now_ms, record);
  auto id_of = [](const auto& row) { return row.id; };
  Differ(seen.containers, containers_, id_of, record.full, record.containers, record.gone_containers);
  Differ(seen.images, images_, id_of, record.full, record.images, record.gone_images);
  if (seen.connections_looked_at) Observe(seen, now_ms);
  TellConnections(now_ms, record);
  std::uint64_t truncated = seen.truncated_lists + (refused_ > 0 ? 1 : 0);
  bool changed = record.full || !(seen.host == host_) || seen.problems != problems_ ||
                 (seen.unreadable_processes == 0) != (unreadable_ == 0) ||
                 (truncated == 0) != (truncated_ == 0) || !record.processes.empty() ||
                 !record.gone_processes.empty() || !record.containers.empty() ||
                 !record.gone_containers.empty() || !record.images.empty() || !record.gone_images.empty() ||
                 !record.connections.empty() || !record.gone_connections.empty();
  if (record.full) {
    // A whole record replaces what the console has: nothing is to be taken away from it.
    record.gone_processes.clear();
    record.gone_containers.clear();
    record.gone_images.clear();
    record.gone_connections.clear();
  }
  if (!changed) return std::nullopt;
  told_ = true;
  host_ = record.host = seen.host;
  problems_ = record.problems = seen.problems;
  unreadable_ = record.unreadable_processes = seen.unreadable_processes;
  truncated_ = record.truncated_lists = truncated;
  return record;
}

}  // namespace weir::sensor
