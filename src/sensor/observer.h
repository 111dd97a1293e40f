// Looks at the host as often as it is worth it and says what is there, as rows for the
// console.
//
// Every kind of look has its own pace: at least as long apart as the options say, and
// longer where it costs more processor time than its share. A new process asks for a
// look at the containers at once.
// Threading: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "discovery/monitor.h"
#include "sensor/inventory.h"
#include "sensor/scan_service.h"
#include "sensor/sensor.h"

namespace weir::sensor {

/// When something is to be done again, by what it cost.
class Pace {
 public:
  Pace(std::chrono::milliseconds interval, double share) : interval_(interval), share_(share) {}
  bool Due(std::int64_t now_ms) const { return now_ms >= next_ms_; }
  /// Measures the processor time of this thread while WORK runs.
  template <class Work>
  void Run(std::int64_t now_ms, Work work) {
    double before = ThreadSeconds();
    work();
    Done(now_ms, ThreadSeconds() - before);
  }
  void Done(std::int64_t now_ms, double seconds);
  void Hurry() { next_ms_ = 0; }
  double cost_seconds() const { return cost_; }
  std::int64_t gap_ms() const { return gap_ms_; }

 private:
  static double ThreadSeconds();
  std::chrono::milliseconds interval_;
  double share_, cost_ = 0;
  std::int64_t next_ms_ = 0, gap_ms_ = 0;
};

class Observer {
 public:
  explicit Observer(const SensorOptions& options);

  /// Looks at what is due. True where there is something new to tell.
  bool Look(std::int64_t now_ms);
  /// Everything that is known now.
  Observation Observe(std::int64_t now_ms);
  /// Of Look: did it ask the container runtimes, the image stores?
  bool looked_at_containers() const { return looked_at_containers_; }
  bool looked_at_images() const { return looked_at_images_; }
  const std::vector<model::Container>& containers() const { return monitor_.containers(); }
  const std::vector<model::ImageInfo>& images() const { return images_; }
  /// By asset: what runs in it.
  std::map<wire::AssetRef, RunningMark> Running(std::int64_t now_ms) const;

 private:
  void LookAtContainers(std::int64_t now_ms);
  void LookAtImages(std::int64_t now_ms);
  bool IsOwnScan(const model::Process& process) const;
  std::vector<wire::ProcessRow> ProcessRows(std::int64_t now_ms);
  std::vector<wire::ConnectionRow> ConnectionRows() const;
  /// Since it was started.
  std::int64_t AgeMs(const model::Process& process) const;

  const SensorOptions& options_;
  discovery::Monitor monitor_;
  Pace processes_, settled_, sockets_, containers_, images_pace_, host_;
  wire::HostFacts facts_;
  std::vector<model::ImageInfo> images_;
  std::vector<std::string> image_problems_;
  std::string image_marks_;
  std::int64_t last_containers_ms_ = 0;
  int incomplete_looks_ = 0;
  bool looked_at_containers_ = false, looked_at_images_ = false, looked_at_sockets_ = false;
  bool young_left_out_ = false;
  std::int64_t uptime_ms_ = 0;
};

}  // namespace weir::sensor
