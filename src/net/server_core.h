// What all connections of a server share: options, limits in use, counters and
// the way to the workers. Internal to the room. Threading: safe from every thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/worker_pool.h"
#include "net/http_server.h"
#include "net/tls_contexts.h"

namespace weir::net {

/// A count of bytes that many may take from, with an end.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t limit) : limit_(limit) {}

  /// What one taker holds; given back when it goes.
  class Share {
   public:
    explicit Share(ByteBudget* budget) : budget_(budget) {}
    Share(Share&& other) noexcept : budget_(other.budget_), size_(std::exchange(other.size_, 0)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() { budget_->used_ -= size_; }
    /// Holds SIZE from now on; false, and it stays as it was, where that is more than there is.
    bool GrowTo(std::size_t size) {
      if (size <= size_) return true;
      std::size_t more = size - size_;
      if (budget_->used_.fetch_add(more) + more > budget_->limit_) {
        budget_->used_ -= more;
        return false;
      }
      size_ = size;
      return true;
    }

   private:
    ByteBudget* budget_;
    std::size_t size_ = 0;
  };

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

/// How many connections each address has.
class AddressCounter {
 public:
  bool Add(const std::string& address, std::size_t limit) {
    std::lock_guard lock(mutex_);
    std::size_t& count = counts_[address];
    if (count >= limit) return false;
    ++count;
    return true;
  }
  void Remove(const std::string& address) {
    std::lock_guard lock(mutex_);
    auto at = counts_.find(address);
    if (at != counts_.end() && --at->second == 0) counts_.erase(at);
  }

 private:
  std::mutex mutex_;  // guards counts_
  std::unordered_map<std::string, std::size_t> counts_;
};

struct ServerCounters {
  std::atomic<std::uint64_t> open_connections = 0, open_streams = 0, connections = 0, requests = 0,
                             handshakes_failed = 0, connections_refused = 0, requests_refused = 0,
                             overloads = 0, timeouts = 0, streams_dropped = 0;
};

struct ServerCore {
  ServerCore(ServerOptions server_options, HttpServer::Handler server_handler)
      : options(std::move(server_options)),
        handler(std::move(server_handler)),
        bodies(options.limits.bodies_bytes) {}

  const ServerOptions options;
  const HttpServer::Handler handler;
  ByteBudget bodies;
  AddressCounter addresses;
  ServerCounters counters;
  std::unique_ptr<WorkerPool> workers;  // made before the first connection, ended after the last

  std::shared_ptr<const TlsContexts> contexts() const {
    std::lock_guard lock(mutex_);
    return contexts_;
  }
  void SetContexts(std::shared_ptr<const TlsContexts> contexts) {
    std::lock_guard lock(mutex_);
    contexts_ = std::move(contexts);
  }

 private:
  mutable std::mutex mutex_;  // guards contexts_
  std::shared_ptr<const TlsContexts> contexts_;
};

/// What is known of a request when it goes to a worker.
struct PendingRequest {
  ServerRequest request;  // the body still encoded
  std::size_t body_limit = 0;
  ByteBudget::Share share;
};
/// Decodes the body and runs the handler, on a worker. False where all of them are busy and the queue is
/// full.
bool RunOnWorker(ServerCore& core, std::shared_ptr<PendingRequest> pending, Responder responder);

}  // namespace weir::net
