// A mutex that is given in the order in which it was asked for: a stream of batches
// must not keep one new advisory waiting. Threading: safe from every thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace weir::store {

class FairMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    std::uint64_t mine = next_++;
    turn_.wait(guard, [&] { return serving_ == mine; });
  }
  void unlock() {
    {
      std::lock_guard guard(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable turn_;
  std::uint64_t next_ = 0, serving_ = 0;
};

}  // namespace weir::store
