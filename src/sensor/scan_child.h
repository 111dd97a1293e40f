// Both ends of a scan child: how the sensor starts and watches one, and what the
// hidden subcommand "weir sensor-scan" does.
// Threading: RunInChild blocks; a child dies with the thread that started it.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "base/result.h"
#include "sensor/cgroup.h"
#include "sensor/scan_job.h"

namespace weir::sensor {

inline constexpr const char* kChildCommand = "sensor-scan";

/// Runs JOB in a child of this program, killed when CANCEL is set or the time is over. PROGRAM: for tests,
/// else this one. CGROUP may be null.
Result<ScanReport> RunInChild(const ScanJob& job, const Cgroup* cgroup, const std::atomic<bool>& cancel,
                              const std::function<void(const ScanReport&)>& progress,
                              const std::string& program = "/proc/self/exe");

/// Body of the hidden subcommand: job on standard input, reports on standard output. Returns the exit status.
int ScanChildMain();

}  // namespace weir::sensor
