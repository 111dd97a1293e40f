// Who may ask how often.
//
// RateLimiter: a token bucket for each caller. LoginGuard: a growing delay after
// failed logins, by user and address together, by address, and (short, so that
// nobody can be locked out) by user. Names that do not exist are counted alike.
// Both hold a bounded number of callers; the longest unseen are forgotten.
// Threading: safe from every thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::console {

class RateLimiter {
 public:
  RateLimiter(double per_second, double burst) : rate_(per_second), burst_(burst) {}
  /// Zero: go on; else how long to wait. NOW_MS must not go back.
  std::chrono::milliseconds Take(const std::string& caller, std::int64_t now_ms);

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t at_ms = 0;
  };
  static constexpr std::size_t kMaxCallers = 20'000;
  void Forget(std::int64_t now_ms);

  const double rate_, burst_;
  std::mutex mutex_;  // guards buckets_
  std::unordered_map<std::string, Bucket> buckets_;
};

class LoginGuard {
 public:
  /// Counts an attempt as failed until Succeeded says otherwise, so that attempts at the same time count
  /// too. Zero: check the password; else how long to wait, and nothing was counted.
  std::chrono::seconds Begin(std::string_view user, std::string_view address, std::int64_t now_ms);
  void Succeeded(std::string_view user, std::string_view address);

 private:
  struct Failures {
    unsigned count = 0;
    std::int64_t last_ms = 0, until_ms = 0;
  };
  struct Key {
    std::string name;
    unsigned free;           // attempts before the first delay
    std::int64_t longest_s;  // delay
  };
  static constexpr std::size_t kMaxNames = 50'000;
  static constexpr std::int64_t kForgetMs = 3'600'000;

  std::mutex mutex_;  // guards failures_
  std::unordered_map<std::string, Failures> failures_;
};

}  // namespace weir::console
