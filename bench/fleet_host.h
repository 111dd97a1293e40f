// One simulated host of the fleet: what a sensor would send, through the real protocol.
// Threading: one thread a host.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"
#include "wire/messages.h"

namespace weir::bench {

/// Packages of one simulated image, as the JSON list that scans of it carry.
struct Image {
  std::string id, name;
  model::Distro distro;
  std::string packages_json;  // "[...]"
  std::size_t packages = 0;
};

/// Where and how to reach the console.
struct ConsoleAddress {
  std::string connect_to;  // "127.0.0.1:8443"
  std::string ca_pem;
};

struct Acknowledged {
  std::uint64_t sequence = 0;
  std::string kind, scan_id, asset;
};

struct HostCounts {
  std::uint64_t records = 0, acknowledged = 0, requests = 0, failures = 0, bytes = 0, full_again = 0;
};

class FleetHost {
 public:
  FleetHost(const ConsoleAddress& console, std::size_t number, std::uint64_t seed);

  Result<void> Enrol(const std::string& token);
  /// The host itself, CONTAINERS of it with random IMAGES, PROCESSES and their connections.
  void Begin(const std::vector<Image>& images, std::size_t containers, std::size_t processes);
  /// A few processes and connections come and go.
  void ChangeInventory();
  /// Scans one container again: the same packages, another scan.
  void ScanAgain(const std::vector<Image>& images);
  /// Sends what waits, at most MAX_BYTES of it; true where something was acknowledged.
  bool SendSome(std::size_t max_bytes);
  bool SendStatus();
  bool idle() const { return queue_.empty(); }
  const HostCounts& counts() const { return counts_; }
  const std::string& sensor_id() const { return sensor_id_; }
  const net::HttpOptions& options() const { return options_; }
  /// What was acknowledged since the last call.
  std::vector<Acknowledged> TakeAcknowledged() { return std::exchange(acknowledged_, {}); }

 private:
  struct Waiting {
    Acknowledged what;
    std::string line;
  };
  void Queue(wire::Record record, std::string scan_id, std::string asset);
  void QueueScan(const wire::AssetRef& asset, const std::string& name, const Image& image);
  wire::ProcessRow MakeProcess(const std::string& container);
  wire::ConnectionRow MakeConnection(const wire::ProcessRow& process);

  ConsoleAddress console_;
  std::size_t number_;
  std::mt19937_64 random_;
  net::HttpOptions options_;
  std::unique_ptr<net::HttpClient> client_;
  std::string sensor_id_, epoch_;
  std::uint64_t next_sequence_ = 1, next_pid_ = 1000, next_scan_ = 1;
  std::deque<Waiting> queue_;
  wire::InventoryRecord inventory_;  // what stands now
  std::vector<std::size_t> image_of_container_;
  HostCounts counts_;
  std::vector<Acknowledged> acknowledged_;
};

std::string NowText();

}  // namespace weir::bench
