// The scan pipeline: one target through walk, catalogers, matching and ranking.
// Composes the engines for the command line and the sensor.
// Threading: one call on one thread; it uses a worker pool of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/ignore.h"
#include "advisory/index.h"
#include "advisory/match.h"
#include "base/result.h"
#include "model/scan_result.h"
#include "sbom/cataloger.h"
#include "scan/content.h"
#include "scan/content_ignore.h"
#include "target/target.h"

namespace weir::scan {

struct ScanOptions {
  target::OpenOptions open;
  target::WalkOptions walk;
  sbom::CatalogOptions catalog;
  advisory::MatchOptions match;
  std::vector<advisory::IgnoreRule> ignore;
  std::vector<advisory::VexStatement> vex;
  /// A file that keeps what this scan finds in each file for the next one of the same target, which then
  /// opens only what changed; see sbom/scan_cache.h. Its folder must exist. Empty: none. Of use for folders,
  /// hosts and containers; for others it is left alone.
  std::string cache_path;
  /// Secrets and malware are looked for with these; null: not at all.
  std::shared_ptr<const ContentEngines> content;
  bool packages = true;  // false: neither packages nor vulnerabilities
  ContentIgnore content_ignore;
  /// As cache_path, of files in which neither secrets nor malware were found.
  std::string content_cache_path;
  bool runtime = true;  // host, containers and pids: look at what runs
  std::string now;      // RFC 3339, from the caller's clock
};

/// INDEX may be null: then only the SBOM is made.
Result<model::ScanResult> Scan(std::string_view target, const std::shared_ptr<const advisory::Index>& index,
                               const ScanOptions& options);

}  // namespace weir::scan
