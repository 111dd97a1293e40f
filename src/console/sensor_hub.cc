#include "console/sensor_hub.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "console/event_hub.h"
#include "console/time_text.h"
#include "net/event_reader.h"

namespace weir::console {
namespace {

constexpr store::TimeMs kOnlineMs = 90'000, kStoreSeenMs = 60'000;

std::string CommandEvent(const wire::Command& command) {
  return net::FormatEvent("command", {}, wire::ToJson(command));
}

Json ScanEvent(const RunningScan& scan) {
  const wire::ScanProgress& p = scan.progress;
  Json json = {{"scan_id", p.scan_id}, {"asset_name", p.name}, {"state", "running"}, {"phase", p.phase}};
  if (scan.asset != 0) json["asset_id"] = std::to_string(scan.asset);
  json["files"] = p.files;
  if (p.fraction >= 0) json["fraction"] = p.fraction;
  return json;
}

}  // namespace

std::string AssetKey(std::string_view sensor, const wire::AssetRef& ref) {
  switch (ref.kind) {
    case model::AssetKind::kHost:
      return std::string(sensor);
    case model::AssetKind::kContainer:
      return std::string(sensor) + "/" + ref.key;
    default:
      return ref.key;
  }
}

wire::AssetRef RefOf(const store::Asset& asset) {
  wire::AssetRef ref{asset.kind, {}};
  if (asset.kind == model::AssetKind::kContainer) ref.key = asset.key.substr(asset.key.find('/') + 1);
  if (asset.kind == model::AssetKind::kImage) ref.key = asset.key;
  return ref;
}

std::string_view JobWord(store::JobState state) {
  constexpr std::string_view kWords[] = {"queued", "sent", "running", "done", "failed", "cancelled"};
  return kWords[static_cast<std::size_t>(state)];
}

tl::expected<void, Problem> SensorHub::CheckCertificate(const net::PeerCertificate& peer) {
  auto sensor = store_.Read([&](store::Reader& r) { return store::GetSensor(r, peer.common_name); });
  if (!sensor && sensor.error().code == Code::kNotFound)
    return Refuse(403, "permission-denied", "this sensor is not known here: enrol it again");
  if (!sensor) return tl::unexpected<Problem>(sensor.error());
  if (sensor->revoked) return Refuse(403, "permission-denied", "this sensor was revoked");
  return {};
}

bool SensorHub::IsOnlineLocked(const State& state) const {
  return state.commands != nullptr || store_.Now() - state.seen < kOnlineMs;
}

void SensorHub::TellPages(const std::string& sensor, bool online) {
  auto row = store_.Read([&](store::Reader& r) { return store::GetSensor(r, sensor); });
  Json json = {{"sensor_id", sensor}, {"state", online ? "online" : "offline"}};
  if (row) {
    json["host_name"] = row->name;
    if (row->host != 0) json["asset_id"] = std::to_string(row->host);
  }
  events_.Broadcast("sensor", std::move(json));
}

void SensorHub::Seen(const std::string& sensor, const std::string& address) {
  bool came = false;
  {
    std::lock_guard lock(mutex_);
    State& state = sensors_[sensor];
    state.seen = store_.Now();
    state.address = address;
    came = !std::exchange(state.told_online, true);
  }
  if (came) TellPages(sensor, true);
}

Result<void> SensorHub::TakeStatus(const std::string& sensor, const std::string& address,
                                   wire::Status status) {
  Seen(sensor, address);
  if (status.scans.size() > 64) status.scans.resize(64);
  std::vector<RunningScan> scans;
  bool store_it = false;
  WEIR_TRY(store_.Read([&](store::Reader& r) -> Result<void> {
    for (wire::ScanProgress& progress : status.scans) {
      RunningScan scan{sensor, progress, 0};
      WEIR_ASSIGN(auto asset, store::FindAsset(r, progress.asset.kind, AssetKey(sensor, progress.asset)));
      scan.asset = asset.value_or(0);
      scans.push_back(std::move(scan));
    }
    return {};
  }));
  {
    std::lock_guard lock(mutex_);
    State& state = sensors_[sensor];
    state.scans = scans;
    store_it = store_.Now() - state.stored > kStoreSeenMs;
    if (store_it) state.stored = store_.Now();
  }
  for (const RunningScan& scan : scans) events_.Broadcast("scan", ScanEvent(scan));
  WEIR_TRY(NoteRunning(sensor, scans));
  if (store_it) {
    Json kept = Json::parse(wire::ToJson(status), nullptr, false);
    kept["address"] = address;
    std::string text = kept.dump(-1, ' ', false, Json::error_handler_t::replace);
    WEIR_TRY(store_.Write([&](store::Transaction& t) { return store::SetSensorSeen(t, sensor, text); }));
  }
  return {};
}

/// Jobs whose scan has begun.
Result<void> SensorHub::NoteRunning(const std::string& sensor, const std::vector<RunningScan>& scans) {
  std::vector<std::int64_t> begun;
  {
    std::lock_guard lock(mutex_);
    std::set<std::int64_t>& known = sensors_[sensor].running_jobs;
    std::set<std::int64_t> running;
    for (const RunningScan& scan : scans) {
      std::string_view trigger = scan.progress.trigger;
      if (!trigger.starts_with("job:") || scan.progress.phase == "waiting") continue;
      std::optional<std::uint64_t> id = ParseUint(trigger.substr(4));
      if (!id || *id > (std::uint64_t{1} << 62U)) continue;
      running.insert(static_cast<std::int64_t>(*id));
      if (!known.contains(static_cast<std::int64_t>(*id))) begun.push_back(static_cast<std::int64_t>(*id));
    }
    known = std::move(running);
  }
  if (begun.empty()) return {};
  return store_.Write([&](store::Transaction& t) -> Result<void> {
    for (std::int64_t id : begun) {
      auto job = store::GetJob(t, id);
      if (!job || job->sensor != sensor || job->state >= store::JobState::kRunning) continue;
      WEIR_TRY(store::SetJobState(t, id, store::JobState::kRunning, {}, 0));
      WEIR_TRY(events_.Emit(t, "job", {{"job_id", std::to_string(id)}, {"state", "running"}}));
    }
    return {};
  });
}

void SensorHub::OpenCommands(const std::string& sensor, const std::string& address,
                             const wire::Command& settings, const net::Responder& responder) {
  std::shared_ptr<net::EventStream> stream = responder.StartEventStream();
  if (stream == nullptr) return;
  std::shared_ptr<net::EventStream> before;
  {
    std::lock_guard lock(mutex_);
    State& state = sensors_[sensor];
    before = std::exchange(state.commands, stream);
    state.sent_jobs.clear();
  }
  if (before != nullptr) before->Close();
  Seen(sensor, address);
  // The stream may outlive its place here: only the one that is still in place counts as gone.
  stream->OnClose([this, sensor, closed = std::weak_ptr<net::EventStream>(stream)] {
    std::shared_ptr<net::EventStream> mine = closed.lock();
    std::lock_guard lock(mutex_);
    auto it = sensors_.find(sensor);
    if (it == sensors_.end() || (mine != nullptr && it->second.commands != mine)) return;
    it->second.commands = nullptr;
    it->second.seen =
        std::min(it->second.seen, store_.Now() - kOnlineMs + 15'000);  // offline soon, not at once
  });
  stream->Send(CommandEvent(settings));
  SendJobs(sensor);
}

void SensorHub::SendJobs(const std::string& sensor) {
  struct Work {
    store::Job job;
    store::Asset asset;
  };
  std::vector<Work> open;
  auto read = store_.Read([&](store::Reader& r) -> Result<void> {
    WEIR_ASSIGN(std::vector<store::Job> jobs, store::OpenJobs(r, sensor));
    for (store::Job& job : jobs)
      if (auto asset = store::GetAsset(r, job.asset)) open.push_back({std::move(job), std::move(*asset)});
    return {};
  });
  if (!read) return;
  std::vector<std::int64_t> sent;
  std::string text;
  std::shared_ptr<net::EventStream> commands;
  {
    std::lock_guard lock(mutex_);
    auto it = sensors_.find(sensor);
    if (it == sensors_.end() || it->second.commands == nullptr) return;
    commands = it->second.commands;
    for (const Work& work : open) {
      if (!it->second.sent_jobs.insert(work.job.id).second) continue;
      wire::Command command;
      command.kind = "scan";
      command.job_id = std::to_string(work.job.id);
      command.asset = RefOf(work.asset);
      text += CommandEvent(command);
      if (work.job.state == store::JobState::kWaiting) sent.push_back(work.job.id);
    }
  }
  // Outside the lock: sending may find the stream closed, and closing asks for the lock.
  if (!text.empty() && !commands->Send(text)) return;
  if (sent.empty()) return;
  auto written = store_.Write([&](store::Transaction& t) -> Result<void> {
    for (std::int64_t id : sent) {
      WEIR_ASSIGN(store::Job job, store::GetJob(t, id));
      if (job.state != store::JobState::kWaiting) continue;
      WEIR_TRY(store::SetJobState(t, id, store::JobState::kSent, {}, 0));
      WEIR_TRY(events_.Emit(t, "job", {{"job_id", std::to_string(id)}, {"state", "sent"}}));
    }
    return {};
  });
  if (!written) Log(LogLevel::kError, "jobs.failed", {{"error", written.error().message}});
}

void SensorHub::SendToAll(const wire::Command& command) {
  std::vector<std::shared_ptr<net::EventStream>> streams;
  {
    std::lock_guard lock(mutex_);
    for (auto& [sensor, state] : sensors_)
      if (state.commands != nullptr) streams.push_back(state.commands);
  }
  std::string text = CommandEvent(command);
  for (const auto& stream : streams) stream->Send(text);
}

void SensorHub::Revoke(const std::string& sensor) {
  std::shared_ptr<net::EventStream> stream;
  {
    std::lock_guard lock(mutex_);
    auto it = sensors_.find(sensor);
    if (it == sensors_.end()) return;
    stream = it->second.commands;
    sensors_.erase(it);
  }
  if (stream != nullptr) stream->Close();
}

void SensorHub::ScanEnded(const std::string& sensor, const std::string& scan_id) {
  std::lock_guard lock(mutex_);
  if (auto it = sensors_.find(sensor); it != sensors_.end())
    std::erase_if(it->second.scans,
                  [&](const RunningScan& scan) { return scan.progress.scan_id == scan_id; });
}

bool SensorHub::IsOnline(const std::string& sensor) const {
  std::lock_guard lock(mutex_);
  auto it = sensors_.find(sensor);
  return it != sensors_.end() && IsOnlineLocked(it->second);
}

std::string SensorHub::AddressOf(const std::string& sensor) const {
  std::lock_guard lock(mutex_);
  auto it = sensors_.find(sensor);
  return it == sensors_.end() ? std::string() : it->second.address;
}

std::vector<RunningScan> SensorHub::RunningScans() const {
  std::lock_guard lock(mutex_);
  std::vector<RunningScan> scans;
  for (const auto& [sensor, state] : sensors_)
    if (IsOnlineLocked(state)) scans.insert(scans.end(), state.scans.begin(), state.scans.end());
  return scans;
}

std::size_t SensorHub::online() const {
  std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [sensor, state] : sensors_) count += IsOnlineLocked(state) ? 1U : 0U;
  return count;
}

void SensorHub::CheckSilent() {
  std::vector<std::string> silent;
  {
    std::lock_guard lock(mutex_);
    for (auto& [sensor, state] : sensors_)
      if (state.told_online && !IsOnlineLocked(state)) {
        state.told_online = false;
        state.scans.clear();
        silent.push_back(sensor);
      }
  }
  for (const std::string& sensor : silent) TellPages(sensor, false);
}

}  // namespace weir::console
