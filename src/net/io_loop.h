// One thread that does a share of the server's I/O. Everything that happens on a
// connection happens on its loop's thread, so connections need no locks.
// Internal to the room. Threading: Post is safe from every thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace boost::asio {
class io_context;
}

namespace weir::net {

class IoLoop {
 public:
  IoLoop();
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  boost::asio::io_context& context() { return *context_; }
  /// Runs JOB on the loop's thread; false, and JOB is dropped, once the loop is closed.
  bool Post(std::function<void()> job);
  void Start();
  /// Runs what was posted before, then ends the thread. From outside of it.
  void Close();

 private:
  struct Work;
  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Work> work_;  // keeps the thread waiting while there is nothing to do
  std::mutex mutex_;            // guards closed_
  bool closed_ = false;
  std::jthread thread_;
};

}  // namespace weir::net
