// The line to the console: sends what the spool has, in order and until it is
// acknowledged; tells the status; hears commands; renews the certificate.
//
// Threads: three of its own between Start and Stop. All public functions are safe
// from every thread; callbacks come on these threads and must not call Stop.
// A console that is away is tried again with growing, jittered pauses, or when it
// says (Retry-After). One that no longer wants this sensor is asked every ten minutes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "net/http_client.h"
#include "sensor/identity.h"
#include "sensor/sensor.h"
#include "sensor/spool.h"
#include "wire/messages.h"

namespace weir::sensor {

struct UplinkOptions {
  std::string version;
  std::chrono::milliseconds retry_first{500}, retry_most{60'000};
  std::chrono::milliseconds revoked_pause{600'000};
  std::chrono::milliseconds status_interval{10'000}, scanning_interval{250};
  std::size_t batch_bytes = 4U << 20U, batch_records = 1'000;
  std::function<std::int64_t()> now_ms;
};

struct UplinkCallbacks {
  /// The console wants whole records: it did not know the base of one up to SEQUENCE.
  std::function<void(std::uint64_t sequence)> send_full;
  std::function<void(const wire::Command&)> command;  // any but those handled here
  std::function<wire::Status()> status;
  /// Whether rules of this digest are others than those that are known here, and the rules then.
  std::function<bool(const std::string& digest)> wants_rules;
  std::function<Result<void>(std::string_view text)> take_rules;
};

/// Growing pauses with jitter.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most) : first_(first), most_(most) {}
  std::chrono::milliseconds Next();
  void Reset() { failures_ = 0; }

 private:
  std::chrono::milliseconds first_, most_;
  unsigned failures_ = 0;
};

/// A client that follows the identity when it is renewed.
class LinkClient {
 public:
  LinkClient(const IdentityFile& identity, std::string version)
      : identity_(identity), version_(std::move(version)) {}
  /// PATH below the sensor's host. One thread.
  Result<net::HttpResponse> Fetch(net::HttpRequest request, const std::string& path,
                                  const std::function<bool(std::string_view)>& sink = {});
  /// Ends this and every later Fetch; from every thread.
  void Cancel();

 private:
  const IdentityFile& identity_;
  const std::string version_;
  std::shared_ptr<const Identity> used_;
  std::mutex mutex_;  // guards the two below
  std::unique_ptr<net::HttpClient> client_;
  bool cancelled_ = false;
};

class Uplink {
 public:
  Uplink(UplinkOptions options, IdentityFile& identity, Spool& spool, UplinkCallbacks callbacks);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void Start();
  /// Sends what is left for up to WAIT, if the console is there, then ends.
  void Stop(std::chrono::milliseconds wait);
  /// There are new records.
  void Wake();
  /// A status is worth sending soon: a scan goes on.
  void StatusChanged(bool scanning);
  LinkState state() const { return state_.load(); }
  std::string error() const;
  /// Since when the console has not been heard of; 0 while it is there.
  std::int64_t away_since_ms() const { return away_since_ms_.load(); }

 private:
  void SendLoop();
  void StatusLoop();
  void CommandLoop();
  /// What to do next: at once, or after a pause.
  std::chrono::milliseconds SendOnce(Backoff& backoff);
  std::chrono::milliseconds Take(const net::HttpResponse& response, const Spool::Chunk& chunk,
                                 Backoff& backoff);
  std::chrono::milliseconds Refused(const Spool::Chunk& chunk, const std::string& why, Backoff& backoff);
  void RenewIfDue();
  /// False where they are wanted and could not be had.
  bool FetchRules(const std::string& digest);
  /// Until the signal differs from SEEN, which becomes what it is then.
  void Sleep(std::chrono::milliseconds pause, std::uint64_t& seen, const std::uint64_t& signal);
  void Pause(std::chrono::milliseconds pause);
  void Note(LinkState state, const std::string& error);

  const UplinkOptions options_;
  IdentityFile& identity_;
  Spool& spool_;
  const UplinkCallbacks callbacks_;
  LinkClient send_client_, status_client_, command_client_, rules_client_;

  std::atomic<LinkState> state_{LinkState::kConnecting};
  std::atomic<std::int64_t> away_since_ms_{0};
  std::atomic<bool> stopping_{false}, scanning_{false};
  mutable std::mutex mutex_;  // guards the four below
  std::condition_variable changed_;
  std::string error_;
  std::uint64_t records_signal_ = 0, status_signal_ = 0;

  // Of the sending thread.
  std::uint64_t skipped_ = 0;
  std::size_t records_at_once_;
  int refusals_ = 0;
  std::int64_t next_renewal_ms_ = 0;  // of the status thread

  std::thread sender_, teller_, hearer_;
};

}  // namespace weir::sensor
