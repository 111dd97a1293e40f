// What bounds one walk (cancel, time, entries) and what it has counted so far.
// Threading: safe from several threads; made and finished on one.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

#include "target/target.h"

namespace weir::target {

class WalkControl {
 public:
  WalkControl(const WalkOptions& options, ProblemLog& problems);

  /// False once the walk has to stop; the reason is then in the problems, once.
  bool Continue();
  /// Adds to the counters, calls progress a few times a second; false where a bound was met.
  bool Count(const model::WalkStats& delta);
  bool Excluded(std::string_view path) const;
  /// As Excluded, of PATH or any folder above it.
  bool ExcludedBelow(std::string_view path) const;

  unsigned threads() const { return threads_; }
  const Limits& limits() const { return options_.limits; }
  const WalkOptions& options() const { return options_; }
  ProblemLog& problems() { return problems_; }
  model::WalkStats stats() const;

 private:
  void Stop(Code code, std::string_view message);

  const WalkOptions& options_;
  ProblemLog& problems_;
  const std::chrono::steady_clock::time_point start_;
  const unsigned threads_;  // asking the system each time would read a file of sysfs for each folder
  std::atomic<bool> stopped_{false};
  std::atomic<std::int64_t> next_progress_ms_{250};
  mutable std::mutex mutex_;  // guards stats_
  model::WalkStats stats_;
  std::mutex progress_mutex_;
};

}  // namespace weir::target
