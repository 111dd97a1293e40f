#include "sensor/sensor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "sensor/change_watch.h"
#include "sensor/content_rules.h"
#include "sensor/host_facts.h"
#include "sensor/identity.h"
#include "sensor/observer.h"
#include "sensor/scan_service.h"
#include "sensor/spool.h"
#include "sensor/support.h"
#include "sensor/uplink.h"

namespace weir::sensor {
namespace {

using std::chrono::milliseconds;

std::uint64_t ResidentBytes() {
  auto text = ReadFile("/proc/self/statm", 256);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  NextPiece(rest, ' ');
  return ParseUint(NextPiece(rest, ' ')).value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double ProcessorSeconds() {
  double out = 0;
  for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      out += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return out;
}

UplinkOptions LinkSettings(const SensorOptions& options) {
  UplinkOptions out;
  out.version = options.version;
  out.retry_first = options.retry_first;
  out.retry_most = options.retry_most;
  out.status_interval = options.status_interval;
  out.now_ms = options.now_ms;
  return out;
}

/// Two sensors on one folder would number each other's records.
Result<UniqueFd> LockFolder(const std::string& folder) {
  std::string path = folder + "/lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Err(ErrnoError(errno, path));
  // One that was just killed may still be on its way out.
  constexpr int kTries = 30;
  constexpr milliseconds kPause{100};
  for (int i = 0; i < kTries; ++i) {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    std::this_thread::sleep_for(kPause);
  }
  return Err(Code::kUnavailable, "another sensor runs with " + folder + " (--data-dir names another place)");
}

}  // namespace

class Sensor::Impl {
 public:
  explicit Impl(SensorOptions options)
      : options_(std::move(options)),
        folder_(std::filesystem::absolute(options_.data_dir).lexically_normal().string() + "/sensor"),
        identity_(folder_ + "/identity.json"),
        content_rules_(folder_) {
    if (!options_.now_ms) options_.now_ms = SystemNowMs;
  }
  ~Impl() { Stop(milliseconds(0)); }

  Result<void> Start() {
    for (const char* name : {"", "/assets", "/work", "/cache"}) WEIR_TRY(MakePrivateFolder(folder_ + name));
    WEIR_ASSIGN(lock_, LockFolder(folder_));
    host_ = ReadHostFacts(options_.discovery, options_.name, options_.labels, options_.version);
    WEIR_TRY(BecomeKnown());
    WEIR_ASSIGN(spool_, Spool::Open({folder_ + "/spool", options_.spool_max_bytes}));
    // To whom it is new, nothing was told yet.
    if (enrolled_now_ && spool_->last_sequence() > 0) WEIR_TRY(spool_->StartNewEpoch());
    UplinkCallbacks link;
    link.send_full = [this](std::uint64_t sequence) { WantFull(sequence); };
    link.command = [this](const wire::Command& command) { Obey(command); };
    link.status = [this] { return StatusMessage(); };
    // What another console said is not for this one: its key makes other fingerprints.
    std::error_code ignored;
    if (enrolled_now_) std::filesystem::remove(folder_ + "/content.json", ignored);
    content_rules_.Load();
    link.wants_rules = [this](const std::string& digest) { return digest != content_rules_.digest(); };
    link.take_rules = [this](std::string_view text) -> Result<void> {
      WEIR_TRY(content_rules_.Take(text));
      scans_->ScanAll("rules");
      return {};
    };
    uplink_ = std::make_unique<Uplink>(LinkSettings(options_), identity_, *spool_, std::move(link));
    ScanServiceCallbacks scans;
    scans.spooled = [this] { uplink_->Wake(); };
    scans.working = [this](bool scanning) { uplink_->StatusChanged(scanning); };
    scans.watch = [this](const wire::AssetRef& asset, const std::vector<std::string>& paths) {
      std::lock_guard lock(watch_mutex_);
      to_watch_[asset] = paths;
    };
    scans.content = [this] {
      return content_rules_.Setup(options_.scanners, options_.rules, options_.clamd_socket,
                                  options_.process_memory);
    };
    scans_ = std::make_unique<ScanService>(options_, folder_, host_.name, *spool_, std::move(scans));
    uplink_->Start();
    scans_->Start();
    discovery_ = std::thread([this] { DiscoveryLoop(); });
    watcher_ = std::thread([this] { WatchLoop(); });
    return {};
  }

  void Stop(milliseconds wait) {
    {
      std::lock_guard lock(stop_mutex_);
      if (stopping_) return;
      stopping_ = true;
    }
    stop_.notify_all();
    if (discovery_.joinable()) discovery_.join();
    if (watcher_.joinable()) watcher_.join();
    if (scans_) scans_->Stop();
    if (spool_) static_cast<void>(spool_->Sync());
    if (uplink_) uplink_->Stop(wait);
  }

  SensorStatus status() const {
    SensorStatus out;
    out.sensor_id = identity_.get()->sensor_id;
    out.link = uplink_->state();
    out.link_error = uplink_->error();
    out.sequence = spool_->last_sequence();
    out.acknowledged = spool_->acknowledged();
    out.spool_bytes = spool_->waiting_bytes();
    out.dropped_records = spool_->dropped_records();
    scans_->Count(out);
    return out;
  }

  bool RequestScan(const wire::AssetRef& asset, const std::string& job_id) {
    return scans_->Request(asset, job_id);
  }

 private:
  /// Loads the certificate or enrols for one. A token that is not the one enrolled with means to enrol anew:
  /// at another console, or after this one had revoked the certificate.
  Result<void> BecomeKnown() {
    Result<void> loaded = identity_.Load();
    if (!loaded && loaded.error().code != Code::kNotFound) return Err(loaded.error());
    if (loaded && !WantsAnew(*identity_.get())) return CheckKnown(*identity_.get());
    if (options_.token.empty())
      return Err(Code::kInvalidArgument,
                 "this host is not enrolled yet: give the enrolment token that the console made");
    std::string console = options_.console_url;
    if (console.empty()) return Err(Code::kInvalidArgument, "which console? (--console URL)");
    WEIR_ASSIGN(Identity identity, Enrol({console, options_.token, options_.version, host_}));
    Log(LogLevel::kInfo, "sensor.enrolled", {{"id", identity.sensor_id}, {"console", identity.console}});
    enrolled_now_ = true;
    return identity_.Store(std::move(identity));
  }

  bool WantsAnew(const Identity& known) const {
    auto token = wire::ParseEnrolToken(options_.token);
    return token && token->id != known.token_id;
  }

  Result<void> CheckKnown(const Identity& known) {
    if (options_.now_ms() / 1000 >= known.not_after)
      return Err(Code::kUnauthenticated,
                 "this sensor's certificate has expired: enrol again with a new token");
    if (options_.console_url.empty()) return {};
    WEIR_ASSIGN(std::string console, ConsoleAddress(options_.console_url));
    if (console == known.console) return {};
    Identity moved = known;
    moved.console = console;
    return identity_.Store(std::move(moved));
  }

  bool Wait(milliseconds pause) {
    std::unique_lock lock(stop_mutex_);
    return !stop_.wait_for(lock, pause, [this] { return stopping_.load(); });
  }

  void DiscoveryLoop() {
    NameThread("weir-discovery");
    Observer observer(options_);
    Inventory inventory;
    std::int64_t told_ms = 0;
    bool untold = true;
    do {
      std::int64_t now = options_.now_ms();
      TakeLosses();
      bool changed = observer.Look(now);
      untold = untold || changed;
      if (observer.looked_at_containers()) {
        scans_->SetContainers(observer.containers());
        WatchRoots(observer.containers());
      }
      if (observer.looked_at_images()) scans_->SetImages(observer.images());
      if (changed) scans_->SetRunning(observer.Running(now));
      bool full = full_inventory_.load();
      if ((untold && now - told_ms >= TellEveryMs(now)) || full) {
        if (Tell(observer, inventory, now, full)) told_ms = now;
        untold = false;
      }
    } while (Wait(options_.process_interval));
    // The last word before a clean end.
    if (observer.Look(options_.now_ms())) Tell(observer, inventory, options_.now_ms(), full_inventory_);
  }

  /// While the console is away nobody looks, and what is told less often is less to keep.
  std::int64_t TellEveryMs(std::int64_t now) const {
    constexpr std::int64_t kMinute = 60'000, kRarely = 10'000;
    std::int64_t since = uplink_->away_since_ms();
    if (since == 0 || now - since < kMinute) return 0;
    return now - since < 10 * kMinute ? kRarely : kMinute;
  }

  bool Tell(Observer& observer, Inventory& inventory, std::int64_t now, bool full) {
    auto record = inventory.Next(observer.Observe(now), now, full);
    if (!record) return false;
    auto written = spool_->Append(SpoolKind::kInventory, wire::RecordText(*record));
    if (!written) {
      Log(LogLevel::kError, "sensor.spool", {{"error", written.error().message}});
      full_inventory_ = true;
      return false;
    }
    if (full) full_inventory_ = false;
    uplink_->Wake();
    return true;
  }

  /// What the spool had to drop is told anew.
  void TakeLosses() {
    Spool::Lost lost = spool_->TakeLost();
    if (lost.inventory) full_inventory_ = true;
    // Usage is told with a scan; a difference to a lost one would be to nothing.
    if (lost.scans || lost.usage) scans_->SendFull("resend");
  }

  void WantFull(std::uint64_t sequence) {
    // One answer for all records that were written before the last time.
    std::uint64_t until = full_until_.load();
    if (sequence <= until && sequence != UINT64_MAX) return;
    full_until_ = spool_->last_sequence();
    full_inventory_ = true;
    scans_->SendFull("resend");
  }

  void Obey(const wire::Command& command) {
    if (command.kind == "scan") {
      scans_->Request(command.asset, command.job_id);
    } else if (command.kind == "settings") {
      if (command.scan_interval_seconds > 0)
        scans_->SetInterval(std::chrono::seconds(command.scan_interval_seconds));
    } else if (command.kind == "resend") {
      WantFull(UINT64_MAX);
    } else {
      Log(LogLevel::kWarn, "sensor.unknown_command", {{"kind", command.kind}});
    }
  }

  wire::Status StatusMessage() const {
    wire::Status out;
    out.sent_at = Rfc3339(options_.now_ms());
    out.sensor_version = options_.version;
    out.scans = scans_->progress();
    out.spool_records = spool_->waiting_records();
    out.spool_bytes = spool_->waiting_bytes();
    out.dropped_records = spool_->dropped_records();
    out.resident_bytes = ResidentBytes();
    out.processor_seconds = ProcessorSeconds();
    return out;
  }

  /// Where to find the files of each container now.
  void WatchRoots(const std::vector<model::Container>& containers) {
    std::lock_guard lock(watch_mutex_);
    roots_.clear();
    roots_[{}] = options_.discovery.host_root;
    for (const model::Container& container : containers)
      if (container.pid != 0)
        roots_[{model::AssetKind::kContainer, container.id}] =
            options_.discovery.proc_root + "/" + std::to_string(container.pid) + "/root";
  }

  void WatchLoop() {
    NameThread("weir-watch");
    ChangeWatch watch;
    std::map<wire::AssetRef, std::vector<std::string>> paths;
    while (Wait(options_.watch_interval)) {
      {
        std::lock_guard lock(watch_mutex_);
        for (auto& [asset, list] : to_watch_) paths[asset] = std::move(list);
        to_watch_.clear();
        for (auto at = paths.begin(); at != paths.end();) {
          auto root = roots_.find(at->first);
          if (root == roots_.end()) {
            watch.Forget(at->first);
            at = at->first.kind == model::AssetKind::kHost ? std::next(at) : paths.erase(at);
            continue;
          }
          watch.Set(at->first, root->second, at->second);
          ++at;
        }
      }
      for (const ChangeWatch::Change& change : watch.Look(options_.now_ms()))
        scans_->Changed(change.asset, change.path);
    }
  }

  SensorOptions options_;
  const std::string folder_;
  UniqueFd lock_;
  IdentityFile identity_;
  ContentRulesFile content_rules_;
  wire::HostFacts host_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Uplink> uplink_;
  std::unique_ptr<ScanService> scans_;
  bool enrolled_now_ = false;
  std::atomic<bool> full_inventory_{true};
  std::atomic<std::uint64_t> full_until_{0};

  std::mutex watch_mutex_;  // guards the two below
  std::map<wire::AssetRef, std::vector<std::string>> to_watch_;
  std::map<wire::AssetRef, std::string> roots_;

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  std::atomic<bool> stopping_{false};
  std::thread discovery_, watcher_;
};

Sensor::Sensor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sensor::~Sensor() = default;

Result<std::unique_ptr<Sensor>> Sensor::Start(SensorOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  WEIR_TRY(impl->Start());
  return std::unique_ptr<Sensor>(new Sensor(std::move(impl)));
}

SensorStatus Sensor::status() const { return impl_->status(); }
bool Sensor::RequestScan(const wire::AssetRef& asset, const std::string& job_id) {
  return impl_->RequestScan(asset, job_id);
}
void Sensor::Stop(milliseconds wait) { impl_->Stop(wait); }

}  // namespace weir::sensor
