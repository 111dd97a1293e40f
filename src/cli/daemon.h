// What programs that stay need: waiting for the wish to stop, SIGINT, SIGTERM or SIGHUP, taken as values, not
// as interruptions. Threading: made on the main thread before any other thread starts, so that all inherit
// the mask.
#pragma once

#include <chrono>
#include <csignal>

namespace weir::cli {

class StopSignal {
 public:
  /// Blocks the signals for this thread and those it starts.
  StopSignal();
  /// True once one of them has come; false after WAIT without one.
  bool Wait(std::chrono::milliseconds wait);

 private:
  sigset_t set_;
  bool came_ = false;
};

/// For programs that run for months with many threads: few arenas, and large blocks go back when they are
/// freed. Call before threads start.
void KeepMemoryLow();

}  // namespace weir::cli
