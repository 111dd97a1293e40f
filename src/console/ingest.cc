#include "console/ingest.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "console/event_hub.h"
#include "console/match_service.h"
#include "console/record_store.h"
#include "console/sensor_hub.h"
#include "store/sensors.h"

namespace weir::console {
namespace {

const wire::Limits kLimits{.record_bytes = 128U << 20U, .list_entries = 300'000, .text_bytes = 64U << 10U};
constexpr std::size_t kLarge = 512U << 10U;

}  // namespace

Ingest::Ingest(Parts parts, std::size_t queue_limit)
    : parts_(parts), queue_limit_(queue_limit), thread_([this] { Run(); }) {}

Ingest::~Ingest() { Stop(); }

void Ingest::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    ready_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Ingest::Offer(std::string sensor, std::string body, const net::Responder& responder) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_ && queue_.size() < queue_limit_) {
      statistics_.bytes += body.size();
      queue_.push_back({std::move(sensor), std::move(body), responder});
      ready_.notify_one();
      return;
    }
    ++statistics_.refused;
  }
  Problem problem(503, "unavailable", "the console is behind with storing: come back");
  problem.retry_after_seconds = 2;
  responder.Send(ProblemAnswer(problem));
}

IngestStatistics Ingest::statistics() const {
  std::lock_guard lock(mutex_);
  IngestStatistics statistics = statistics_;
  statistics.waiting = queue_.size();
  return statistics;
}

void Ingest::Run() {
  bool was_large = false;
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Waiting next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto answer = Store(next.sensor, next.body);
    was_large |= next.body.size() > kLarge;
    std::string().swap(next.body);
    if (answer) {
      next.responder.Send(TextAnswer(wire::ToJson(*answer), "application/json"));
    } else {
      Log(LogLevel::kWarn, "ingest.refused", {{"sensor", next.sensor}, {"why", answer.error().detail}});
      next.responder.Send(ProblemAnswer(answer.error()));
    }
    lock.lock();
    if (queue_.empty() && std::exchange(was_large, false)) {
      // What a large SBOM needed for a moment is not kept for the next one.
      lock.unlock();
      ::malloc_trim(0);
      lock.lock();
    }
    ++(answer ? statistics_.batches : statistics_.failed);
  }
}

tl::expected<wire::BatchAnswer, Problem> Ingest::Store(const std::string& sensor_id,
                                                       const std::string& body) {
  auto batch = wire::ParseBatch(body, kLimits);
  if (!batch) return tl::unexpected<Problem>(Problem(422, "malformed", batch.error().message));
  wire::BatchAnswer answer;
  std::uint64_t stored = 0, skipped = 0;
  std::vector<std::function<void()>> afterwards;
  auto written = parts_.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::Sensor sensor, store::GetSensor(t, sensor_id));
    if (sensor.revoked) return Err(Code::kPermissionDenied, "this sensor was revoked");
    RecordStore records(parts_, t, sensor);
    for (const wire::Record& record : batch->records) {
      WEIR_ASSIGN(bool is_new, store::Advance(t, sensor_id, batch->epoch, record.sequence));
      if (is_new) WEIR_TRY(records.Apply(record));
      ++(is_new ? stored : skipped);
      answer.acknowledged = std::max(answer.acknowledged, record.sequence);
    }
    answer.send_full = records.needs_full();
    afterwards = std::move(records.afterwards());
    return {};
  });
  if (!written) return tl::unexpected<Problem>(Problem(written.error()));
  for (const auto& task : afterwards) task();
  std::lock_guard lock(mutex_);
  statistics_.records += stored;
  statistics_.skipped_records += skipped;
  return answer;
}

}  // namespace weir::console
