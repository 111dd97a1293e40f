// Scans of this host, its containers and its images: when, in what order, and what
// becomes of the results. One child process at a time.
//
// A result is written to the spool first and becomes the base of the next difference
// afterwards; a base whose record may not have been written is thrown away, and the
// next scan is told whole.
// Threading: one thread of its own between Start and Stop; all public functions are
// safe from every thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sensor/cgroup.h"
#include "sensor/scan_job.h"
#include "sensor/scan_queue.h"
#include "sensor/sensor.h"
#include "sensor/spool.h"

namespace weir::sensor {

/// Of the processes that see an asset's files: FAST changes with the programs and what they listen on, SLOW
/// with any process that stays.
struct RunningMark {
  std::uint64_t fast = 0, slow = 0;
  bool operator==(const RunningMark&) const = default;
};

struct ScanServiceCallbacks {
  std::function<void()> spooled;               // a record was written
  std::function<void(bool scanning)> working;  // a child started or ended
  /// How secrets and malware are looked for now; called under this service's lock.
  std::function<ScanContent()> content;
  /// Where the packages of an asset lie, from its root.
  std::function<void(const wire::AssetRef&, const std::vector<std::string>& paths)> watch;
};

class ScanService {
 public:
  /// FOLDER: of the sensor's state.
  ScanService(const SensorOptions& options, std::string folder, std::string host_name, Spool& spool,
              ScanServiceCallbacks callbacks);
  ~ScanService();
  ScanService(const ScanService&) = delete;
  ScanService& operator=(const ScanService&) = delete;

  void Start();
  void Stop();

  /// What there is to scan. New ones are put in the queue.
  void SetContainers(const std::vector<model::Container>& containers);
  void SetImages(const std::vector<model::ImageInfo>& images);
  void SetRunning(const std::map<wire::AssetRef, RunningMark>& running);
  bool Request(const wire::AssetRef& asset, const std::string& job_id);
  void Changed(const wire::AssetRef& asset, const std::string& path);
  void SetInterval(std::chrono::seconds interval);
  /// Everything is scanned again: what is looked for has changed. What is known stays known.
  void ScanAll(const std::string& trigger);
  /// Everything is told whole again.
  void SendFull(const std::string& trigger);

  std::vector<wire::ScanProgress> progress() const;
  void Count(SensorStatus& status) const;

 private:
  struct Asset {
    ScanSubject subject;
    bool scanned = false;  // there is a state to join usage with
    RunningMark running, joined;
    std::int64_t running_changed_ms = 0, joined_ms = 0;
    std::uint64_t last_files = 0;
  };
  struct Work {
    ScanJob job;
    std::optional<ScanRequest> request;
    std::uint64_t generation = 0;
  };

  void Loop();
  std::optional<Work> NextWork();
  std::optional<Work> NextScan(std::int64_t now);
  std::optional<Work> NextUsage(std::int64_t now);
  ScanJob NewJob(ScanJob::Kind kind, std::int64_t now) const;
  void Do(Work& work);
  void FinishScan(const Work& work, const Result<ScanReport>& report, std::int64_t cost_ms);
  Result<void> Keep(const Work& work, const ScanSubject& subject);
  void TellFailure(const ScanRequest& request, const ScanJob& job, const std::string& name,
                   const Error& error);
  void AddAsset(const wire::AssetRef& asset, ScanSubject subject, const char* trigger, bool scan_again);
  void Report(const ScanReport& report);
  std::string StatePath(const wire::AssetRef& asset) const;
  void DropStates();
  void CleanFolders();
  std::int64_t Now() const;

  const SensorOptions& options_;
  const std::string folder_, host_name_;
  Spool& spool_;
  const ScanServiceCallbacks callbacks_;
  std::unique_ptr<Cgroup> cgroup_;
  ScanRunner run_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  ScanQueue queue_;
  std::map<wire::AssetRef, Asset> assets_;
  std::vector<wire::ScanProgress> running_;
  std::deque<std::string> jobs_begun_;  // of the console, the newest last
  std::uint64_t generation_ = 0;        // raised when everything is to be told whole
  std::uint64_t done_ = 0, failed_ = 0;
  std::int64_t last_minor_ms_ = 0, last_clean_ms_ = 0, started_ms_ = 0;
  std::int64_t usage_credit_ms_ = 600'000, usage_credit_at_ms_ = 0;  // time that joins may still account for
  bool containers_known_ = false, images_known_ = false, host_scanned_ = false;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace weir::sensor
