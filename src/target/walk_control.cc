#include "target/walk_control.h"

#include <algorithm>
#include <string>
#include <thread>

#include "base/strings.h"

namespace weir::target {

namespace {

unsigned CountThreads(unsigned wanted) {
  if (wanted > 0) return std::min(wanted, 64U);
  return std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
}

}  // namespace

WalkControl::WalkControl(const WalkOptions& options, ProblemLog& problems)
    : options_(options),
      problems_(problems),
      start_(std::chrono::steady_clock::now()),
      threads_(CountThreads(options.threads)) {}

void WalkControl::Stop(Code code, std::string_view message) {
  if (!stopped_.exchange(true)) problems_.Add(code, "", message);
}

bool WalkControl::Continue() {
  if (stopped_.load(std::memory_order_relaxed)) return false;
  if (options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed)) {
    Stop(Code::kCancelled, "the walk was cancelled; what follows was not read");
    return false;
  }
  if (options_.limits.max_seconds > 0 &&
      std::chrono::steady_clock::now() - start_ >= std::chrono::seconds(options_.limits.max_seconds)) {
    Stop(Code::kDeadlineExceeded,
         "the walk took longer than " + std::to_string(options_.limits.max_seconds) + " s and was cut short");
    return false;
  }
  return true;
}

bool WalkControl::Count(const model::WalkStats& delta) {
  std::uint64_t entries = 0;
  {
    std::lock_guard lock(mutex_);
    stats_.files += delta.files;
    stats_.directories += delta.directories;
    stats_.symlinks += delta.symlinks;
    stats_.other += delta.other;
    stats_.files_read += delta.files_read;
    stats_.bytes_read += delta.bytes_read;
    entries = stats_.files + stats_.directories + stats_.symlinks + stats_.other;
  }
  if (entries > options_.limits.max_entries) {
    Stop(Code::kLimitExceeded,
         "more than " + std::to_string(options_.limits.max_entries) + " entries; the rest was not looked at");
    return false;
  }
  if (options_.progress) {
    auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
    if (now.count() >= next_progress_ms_.load(std::memory_order_relaxed)) {
      std::unique_lock lock(progress_mutex_, std::try_to_lock);
      if (lock.owns_lock() && now.count() >= next_progress_ms_.load()) {
        next_progress_ms_ = now.count() + 250;
        options_.progress(stats());
      }
    }
  }
  return Continue();
}

bool WalkControl::Excluded(std::string_view path) const {
  return std::any_of(options_.exclude.begin(), options_.exclude.end(),
                     [&](const std::string& pattern) { return GlobMatch(pattern, path); });
}

bool WalkControl::ExcludedBelow(std::string_view path) const {
  if (options_.exclude.empty()) return false;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (Excluded(path.substr(0, slash))) return true;
  return Excluded(path);
}

model::WalkStats WalkControl::stats() const {
  std::lock_guard lock(mutex_);
  model::WalkStats out = stats_;
  out.elapsed_us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_)
          .count());
  return out;
}

}  // namespace weir::target
