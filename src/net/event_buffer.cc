#include "net/event_buffer.h"

#include <utility>

namespace weir::net {

void EventBuffer::Wake(std::unique_lock<std::mutex>& lock) {
  bool needed = !std::exchange(woken_, true);
  lock.unlock();
  if (needed) wake_();
}

bool EventBuffer::Send(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  if (closed_) return false;
  if (queued_.size() + in_flight_ + bytes.size() > limit_) {
    closed_ = overflowed_ = true;
    queued_.clear();
    Wake(lock);
    return false;
  }
  queued_.append(bytes);
  Wake(lock);
  return true;
}

void EventBuffer::OnClose(std::function<void()> callback) {
  {
    std::lock_guard lock(mutex_);
    if (!finished_) {
      callbacks_.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void EventBuffer::Close() {
  std::unique_lock lock(mutex_);
  if (std::exchange(closed_, true)) return;
  Wake(lock);
}

EventBuffer::Batch EventBuffer::Take() {
  std::lock_guard lock(mutex_);
  woken_ = false;
  in_flight_ = queued_.size();
  return {std::exchange(queued_, {}), closed_};
}

bool EventBuffer::overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

void EventBuffer::Finish() {
  std::vector<std::function<void()>> callbacks;
  {
    std::lock_guard lock(mutex_);
    closed_ = finished_ = true;
    queued_.clear();
    callbacks.swap(callbacks_);
  }
  for (const auto& callback : callbacks) callback();
}

}  // namespace weir::net
