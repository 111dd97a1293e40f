// A bounded pool of threads for work that may run in parallel.
//
// Submit blocks while the queue is full (so a producer cannot outrun its
// workers); Wait returns when everything submitted has run. With zero threads
// Submit runs the job at once on the caller's thread. A job must not throw, and
// must not Submit to or Wait for its own pool.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir {

class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads, std::size_t queue_limit = 64);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Submit(std::function<void()> job);
  /// As Submit, but false where the queue is full: for whoever must not wait.
  bool TrySubmit(std::function<void()> job);
  void Wait();
  std::size_t threads() const { return threads_.size(); }

 private:
  void Run();

  const std::size_t queue_limit_;
  std::mutex mutex_;  // guards everything below but threads_
  std::condition_variable work_ready_, room_ready_, idle_;
  std::deque<std::function<void()>> queue_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace weir
