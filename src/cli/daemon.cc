#include "cli/daemon.h"

#include <malloc.h>
#include <pthread.h>

namespace weir::cli {

StopSignal::StopSignal() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGHUP);  // the terminal went away
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool StopSignal::Wait(std::chrono::milliseconds wait) {
  if (came_) return true;
  timespec time{};
  time.tv_sec = wait.count() / 1000;
  time.tv_nsec = (wait.count() % 1000) * 1'000'000;
  came_ = ::sigtimedwait(&set_, nullptr, &time) > 0;
  return came_;
}

void KeepMemoryLow() {
  // An arena for each thread keeps what one large batch needed in each of them; two cost no speed that could
  // be measured.
  constexpr int kArenas = 2, kLarge = 256 * 1024;
  ::mallopt(M_ARENA_MAX, kArenas);
  ::mallopt(M_MMAP_THRESHOLD, kLarge);  // fixed: left to itself it grows to 32 MiB
  ::mallopt(M_TRIM_THRESHOLD, kLarge);
}

}  // namespace weir::cli
