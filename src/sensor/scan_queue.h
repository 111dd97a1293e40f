// Which asset is scanned next: bounded, each asset waiting once, the console's wishes
// first. Knows when an asset is due again by schedule. Pure: time comes in.
// Threading: one thread, or the caller's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace weir::sensor {

struct ScanRequest {
  wire::AssetRef asset;
  std::string trigger;  // "start", "schedule", "change: <path>", "new", "job:<id>"
  std::string job_id;   // not empty: asked for by the console; each is scanned and told on its own
};

struct ScanQueueOptions {
  std::size_t max_waiting = 10'000;
  std::int64_t interval_ms = 24LL * 3600 * 1000;
  // Between two scans for changes of one asset; doubled each time nothing had changed, and never less than so
  // many times what the last one cost.
  std::int64_t change_gap_ms = 30'000, change_gap_most_ms = 3600'000, change_cost_times = 50;
  std::int64_t failed_gap_ms = 600'000;  // until a failed scan is tried again; doubled each time
};

class ScanQueue {
 public:
  /// FRACTION: random 0..1, spreads schedules.
  ScanQueue(ScanQueueOptions options, std::function<double()> fraction)
      : options_(options), fraction_(std::move(fraction)) {}

  /// False where it waits already or the queue is full (then it is due again by schedule).
  bool Add(ScanRequest request, std::int64_t now_ms);
  /// The next one that may start. It is running until Finished.
  std::optional<ScanRequest> Next(std::int64_t now_ms);
  /// CHANGED: a package came, went or changed. COST_MS: processor time it took.
  void Finished(const ScanRequest& request, bool ok, bool changed, std::int64_t now_ms,
                std::int64_t cost_ms = 0);
  /// An asset that is there, last scanned at LAST_MS (0: never). It is put in the queue when it is due.
  void Know(const wire::AssetRef& asset, std::int64_t last_ms);
  void Forget(const wire::AssetRef& asset);
  void SetInterval(std::int64_t interval_ms);
  std::size_t waiting() const { return waiting_.size(); }
  const std::list<ScanRequest>& requests() const { return waiting_; }

 private:
  struct Asset {
    std::int64_t last_ms = 0, due_ms = 0, not_before_ms = 0, gap_ms = 0;
    int failures = 0;
  };
  void AddDue(std::int64_t now_ms);
  std::int64_t Jittered(std::int64_t milliseconds) const;

  ScanQueueOptions options_;
  std::function<double()> fraction_;
  std::list<ScanRequest> waiting_;
  std::map<wire::AssetRef, Asset> assets_;
};

}  // namespace weir::sensor
