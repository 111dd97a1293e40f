// The work of a scan child: scans an asset or joins packages with processes anew,
// and leaves records and states as files in the job's work folder.
// Threading: blocks; a scan uses threads of its own within the budget.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/sbom.h"
#include "sensor/scan_job.h"

namespace weir::sensor {

/// The last report, "done". PROGRESS may be called from several threads.
Result<ScanReport> PerformJob(const ScanJob& job, const std::function<void(const ScanReport&)>& progress);

/// Paths whose change means that packages changed: package databases, folders that packages lie in, programs.
/// Those that stand for most packages first; at most MAX.
std::vector<std::string> WatchPaths(const std::vector<model::Package>& packages, std::size_t max);

/// USAGE of PACKAGES, in their order, as others and exceptions.
wire::UsageChange FoldUsage(const std::vector<model::Package>& packages,
                            const std::vector<model::Usage>& usage);

}  // namespace weir::sensor
