#include "sensor/uplink.h"

#include <malloc.h>

#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "net/event_reader.h"
#include "sensor/support.h"

namespace weir::sensor {

using std::chrono::milliseconds;

std::string_view LinkStateName(LinkState state) {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kConnected:
      return "connected";
    case LinkState::kAway:
      return "away";
    case LinkState::kRevoked:
      return "revoked";
  }
  return "connecting";
}

milliseconds Backoff::Next() {
  constexpr unsigned kMaxDoublings = 16;
  milliseconds whole = std::min(most_, first_ * (1U << std::min(failures_, kMaxDoublings)));
  ++failures_;
  // Half of it for certain: many sensors must not come back at one moment.
  return milliseconds(
      static_cast<std::int64_t>(static_cast<double>(whole.count()) * (0.5 + RandomFraction() / 2)));
}

Result<net::HttpResponse> LinkClient::Fetch(net::HttpRequest request, const std::string& path,
                                            const std::function<bool(std::string_view)>& sink) {
  net::HttpClient* client = nullptr;
  {
    auto identity = identity_.get();
    std::lock_guard lock(mutex_);
    if (cancelled_) return Err(Code::kCancelled, "the sensor is stopping");
    if (!client_ || identity != used_) {
      used_ = identity;
      client_ = std::make_unique<net::HttpClient>(LinkOptions(*identity, version_));
    }
    client = client_.get();
  }
  request.url = "https://" + std::string(wire::kSensorHost) + path;
  return sink ? client->Fetch(request, sink) : client->Fetch(request);
}

void LinkClient::Cancel() {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (client_) client_->Cancel();
}

Uplink::Uplink(UplinkOptions options, IdentityFile& identity, Spool& spool, UplinkCallbacks callbacks)
    : options_(std::move(options)),
      identity_(identity),
      spool_(spool),
      callbacks_(std::move(callbacks)),
      send_client_(identity, options_.version),
      status_client_(identity, options_.version),
      command_client_(identity, options_.version),
      rules_client_(identity, options_.version),
      records_at_once_(options_.batch_records) {}

Uplink::~Uplink() { Stop(milliseconds(0)); }

void Uplink::Start() {
  sender_ = std::thread([this] { SendLoop(); });
  teller_ = std::thread([this] { StatusLoop(); });
  hearer_ = std::thread([this] { CommandLoop(); });
}

void Uplink::Stop(milliseconds wait) {
  if (!sender_.joinable()) return;
  const auto deadline = std::chrono::steady_clock::now() + wait;
  if (state_ == LinkState::kConnected) {
    Wake();
    std::unique_lock lock(mutex_);
    while (spool_.acknowledged() < spool_.last_sequence() && state_ == LinkState::kConnected &&
           std::chrono::steady_clock::now() < deadline)
      changed_.wait_for(lock, milliseconds(20));
  }
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (LinkClient* client : {&send_client_, &status_client_, &command_client_, &rules_client_})
    client->Cancel();
  sender_.join();
  teller_.join();
  hearer_.join();
}

void Uplink::Wake() {
  std::lock_guard lock(mutex_);
  ++records_signal_;
  changed_.notify_all();
}

void Uplink::StatusChanged(bool scanning) {
  bool before = scanning_.exchange(scanning);
  if (before == scanning) return;
  std::lock_guard lock(mutex_);
  ++status_signal_;
  changed_.notify_all();
}

std::string Uplink::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

void Uplink::Note(LinkState state, const std::string& error) {
  if (stopping_) return;
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    if (state == LinkState::kConnected) {
      away_since_ms_ = 0;
    } else if (away_since_ms_ == 0) {
      away_since_ms_ = options_.now_ms();
    }
    news = state_ != state || (state != LinkState::kConnected && error_ != error);
    error_ = error;
    state_ = state;  // last: who sees it finds the rest in place
  }
  if (news)
    Log(state == LinkState::kConnected ? LogLevel::kInfo : LogLevel::kWarn, "sensor.link",
        {{"state", std::string(LinkStateName(state))}, {"error", error}});
}

void Uplink::Sleep(milliseconds pause, std::uint64_t& seen, const std::uint64_t& signal) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [&] { return stopping_ || signal != seen; });
  seen = signal;
}

void Uplink::Pause(milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [&] { return stopping_.load(); });
}

namespace {

bool IsRevocation(long status) { return status == 401 || status == 403 || status == 410; }
bool IsRefusal(long status) { return status == 400 || status == 413 || status == 422; }

std::string StatusText(const net::HttpResponse& response) {
  return "the console answered " + std::to_string(response.status) +
         (response.body.empty() ? "" : ": " + ToValidUtf8(response.body.substr(0, 300)));
}

}  // namespace

/// A batch that the console takes for wrong: its records one by one, and one that stays wrong is given up, so
/// that it does not hold all others for ever.
milliseconds Uplink::Refused(const Spool::Chunk& chunk, const std::string& why, Backoff& backoff) {
  Note(LinkState::kAway, why);
  if (chunk.records > 1) {
    records_at_once_ = 1;
    return backoff.Next();
  }
  constexpr int kPatience = 3;
  if (++refusals_ < kPatience) return backoff.Next();
  refusals_ = 0;
  skipped_ = chunk.last;
  spool_.NoteDropped(chunk.first_kind);
  Log(LogLevel::kError, "sensor.record_refused", {{"sequence", std::to_string(chunk.last)}, {"why", why}});
  return milliseconds(0);
}

milliseconds Uplink::Take(const net::HttpResponse& response, const Spool::Chunk& chunk, Backoff& backoff) {
  if (IsRevocation(response.status)) {
    Note(LinkState::kRevoked, StatusText(response));
    return options_.revoked_pause;
  }
  if (IsRefusal(response.status)) return Refused(chunk, StatusText(response), backoff);
  if (response.status != 200) {
    Note(LinkState::kAway, StatusText(response));
    constexpr std::uint64_t kMaxWaitSeconds = 600;
    std::uint64_t asked = std::min(kMaxWaitSeconds, ParseUint(response.Header("retry-after")).value_or(0));
    return std::max<milliseconds>(backoff.Next(), std::chrono::seconds(asked));
  }
  auto answer = wire::ParseBatchAnswer(response.body, {});
  if (!answer) {
    Note(LinkState::kAway, answer.error().message);
    return backoff.Next();
  }
  if (answer->acknowledged > spool_.last_sequence()) {
    // The console has records that this spool does not remember: their numbers are not free.
    Log(LogLevel::kWarn, "sensor.spool_behind", {{"acknowledged", std::to_string(answer->acknowledged)}});
    if (auto renewed = spool_.StartNewEpoch(); !renewed) Note(LinkState::kAway, renewed.error().message);
    skipped_ = 0;
    callbacks_.send_full(UINT64_MAX);
    return milliseconds(0);
  }
  spool_.Acknowledge(answer->acknowledged);
  if (answer->send_full) callbacks_.send_full(chunk.last);
  if (answer->acknowledged < chunk.last) {
    Note(LinkState::kAway, "the console did not store all of a batch");
    return backoff.Next();
  }
  Note(LinkState::kConnected, "");
  backoff.Reset();
  refusals_ = 0;
  records_at_once_ = std::min(options_.batch_records, records_at_once_ * 4);
  changed_.notify_all();
  return milliseconds(0);
}

milliseconds Uplink::SendOnce(Backoff& backoff) {
  constexpr milliseconds kIdle{60'000};
  constexpr std::size_t kLarge = 256U << 10U;
  if (auto synced = spool_.Sync(); !synced) {
    Note(LinkState::kAway, synced.error().message);
    return backoff.Next();
  }
  auto chunk = spool_.Read(std::max(spool_.acknowledged(), skipped_), options_.batch_bytes, records_at_once_);
  if (!chunk) {
    Note(LinkState::kAway, chunk.error().message);
    return backoff.Next();
  }
  if (chunk->records == 0) return kIdle;
  net::HttpRequest request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-ndjson"}, {"Content-Encoding", "zstd"}};
  request.body = CompressZstd(wire::BatchHeader(spool_.epoch()) + chunk->lines);
  chunk->lines.clear();
  chunk->lines.shrink_to_fit();
  request.max_body_bytes = 1U << 20U;
  constexpr int kStall = 120;  // a console at work on a large batch says nothing
  request.stall_timeout_seconds = kStall;
  bool large = request.body.size() > kLarge;
  auto response = send_client_.Fetch(std::move(request), "/sensor/v1/batches");
  if (large) ::malloc_trim(0);  // what a whole scan took is not needed again soon
  if (!response) {
    Note(LinkState::kAway, response.error().message);
    return backoff.Next();
  }
  return Take(*response, *chunk, backoff);
}

void Uplink::SendLoop() {
  NameThread("weir-send");
  Backoff backoff(options_.retry_first, options_.retry_most);
  std::uint64_t seen = 0;
  while (!stopping_) {
    milliseconds pause = SendOnce(backoff);
    if (pause.count() == 0) continue;
    bool idle = state_ == LinkState::kConnected || spool_.acknowledged() >= spool_.last_sequence();
    if (idle) {
      Sleep(pause, seen, records_signal_);
    } else {
      // New records are no reason to try a console sooner that is not there.
      Pause(pause);
    }
  }
}

void Uplink::RenewIfDue() {
  auto identity = identity_.get();
  std::int64_t now = options_.now_ms() / 1000;
  std::int64_t due = identity->not_before + (identity->not_after - identity->not_before) * 2 / 3;
  if (now < due || options_.now_ms() < next_renewal_ms_) return;
  constexpr std::int64_t kRetryMs = 300'000;
  next_renewal_ms_ = options_.now_ms() + kRetryMs;
  auto renewed = Renew(*identity, options_.version);
  Result<void> stored = renewed ? identity_.Store(std::move(*renewed)) : Result<void>(Err(renewed.error()));
  if (stored) {
    next_renewal_ms_ = 0;
    Log(LogLevel::kInfo, "sensor.certificate_renewed", {});
    return;
  }
  std::string left = std::to_string(std::max<std::int64_t>(0, identity->not_after - now) / 3600) + " h";
  Log(LogLevel::kWarn, "sensor.renewal_failed", {{"error", stored.error().message}, {"left", left}});
}

void Uplink::StatusLoop() {
  NameThread("weir-status");
  std::uint64_t seen = 0;
  Backoff backoff(options_.status_interval, std::max(options_.status_interval, options_.retry_most));
  while (!stopping_) {
    RenewIfDue();
    net::HttpRequest request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = wire::ToJson(callbacks_.status());
    request.max_body_bytes = 64U << 10U;
    constexpr int kTimeout = 20;
    request.total_timeout_seconds = kTimeout;
    auto response = status_client_.Fetch(std::move(request), "/sensor/v1/status");
    milliseconds pause = scanning_ ? options_.scanning_interval : options_.status_interval;
    if (response && response->status < 300) {
      backoff.Reset();
      // After a pause of the sending thread, which may be long: the console is there again.
      if (state_ != LinkState::kConnected && spool_.acknowledged() >= spool_.last_sequence())
        Note(LinkState::kConnected, "");
    } else {
      pause = backoff.Next();
      if (response && IsRevocation(response->status)) Note(LinkState::kRevoked, StatusText(*response));
      if (!response && spool_.acknowledged() >= spool_.last_sequence())
        Note(LinkState::kAway, response.error().message);
      if (state_ == LinkState::kRevoked) pause = options_.revoked_pause;
    }
    Sleep(pause, seen, status_signal_);
  }
}

bool Uplink::FetchRules(const std::string& digest) {
  if (!callbacks_.wants_rules || !callbacks_.wants_rules(digest)) return true;
  net::HttpRequest request;
  constexpr int kSeconds = 40;  // less than the line of commands may be silent
  request.total_timeout_seconds = kSeconds;
  request.max_body_bytes = 256U << 20U;
  auto response = rules_client_.Fetch(std::move(request), "/sensor/v1/rules");
  Result<void> taken;
  if (!response) {
    taken = Err(response.error());
  } else if (response->status != 200) {
    taken = Err(Code::kUnavailable, StatusText(*response));
  } else {
    taken = callbacks_.take_rules(response->body);
  }
  if (!taken) Log(LogLevel::kWarn, "sensor.rules", {{"error", taken.error().message}});
  return taken.has_value();
}

void Uplink::CommandLoop() {
  NameThread("weir-commands");
  Backoff backoff(options_.retry_first, options_.retry_most);
  std::string last_id;
  while (!stopping_) {
    net::EventReader reader;
    net::HttpRequest request;
    request.headers = {{"Accept", "text/event-stream"}};
    if (!last_id.empty()) request.headers.emplace_back("Last-Event-ID", last_id);
    constexpr int kStall = 50;  // the console sends a sign of life every 15 seconds
    request.stall_timeout_seconds = kStall;
    request.max_body_bytes = 1ULL << 40U;
    std::vector<net::ServerEvent> events;
    auto opened = std::chrono::steady_clock::now();
    auto response =
        command_client_.Fetch(std::move(request), "/sensor/v1/commands", [&](std::string_view bytes) {
          events.clear();
          if (!reader.Feed(bytes, events)) return false;
          for (const net::ServerEvent& event : events) {
            if (event.name != "command") continue;
            auto command = wire::ParseCommand(event.data, {});
            if (!command) {
              Log(LogLevel::kWarn, "sensor.bad_command", {{"error", command.error().message}});
              continue;
            }
            callbacks_.command(*command);
            // Without them the line is closed: they are told of again with the next one, after a pause.
            if (!command->rules_digest.empty() && !FetchRules(command->rules_digest)) return false;
          }
          return !stopping_.load();
        });
    if (!reader.last_id().empty()) last_id = reader.last_id();
    constexpr std::chrono::seconds kStood{10};
    if (std::chrono::steady_clock::now() - opened > kStood) backoff.Reset();
    milliseconds pause = backoff.Next();
    if (response && IsRevocation(response->status)) {
      Note(LinkState::kRevoked, StatusText(*response));
      pause = options_.revoked_pause;
    }
    Pause(pause);
  }
}

}  // namespace weir::sensor
