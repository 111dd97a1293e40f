#include "sensor/inventory.h"

#include <gtest/gtest.h>

namespace weir::sensor {
namespace {

wire::ProcessRow Process(std::uint32_t pid, std::uint64_t start = 100) {
  wire::ProcessRow row;
  row.pid = pid;
  row.start_time_ticks = start;
  row.name = "p" + std::to_string(pid);
  return row;
}

wire::ConnectionRow Edge(const wire::ProcessRow& process, std::string remote, std::uint16_t port,
                         bool inbound = false) {
  wire::ConnectionRow row;
  row.process = process.Key();
  row.protocol = "tcp";
  row.inbound = inbound;
  row.remote_address = std::move(remote);
  if (inbound) {
    row.local_port = port;
  } else {
    row.remote_port = port;
  }
  row.count = 1;
  return row;
}

TEST(Inventory, FirstWholeThenDifferences) {
  Inventory inventory;
  Observation seen;
  seen.processes = {Process(1), Process(2)};
  auto first = inventory.Next(seen, 1'000, false);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->full);
  EXPECT_EQ(first->processes.size(), 2U);
  EXPECT_EQ(first->processes[0].first_seen, "1970-01-01T00:00:01Z");
  EXPECT_FALSE(inventory.Next(seen, 2'000, false));

  seen.processes = {Process(2), Process(3)};
  auto second = inventory.Next(seen, 3'000, false);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->full);
  ASSERT_EQ(second->processes.size(), 1U);
  EXPECT_EQ(second->processes[0].pid, 3U);
  EXPECT_EQ(second->gone_processes, std::vector<std::string>{Process(1).Key()});

  auto whole = inventory.Next(seen, 4'000, true);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->processes.size(), 2U);
  EXPECT_TRUE(whole->gone_processes.empty());
  EXPECT_EQ(whole->processes[0].first_seen, "1970-01-01T00:00:01Z") << "kept across records";
}

TEST(Inventory, APidUsedAgainIsAnotherProcess) {
  Inventory inventory;
  Observation seen;
  seen.processes = {Process(5, 100)};
  inventory.Next(seen, 0, false);
  seen.processes = {Process(5, 200)};
  auto record = inventory.Next(seen, 1'000, false);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->processes.size(), 1U);
  EXPECT_EQ(record->gone_processes.size(), 1U);
}

TEST(Inventory, ConnectionsAreFoldedClosedAndForgotten) {
  InventoryBounds bounds;
  Inventory inventory(bounds);
  Observation seen;
  seen.processes = {Process(1)};
  seen.connections = {Edge(Process(1), "192.0.2.1", 443), Edge(Process(1), "192.0.2.1", 443)};
  auto first = inventory.Next(seen, 0, false);
  ASSERT_EQ(first->connections.size(), 1U);
  EXPECT_EQ(first->connections[0].count, 2U);

  seen.connections.clear();
  EXPECT_FALSE(inventory.Next(seen, 5'000, false)) << "a short gap is not the end";
  auto closed = inventory.Next(seen, bounds.closed_after_ms, false);
  ASSERT_TRUE(closed);
  ASSERT_EQ(closed->connections.size(), 1U);
  EXPECT_EQ(closed->connections[0].count, 0U);
  EXPECT_EQ(closed->connections[0].last_seen, "1970-01-01T00:00:00Z");
  EXPECT_FALSE(inventory.Next(seen, 60'000, false));
  auto gone = inventory.Next(seen, bounds.closed_after_ms + bounds.forgotten_after_ms, false);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->gone_connections, std::vector<std::string>{first->connections[0].Key()});
  EXPECT_EQ(inventory.connections(), 0U);
}

TEST(Inventory, NobodyLookedIsNotNothingThere) {
  Inventory inventory;
  Observation seen;
  seen.connections = {Edge(Process(1), "192.0.2.1", 443)};
  inventory.Next(seen, 0, false);
  seen.connections.clear();
  seen.connections_looked_at = false;
  EXPECT_FALSE(inventory.Next(seen, 600'000, false));
}

TEST(Inventory, CountsAreToldOnceAMinute) {
  Inventory inventory;
  Observation seen;
  seen.connections = {Edge(Process(1), "192.0.2.1", 443)};
  inventory.Next(seen, 0, false);
  seen.connections.push_back(seen.connections.front());
  EXPECT_FALSE(inventory.Next(seen, 5'000, false));
  auto record = inventory.Next(seen, 60'000, false);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->connections[0].count, 2U);
}

TEST(Inventory, BoundsHoldAndAreTold) {
  InventoryBounds bounds;
  bounds.max_connections = 4;
  bounds.max_remotes_of_listener = 3;
  Inventory inventory(bounds);
  Observation seen;
  for (int i = 0; i < 10; ++i)
    seen.connections.push_back(Edge(Process(1), "192.0.2." + std::to_string(i), 443, true));
  for (int i = 0; i < 10; ++i)
    seen.connections.push_back(Edge(Process(2), "198.51.100." + std::to_string(i), 80));
  auto record = inventory.Next(seen, 0, false);
  EXPECT_EQ(record->connections.size(), 4U);
  EXPECT_GT(record->truncated_lists, 0U);

  // What was closed makes room for what is open.
  seen.connections.clear();
  inventory.Next(seen, bounds.closed_after_ms, false);
  seen.connections.push_back(Edge(Process(3), "203.0.113.9", 22));
  inventory.Next(seen, bounds.closed_after_ms + 1, false);
  auto later = inventory.Next(seen, bounds.closed_after_ms + 2, true);
  bool found = false;
  for (const auto& row : later->connections) found = found || row.remote_port == 22;
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace weir::sensor
