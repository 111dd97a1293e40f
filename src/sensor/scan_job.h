// One piece of work of a scan child: what to do, what it may cost, what it said.
// The child is this program again; the job goes in on its standard input as JSON,
// progress comes out line by line, records and states are left as files.
// Threading: values.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/messages.h"

namespace weir::sensor {

struct ScanBudget {
  unsigned processor_percent = 100;  // of one processor; also bounds the number of threads
  std::uint64_t memory_bytes = 1024ULL << 20U;
  int nice = 19;
  std::uint64_t max_seconds = 3600;
};

/// What is looked for. Words of --scanners.
struct Scanners {
  bool vulnerabilities = true, secrets = true, malware = true;
};

/// What a scan looks for, and with what; see scan/content.h.
struct ScanContent {
  bool packages = true, secrets = false, malware = false;
  /// Secrets are wanted, but the key of fingerprints was not told yet.
  bool waits_for_key = false;
  std::string fingerprint_key;                           // goes to the child by its standard input only
  std::vector<std::string> secret_rules, malware_rules;  // files and folders
  std::vector<std::string> disabled_secret_rules, disabled_malware_rules;  // ids
  std::string clamd_socket;
  bool process_memory = false;
};

/// An asset and how the child finds it.
struct ScanSubject {
  wire::AssetRef asset;
  std::string target;           // as scan::Scan takes it
  std::string name;             // for people
  std::string image, image_id;  // container: its image
  std::vector<std::pair<std::string, std::string>> labels;
};

struct ScanJob {
  enum class Kind : std::uint8_t { kScan, kUsage };
  Kind kind = Kind::kScan;
  std::string scan_id, trigger, started_at;
  std::vector<ScanSubject> subjects;  // kScan: one
  bool full = false;                  // make whole records, not differences
  bool minor = false;                 // kUsage: also what only changes the evidence
  std::string state_folder;           // what is known of each asset from before
  std::string work_folder;            // results go here; made by the parent
  std::string cache_folder;           // of what files were read as; empty: none
  std::vector<std::string> exclude;
  ScanContent content;
  ScanBudget budget;
  std::vector<std::string> cgroups;  // cgroup.procs files that the child joins
  std::uint32_t parent = 0;          // its pid: without it there is no one to work for
};

/// A line of the child's output.
struct ScanReport {
  std::string phase;  // "reading", "joining", "done", "failed"
  std::uint64_t files = 0, bytes = 0;
  double fraction = -1;
  Error error;                     // "failed"
  std::vector<std::string> watch;  // "done", kScan: paths whose change means that packages changed
  bool changed = true;             // "done", kScan: a package came, went or changed
};

std::string ToJson(const ScanJob& job);
Result<ScanJob> ParseScanJob(std::string_view text);
std::string ToJson(const ScanReport& report);
Result<ScanReport> ParseScanReport(std::string_view text);

/// Runs a job to its end. The last report is "done"; an Error otherwise. PROGRESS is called on the caller's
/// thread. CANCEL ends it.
using ScanRunner = std::function<Result<ScanReport>(const ScanJob& job, const std::atomic<bool>& cancel,
                                                    const std::function<void(const ScanReport&)>& progress)>;

/// Name of the files that belong to an asset: "<hash>"; with ".record" (the record's text) in a work folder,
/// ".state" and ".usage" (see asset_state.h) there and in the state folder.
std::string AssetFileName(const wire::AssetRef& asset);

}  // namespace weir::sensor
