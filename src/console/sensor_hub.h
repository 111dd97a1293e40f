// Sensors as they are now: who is there, what it is doing, and the way to tell it
// what to do.
//
// Threading: safe from every thread. Never called inside a store transaction.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "console/answer.h"
#include "net/http_server.h"
#include "store/assets.h"
#include "store/sensors.h"
#include "store/store.h"
#include "wire/messages.h"

namespace weir::console {

class EventHub;

/// A scan that a sensor says it is running.
struct RunningScan {
  std::string sensor;
  wire::ScanProgress progress;
  store::AssetId asset = 0;  // 0: not known yet
};

class SensorHub {
 public:
  SensorHub(store::Store& store, EventHub& events) : store_(store), events_(events) {}

  /// Whether the sensor that a certificate names is one of ours and not revoked.
  tl::expected<void, Problem> CheckCertificate(const net::PeerCertificate& peer);
  void Seen(const std::string& sensor, const std::string& address);
  Result<void> TakeStatus(const std::string& sensor, const std::string& address, wire::Status status);
  /// Sends SETTINGS and the open jobs, then what comes.
  void OpenCommands(const std::string& sensor, const std::string& address, const wire::Command& settings,
                    const net::Responder& responder);
  /// Tells SENSOR of its jobs that it was not told of.
  void SendJobs(const std::string& sensor);
  void SendToAll(const wire::Command& command);
  void Revoke(const std::string& sensor);
  /// A scan has ended: it is running no more, whatever the last status said.
  void ScanEnded(const std::string& sensor, const std::string& scan_id);

  bool IsOnline(const std::string& sensor) const;
  std::string AddressOf(const std::string& sensor) const;
  std::vector<RunningScan> RunningScans() const;
  std::size_t online() const;
  /// Tells pages of sensors that have gone silent; about every 10 s.
  void CheckSilent();

 private:
  struct State {
    std::string address;
    store::TimeMs seen = 0, stored = 0;
    std::shared_ptr<net::EventStream> commands;
    std::vector<RunningScan> scans;
    std::set<std::int64_t> sent_jobs;     // on the present stream
    std::set<std::int64_t> running_jobs;  // that the store knows of as running
    bool told_online = false;
  };
  bool IsOnlineLocked(const State& state) const;
  Result<void> NoteRunning(const std::string& sensor, const std::vector<RunningScan>& scans);
  void TellPages(const std::string& sensor, bool online);

  store::Store& store_;
  EventHub& events_;
  mutable std::mutex mutex_;  // guards sensors_
  std::map<std::string, State, std::less<>> sensors_;
};

/// The key of an asset as the store has it: a sensor's own are joined with its id.
std::string AssetKey(std::string_view sensor, const wire::AssetRef& ref);
/// The other way round.
wire::AssetRef RefOf(const store::Asset& asset);
/// The state of a job in the words of the interface.
std::string_view JobWord(store::JobState state);

}  // namespace weir::console
