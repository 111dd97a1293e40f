// "Debian archive": what a host can learn of weaknesses from its package mirror
// alone. The security suite's index tells which source packages have newer builds
// than the base suite; their changelogs tell which CVEs each build fixed.
//
// Indexes come from var/lib/apt/lists where they are (apt has checked their
// signature), else from the mirror by the digests in InRelease (whose signature
// is NOT checked here; the description says so). Packages are checked by the
// index's digest. Changelogs are kept in CACHE_DIR by package and version, so that
// a second run fetches only what is new.
// Threading: blocks; uses ARCHIVE.connections threads of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "advisory/updater.h"

namespace weir::advisory {

struct CollectOptions {
  DebianArchiveOptions archive;
  std::string cache_dir;
  net::HttpOptions http;
  int stall_timeout_seconds = 30;
  const std::atomic<bool>* cancel = nullptr;
  std::string now;  // RFC 3339, the records' date where a changelog has none
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // in packages
};

struct CollectedArchive {
  std::string osv_json;     // a list of OSV records
  std::string description;  // mirrors, suites, and whether apt checked their signature
  std::string problem;      // why some packages could not be read; empty: all were
  std::uint64_t records = 0, packages = 0, downloads = 0;
};

/// No records where the host is no Debian; an Error where its mirror gives nothing.
Result<CollectedArchive> CollectDebianArchive(const CollectOptions& options);

}  // namespace weir::advisory
