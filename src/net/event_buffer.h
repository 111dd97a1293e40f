// The bounded buffer between those who send events and the connection that
// writes them. Internal to the room. Threading: safe from every thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"

namespace weir::net {

class EventBuffer : public EventStream {
 public:
  /// WAKE is called, on the sender's thread, when there is something to do for the connection.
  EventBuffer(std::size_t limit, std::function<void()> wake) : limit_(limit), wake_(std::move(wake)) {}

  bool Send(std::string_view bytes) override;
  void OnClose(std::function<void()> callback) override;
  void Close() override;

  struct Batch {
    std::string bytes;
    bool is_last = false;  // closed: nothing follows
  };
  /// For the connection: all there is to write. What was taken counts as queued until the next Take.
  Batch Take();
  /// The reader was too slow: it is to be disconnected.
  bool overflowed() const;
  /// The connection is gone.
  void Finish();

 private:
  void Wake(std::unique_lock<std::mutex>& lock);

  const std::size_t limit_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;  // guards everything below
  std::string queued_;
  std::size_t in_flight_ = 0;
  bool closed_ = false, overflowed_ = false, finished_ = false, woken_ = false;
  std::vector<std::function<void()>> callbacks_;
};

}  // namespace weir::net
