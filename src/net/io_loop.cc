#include "net/io_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace weir::net {

struct IoLoop::Work {
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
};

IoLoop::IoLoop()
    : context_(std::make_unique<boost::asio::io_context>(1)),
      work_(std::make_unique<Work>(Work{boost::asio::make_work_guard(*context_)})) {}

IoLoop::~IoLoop() { Close(); }

bool IoLoop::Post(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  boost::asio::post(*context_, std::move(job));
  return true;
}

void IoLoop::Start() {
  thread_ = std::jthread([this] { context_->run(); });
}

void IoLoop::Close() {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    boost::asio::post(*context_, [this] { context_->stop(); });
  }
  if (thread_.joinable()) thread_.join();
  // What ended just now still has to let go of what it holds, this loop among it.
  context_->restart();
  context_->poll();
}

}  // namespace weir::net
