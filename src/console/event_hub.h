// Live events: what the store's outbox gains is sent to every open page, in order,
// and again from Last-Event-ID on after a break.
//
// Threading: safe from every thread; one thread of its own reads and sends. A slow
// page is cut off by the server's bounded buffer and comes back with its last id.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "console/accounts.h"
#include "console/answer.h"
#include "net/http_server.h"
#include "store/outbox.h"
#include "store/store.h"

namespace weir::console {

class EventHub {
 public:
  EventHub(store::Store& store, Accounts& accounts);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Stores an event with the unit of work that it tells of; sent once that is committed.
  Result<void> Emit(store::Transaction& t, std::string_view type, Json fields);
  /// Sends what is not worth storing (progress, who is online) to the pages that are open now.
  void Broadcast(std::string_view type, Json fields);
  /// There may be new events in the outbox.
  void Wake();

  static constexpr std::size_t kMaxStreams = 2000, kMaxStreamsOfUser = 64;
  /// Answers RESPONDER. TYPES empty: all.
  void Open(const Principal& who, std::set<std::string> types, std::int64_t after, bool resume,
            const net::Responder& responder);
  /// Logged out, or its password changed.
  void CloseStreamsOf(std::string_view session_hash);
  std::size_t streams() const;
  void Stop();

 private:
  struct Stream {
    std::shared_ptr<net::EventStream> out;
    Principal who;
    std::set<std::string> types;
    std::int64_t position = 0;
    std::shared_ptr<std::atomic<bool>> closed;
  };
  void Run();
  void SendNew();
  bool SendFrom(Stream& stream, const std::vector<store::Event>& events);
  void DropClosed();
  void CheckLogins();

  store::Store& store_;
  Accounts& accounts_;
  mutable std::mutex mutex_;  // guards streams_, woken_, stopping_
  std::condition_variable wake_;
  std::vector<Stream> streams_;
  bool woken_ = false, stopping_ = false;
  std::thread thread_;
};

/// An event of the outbox in the form of the interface (docs/openapi.yaml, Event).
std::string ApiEvent(const store::Event& event);

}  // namespace weir::console
