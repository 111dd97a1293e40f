// Takes what sensors send into the store: each batch in one unit, with its place in
// the sensor's spool, so that nothing is lost and nothing is stored twice.
//
// A sensor may be broken or hostile: its records are held to bounds, times are held
// to now, and its host and containers are its own whatever it says. Batches wait in
// a bounded queue; when that is full the sensor is told to come back.
// Threading: Offer is safe from every thread; one thread stores.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "console/answer.h"
#include "net/http_server.h"
#include "store/store.h"
#include "wire/messages.h"

namespace weir::console {

class EventHub;
class MatchService;
class SensorHub;

struct IngestStatistics {
  std::uint64_t batches = 0, records = 0, skipped_records = 0, refused = 0, failed = 0, bytes = 0;
  std::size_t waiting = 0;  // now
};

class Ingest {
 public:
  struct Parts {
    store::Store& store;
    MatchService& match;
    EventHub& events;
    SensorHub& sensors;
  };
  Ingest(Parts parts, std::size_t queue_limit);
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  /// Answers RESPONDER once BODY is stored, or with a Problem.
  void Offer(std::string sensor, std::string body, const net::Responder& responder);
  IngestStatistics statistics() const;
  /// Stores what was taken, then ends.
  void Stop();

 private:
  struct Waiting {
    std::string sensor, body;
    net::Responder responder;
  };
  void Run();
  tl::expected<wire::BatchAnswer, Problem> Store(const std::string& sensor, const std::string& body);

  Parts parts_;
  const std::size_t queue_limit_;
  mutable std::mutex mutex_;  // guards queue_, statistics_, stopping_
  std::condition_variable ready_;
  std::deque<Waiting> queue_;
  IngestStatistics statistics_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace weir::console
