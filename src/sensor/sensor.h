// Entry header of the room: watches one host for a console.
//
// A sensor enrols once with a token and has a certificate of its own from then on.
// It keeps an inventory of what runs (processes, containers, images, connections),
// scans the host, its containers and its images in a child process of its own, and
// writes both as records to a spool on disk, from which they are sent in order. A
// console that is away for days costs nothing but the spool; nothing that was
// written is lost to a kill, and nothing reaches the console twice.
//
// Threads: Start makes six (discovery, watch over files, scan, sending, status,
// commands); all public functions are safe from every thread.
// Files: everything is below DATA_DIR/sensor, private to the owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "discovery/discovery.h"
#include "sensor/scan_job.h"
#include "wire/messages.h"

namespace weir::sensor {

struct SensorOptions {
  std::string console_url;  // "https://console.example:8443"; empty: the one enrolled with
  std::string token;        // enrolment token; needed where DATA_DIR holds no certificate
  std::string data_dir = "/var/lib/weir";
  std::string name;  // empty: the host's name
  std::vector<std::pair<std::string, std::string>> labels;
  std::string version = "0";

  Scanners scanners;
  std::vector<std::string> rules;  // people's rule files and folders on this host, besides the console's
  std::string clamd_socket;        // also ask clamd here; empty: only YARA
  bool process_memory = false;     // also look at the memory of processes
  /// So long the first scan waits for what the console says of secrets, which comes with the connection.
  std::chrono::milliseconds key_wait{15'000};
  ScanBudget budget;
  std::vector<std::string> exclude;  // globs over paths of every scanned target
  bool scan_host = true, scan_containers = true, scan_images = true;
  std::chrono::seconds scan_interval{24 * 3600};
  std::uint64_t spool_max_bytes = 512ULL << 20U;

  // Looking: at least so long apart, longer where one look costs more than its share of a processor.
  std::chrono::milliseconds process_interval{1'000};
  std::chrono::milliseconds socket_interval{5'000};
  std::chrono::milliseconds container_interval{30'000};
  std::chrono::milliseconds watch_interval{3'000};
  std::chrono::milliseconds status_interval{10'000};
  std::chrono::milliseconds usage_interval{60'000};
  std::chrono::milliseconds retry_first{500}, retry_most{60'000};  // of sending
  double discovery_share = 0.005;                                  // of one processor

  discovery::DiscoveryOptions discovery;  // tests give made-up roots
  std::function<std::int64_t()> now_ms;   // milliseconds since 1970; empty: the system's
  ScanRunner run_scan;                    // empty: a child process of this program
};

enum class LinkState : std::uint8_t { kConnecting, kConnected, kAway, kRevoked };
std::string_view LinkStateName(LinkState state);  // "connecting", "connected", "away", "revoked"

struct SensorStatus {
  std::string sensor_id;
  LinkState link = LinkState::kConnecting;
  std::string link_error;          // why it is away; for people
  std::uint64_t sequence = 0;      // newest record
  std::uint64_t acknowledged = 0;  // by the console
  std::uint64_t spool_bytes = 0, dropped_records = 0;
  std::uint64_t scans_done = 0, scans_failed = 0, scans_waiting = 0;
  std::vector<wire::ScanProgress> scans;  // running now
  bool first_scan_done = false;           // of the host
};

class Sensor {
 public:
  /// Enrols where needed (the one thing that must work at once) and starts. Everything later is retried.
  static Result<std::unique_ptr<Sensor>> Start(SensorOptions options);
  ~Sensor();
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  SensorStatus status() const;
  /// As the console's command does; returns false where there is no such asset or the queue is full.
  bool RequestScan(const wire::AssetRef& asset, const std::string& job_id);
  /// Ends a running scan, writes what is left to the spool, and sends it if the console takes it within WAIT.
  void Stop(std::chrono::milliseconds wait = std::chrono::seconds(5));

 private:
  class Impl;
  explicit Sensor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::sensor
