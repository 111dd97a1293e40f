// What the console was told of this host, and what it is to be told next: the
// difference between observations as InventoryRecords. Pure: no I/O, no clock.
//
// Connections are remembered for a while after they ended, so that the short ones
// are drawn at all. What changes all the time (how many, last seen) is told once a
// minute at most.
// Threading: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace weir::sensor {

/// What is there at one moment. Processes and connections without times.
struct Observation {
  wire::HostFacts host;
  std::vector<wire::ProcessRow> processes;
  std::vector<model::Container> containers;
  std::vector<model::ImageInfo> images;
  std::vector<wire::ConnectionRow> connections;  // one a socket: count 1; folded here
  std::vector<std::string> problems;
  std::uint64_t unreadable_processes = 0, truncated_lists = 0;
  bool connections_looked_at = true;  // false: connections is empty because nobody looked
};

struct InventoryBounds {
  std::size_t max_connections = 20'000;
  std::size_t max_remotes_of_listener = 512;  // inbound, of one process
  std::int64_t closed_after_ms = 20'000;      // not seen for so long
  std::int64_t forgotten_after_ms = 900'000;  // after it was closed
  std::int64_t counts_every_ms = 60'000;
};

class Inventory {
 public:
  explicit Inventory(InventoryBounds bounds = {}) : bounds_(bounds) {}

  /// What changed since the record before; nothing where nothing did. FULL: all of it, always a record.
  std::optional<wire::InventoryRecord> Next(const Observation& seen, std::int64_t now_ms, bool full);
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Edge {
    wire::ConnectionRow row;  // as told last, or newer
    std::int64_t last_seen_ms = 0, told_ms = 0;
    std::uint64_t told_count = 0;
    bool told = false;
    std::string told_remote;
  };

  void Observe(const Observation& seen, std::int64_t now_ms);
  void TellProcesses(const Observation& seen, std::int64_t now_ms, wire::InventoryRecord& record);
  void TellConnections(std::int64_t now_ms, wire::InventoryRecord& record);
  bool MakeRoom();

  const InventoryBounds bounds_;
  bool told_ = false;
  wire::HostFacts host_;
  std::vector<std::string> problems_;
  std::uint64_t unreadable_ = 0, truncated_ = 0, refused_ = 0;
  std::map<std::string, wire::ProcessRow> processes_;
  std::map<std::string, model::Container> containers_;
  std::map<std::string, model::ImageInfo> images_;
  std::map<std::string, Edge> connections_;
  std::map<std::string, std::size_t> remotes_;  // by process: inbound edges
};

}  // namespace weir::sensor
