// What to fix first: a number from 0 to 100 for each finding, with its reasons.
//
// Pure: from findings, packages and a snapshot of what runs. The formula is in
// docs/ranking.md, every factor is one row there and one function here.
// Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/scan_result.h"

namespace weir::rank {

/// How a package is used by what runs now.
struct Usage {
  enum class Level { kUnknown, kIdle, kInstalledInLiveRuntime, kLoaded };
  Level level = Level::kUnknown;    // kUnknown: nothing is known of what runs
  std::vector<std::uint32_t> pids;  // processes that loaded it
  std::string evidence;             // one sentence
  model::AddressScope listens =
      model::AddressScope::kLoopback;  // farthest scope a loading process listens on
  bool listening = false;
  bool reached_from_outside = false;    // an inbound connection from a public address was seen
  bool reached_from_private = false;    // ... from a private address
  std::string listen_text, reach_text;  // "nginx (pid 12) listens on 0.0.0.0:443"
  bool runs_as_root = false;
  bool privileged = false;
  bool reached_indirectly = false;  // by a process of this host that itself is reached from a public address
  bool reached_locally = false;     // by another process or container of this host only
  std::string stale_text;           // not empty: a replaced file of it is still in use by a running process
};

/// Usage of each package of RESULT.sbom, in its order.
std::vector<Usage> PackageUsage(const model::ScanResult& result);

/// The score of one finding; its reasons' points add up to it.
model::Rank ScoreFinding(const model::Finding& finding, const Usage& usage);

/// Sets Finding::rank of every finding, and sorts findings (open first, then score down, id, package,
/// location).
void RankFindings(model::ScanResult& result);

}  // namespace weir::rank
