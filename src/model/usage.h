// How a package is used by what runs now: computed where the processes are
// (rank::PackageUsage), an input of the score, and sent to the console with an SBOM.
// Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/runtime.h"

namespace weir::model {

struct Usage {
  enum class Level : std::uint8_t { kUnknown, kIdle, kInstalledInLiveRuntime, kLoaded };
  Level level = Level::kUnknown;                   // kUnknown: nothing is known of what runs
  std::vector<std::uint32_t> pids;                 // processes that loaded it
  std::string evidence;                            // one sentence
  AddressScope listens = AddressScope::kLoopback;  // farthest scope a loading process listens on
  bool listening = false;
  bool reached_from_outside = false;    // an inbound connection from a public address was seen
  bool reached_from_private = false;    // ... from a private address
  std::string listen_text, reach_text;  // "nginx (pid 12) listens on 0.0.0.0:443"
  bool runs_as_root = false;
  bool privileged = false;
  bool reached_indirectly = false;  // by a process of this host that itself is reached from a public address
  bool reached_locally = false;     // by another process or container of this host only
  std::string stale_text;           // not empty: a replaced file of it is still in use by a running process
  bool operator==(const Usage&) const = default;
};

std::string_view UsageLevelName(Usage::Level level);  // "unknown", "idle", "live-runtime", "loaded"

}  // namespace weir::model
