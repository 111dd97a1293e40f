#include "console/rate_limit.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::console {

std::chrono::milliseconds RateLimiter::Take(const std::string& caller, std::int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxCallers) Forget(now_ms);
  auto [it, is_new] = buckets_.try_emplace(caller, Bucket{burst_, now_ms});
  Bucket& bucket = it->second;
  double passed = static_cast<double>(std::max<std::int64_t>(0, now_ms - bucket.at_ms)) / 1000;
  bucket.tokens = std::min(burst_, bucket.tokens + passed * rate_);
  bucket.at_ms = now_ms;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::chrono::milliseconds(0);
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) / rate_ * 1000)));
}

// A bucket that would be full by now is the same as none.
void RateLimiter::Forget(std::int64_t now_ms) {
  auto full_after = static_cast<std::int64_t>(burst_ / rate_ * 1000);
  std::erase_if(buckets_, [&](const auto& entry) { return now_ms - entry.second.at_ms > full_after; });
  if (buckets_.size() >= kMaxCallers) buckets_.clear();
}

std::chrono::seconds LoginGuard::Begin(std::string_view user, std::string_view address, std::int64_t now_ms) {
  const std::array<Key, 3> keys = {Key{"b\n" + std::string(user) + "\n" + std::string(address), 5, 900},
                                   Key{"a\n" + std::string(address), 20, 900},
                                   Key{"u\n" + std::string(user), 10, 5}};
  std::lock_guard lock(mutex_);
  if (failures_.size() >= kMaxNames)
    std::erase_if(failures_, [&](const auto& entry) {
      return now_ms - entry.second.last_ms > kForgetMs || entry.second.count < 5;
    });
  if (failures_.size() >= kMaxNames) failures_.clear();
  std::int64_t wait_ms = 0;
  for (const Key& key : keys)
    if (auto it = failures_.find(key.name); it != failures_.end())
      wait_ms = std::max(wait_ms, it->second.until_ms - now_ms);
  if (wait_ms > 0) return std::chrono::seconds((wait_ms + 999) / 1000);
  for (const Key& key : keys) {
    Failures& failures = failures_[key.name];
    if (now_ms - failures.last_ms > kForgetMs) failures = {};
    failures.last_ms = now_ms;
    if (++failures.count < key.free) continue;
    std::int64_t delay = std::int64_t{1} << std::min(failures.count - key.free, 20U);
    failures.until_ms = now_ms + std::min(delay, key.longest_s) * 1000;
  }
  return std::chrono::seconds(0);
}

void LoginGuard::Succeeded(std::string_view user, std::string_view address) {
  std::lock_guard lock(mutex_);
  failures_.erase("b\n" + std::string(user) + "\n" + std::string(address));
  failures_.erase("u\n" + std::string(user));
  if (auto it = failures_.find("a\n" + std::string(address)); it != failures_.end()) {
    it->second.until_ms = 0;
    if (it->second.count > 0) --it->second.count;
  }
}

}  // namespace weir::console
