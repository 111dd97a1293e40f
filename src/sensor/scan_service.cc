#include "sensor/scan_service.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "sensor/scan_child.h"
#include "sensor/support.h"

namespace weir::sensor {
namespace {

namespace fs = std::filesystem;
using model::AssetKind;

constexpr std::uint64_t kMaxRecordBytes = 512ULL << 20U;
constexpr std::int64_t kQuickMs = 10'000;  // a new listener is joined this soon after the last join
constexpr std::int64_t kSettleMs = 2'000;  // a program that starts has loaded its libraries by then
constexpr std::int64_t kMinorEveryMs = 600'000;
// Joins may take one part in so many of a processor, and use up at once what a quiet while has saved.
constexpr std::int64_t kUsageShare = 200, kSavedMs = 600'000;

ScanQueueOptions QueueOptions(const SensorOptions& options) {
  ScanQueueOptions out;
  out.interval_ms = std::chrono::milliseconds(options.scan_interval).count();
  return out;
}

/// How many files a walk of PATH may meet, for a progress bar.
std::uint64_t UsedInodes(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0 || info.f_files < info.f_ffree) return 0;
  return info.f_files - info.f_ffree;
}

/// Processor time of children that have ended.
double ChildSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

ScanSubject HostSubject(const std::string& name) {
  ScanSubject subject;
  subject.target = "host";
  subject.name = name;
  return subject;
}

ScanSubject ContainerSubject(const model::Container& container) {
  ScanSubject subject;
  subject.asset = {AssetKind::kContainer, container.id};
  subject.target = "container:" + container.id;
  subject.name = container.name.empty() ? container.id.substr(0, 12) : container.name;
  subject.image = container.image;
  subject.image_id = container.image_id;
  subject.labels = container.labels;
  return subject;
}

ScanSubject ImageSubject(const model::ImageInfo& image) {
  ScanSubject subject;
  subject.asset = {AssetKind::kImage, image.id};
  subject.target = image.runtime + "-image:" + image.id;
  subject.name = image.names.empty() ? image.id : image.names.front();
  subject.image = subject.name;
  return subject;
}

}  // namespace

ScanService::ScanService(const SensorOptions& options, std::string folder, std::string host_name,
                         Spool& spool, ScanServiceCallbacks callbacks)
    : options_(options),
      folder_(std::move(folder)),
      host_name_(std::move(host_name)),
      spool_(spool),
      callbacks_(std::move(callbacks)),
      queue_(QueueOptions(options), RandomFraction) {
  run_ = options_.run_scan;
  if (run_) return;
  const std::string group = "weir-scan-";
  Cgroup::RemoveStale(group);
  cgroup_ = std::make_unique<Cgroup>(group + std::to_string(::getpid()), options_.budget.processor_percent,
                                     options_.budget.memory_bytes);
  if (!cgroup_->remark().empty()) Log(LogLevel::kInfo, "sensor.cgroup", {{"remark", cgroup_->remark()}});
  run_ = [this](const ScanJob& job, const std::atomic<bool>& cancel,
                const std::function<void(const ScanReport&)>& progress) {
    return RunInChild(job, cgroup_.get(), cancel, progress);
  };
}

ScanService::~ScanService() { Stop(); }

std::int64_t ScanService::Now() const { return options_.now_ms(); }

std::string ScanService::StatePath(const wire::AssetRef& asset) const {
  return folder_ + "/assets/" + AssetFileName(asset) + ".state";
}

void ScanService::Start() {
  std::error_code ignored;
  // Results of a scan whose end nobody saw: was its record written? So its base goes, too.
  for (const auto& entry : fs::directory_iterator(folder_ + "/work", ignored)) {
    for (const auto& file : fs::directory_iterator(entry.path(), ignored))
      for (const char* suffix : {".state", ".usage"})
        fs::remove(folder_ + "/assets/" + file.path().stem().string() + suffix, ignored);
    fs::remove_all(entry.path(), ignored);
  }
  CleanFolders();
  {
    std::lock_guard lock(mutex_);
    started_ms_ = Now();
    if (options_.scan_host) AddAsset({}, HostSubject(host_name_), "start", true);
  }
  thread_ = std::thread([this] { Loop(); });
}

void ScanService::Stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

/// Holding the lock. SCAN_AGAIN: even where a scan of it is known, because it may have changed meanwhile.
void ScanService::AddAsset(const wire::AssetRef& asset, ScanSubject subject, const char* trigger,
                           bool scan_again) {
  auto [at, is_new] = assets_.try_emplace(asset);
  at->second.subject = std::move(subject);
  if (!is_new) return;
  struct stat info{};
  bool known = ::stat(StatePath(asset).c_str(), &info) == 0;
  at->second.scanned = known;
  queue_.Know(asset, known ? std::int64_t{info.st_mtim.tv_sec} * 1000 : Now());
  if (scan_again || !known) queue_.Add({asset, trigger, ""}, Now());
}

void ScanService::SetContainers(const std::vector<model::Container>& containers) {
  if (!options_.scan_containers) return;
  std::lock_guard lock(mutex_);
  const char* trigger = containers_known_ ? "new" : "start";
  containers_known_ = true;
  std::set<std::string_view> there;
  for (const model::Container& container : containers) {
    there.insert(container.id);
    AddAsset({AssetKind::kContainer, container.id}, ContainerSubject(container), trigger, true);
  }
  for (auto at = assets_.begin(); at != assets_.end();) {
    if (at->first.kind == AssetKind::kContainer && !there.contains(at->first.key)) {
      queue_.Forget(at->first);
      at = assets_.erase(at);
    } else {
      ++at;
    }
  }
  changed_.notify_all();
}

void ScanService::SetImages(const std::vector<model::ImageInfo>& images) {
  if (!options_.scan_images) return;
  std::lock_guard lock(mutex_);
  const char* trigger = images_known_ ? "new" : "start";
  images_known_ = true;
  std::set<std::string_view> there;
  for (const model::ImageInfo& image : images) {
    if (image.id.empty()) continue;
    there.insert(image.id);
    AddAsset({AssetKind::kImage, image.id}, ImageSubject(image), trigger, false);
  }
  for (auto at = assets_.begin(); at != assets_.end();) {
    if (at->first.kind == AssetKind::kImage && !there.contains(at->first.key)) {
      queue_.Forget(at->first);
      at = assets_.erase(at);
    } else {
      ++at;
    }
  }
  changed_.notify_all();
}

void ScanService::SetRunning(const std::map<wire::AssetRef, RunningMark>& running) {
  std::lock_guard lock(mutex_);
  for (auto& [ref, asset] : assets_) {
    auto found = running.find(ref);
    RunningMark mark = found == running.end() ? RunningMark{} : found->second;
    if (mark == asset.running) continue;
    asset.running = mark;
    asset.running_changed_ms = Now();
  }
  changed_.notify_all();
}

bool ScanService::Request(const wire::AssetRef& asset, const std::string& job_id) {
  std::lock_guard lock(mutex_);
  ScanRequest request{asset, job_id.empty() ? "asked" : "job:" + job_id, job_id};
  if (!assets_.contains(asset)) {
    TellFailure(
        request, NewJob(ScanJob::Kind::kScan, Now()), asset.key,
        {Code::kNotFound, "it is not on this host (any more), or this sensor does not scan its kind"});
    return false;
  }
  // A console that lost sight of us asks again for what is done or being done.
  if (!job_id.empty() && std::find(jobs_begun_.begin(), jobs_begun_.end(), job_id) != jobs_begun_.end())
    return true;
  bool added = queue_.Add(request, Now());
  changed_.notify_all();
  return added;
}

void ScanService::Changed(const wire::AssetRef& asset, const std::string& path) {
  std::lock_guard lock(mutex_);
  if (assets_.contains(asset)) queue_.Add({asset, "change: " + ToValidUtf8(path), ""}, Now());
  changed_.notify_all();
}

void ScanService::SetInterval(std::chrono::seconds interval) {
  std::lock_guard lock(mutex_);
  queue_.SetInterval(std::chrono::milliseconds(interval).count());
  changed_.notify_all();
}

void ScanService::ScanAll(const std::string& trigger) {
  std::lock_guard lock(mutex_);
  for (const auto& [ref, asset] : assets_) queue_.Add({ref, trigger, ""}, Now());
  changed_.notify_all();
}

void ScanService::DropStates() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ + "/assets", ignored))
    fs::remove(entry.path(), ignored);
}

void ScanService::SendFull(const std::string& trigger) {
  std::lock_guard lock(mutex_);
  ++generation_;
  DropStates();
  for (auto& [ref, asset] : assets_) {
    asset.scanned = false;
    queue_.Add({ref, trigger, ""}, Now());
  }
  changed_.notify_all();
}

std::vector<wire::ScanProgress> ScanService::progress() const {
  std::lock_guard lock(mutex_);
  std::vector<wire::ScanProgress> out = running_;
  constexpr std::size_t kMostShown = 100;
  for (const ScanRequest& request : queue_.requests()) {
    if (out.size() >= kMostShown) break;
    wire::ScanProgress waiting;
    waiting.asset = request.asset;
    waiting.trigger = request.trigger;
    waiting.phase = "waiting";
    if (auto found = assets_.find(request.asset); found != assets_.end())
      waiting.name = found->second.subject.name;
    out.push_back(std::move(waiting));
  }
  return out;
}

void ScanService::Count(SensorStatus& status) const {
  std::lock_guard lock(mutex_);
  status.scans_done = done_;
  status.scans_failed = failed_;
  status.scans_waiting = queue_.waiting();
  status.scans = running_;
  status.first_scan_done = host_scanned_ || !options_.scan_host;
}

ScanJob ScanService::NewJob(ScanJob::Kind kind, std::int64_t now) const {
  ScanJob job;
  job.kind = kind;
  job.scan_id = RandomHex(8);
  job.started_at = Rfc3339(now);
  job.state_folder = folder_ + "/assets";
  job.work_folder = folder_ + "/work/" + job.scan_id;
  job.cache_folder = folder_ + "/cache";
  job.exclude = options_.exclude;
  // What we keep ourselves changes with every scan.
  job.exclude.push_back(folder_.substr(folder_.find_first_not_of('/')) + "/**");
  if (callbacks_.content) job.content = callbacks_.content();
  job.budget = options_.budget;
  if (cgroup_) job.cgroups = cgroup_->member_files();
  job.parent = static_cast<std::uint32_t>(::getpid());
  return job;
}

std::optional<ScanService::Work> ScanService::NextScan(std::int64_t now) {
  // What this scan could not look for would have to be looked for by a second one in a moment.
  if (now - started_ms_ < options_.key_wait.count() && callbacks_.content &&
      callbacks_.content().waits_for_key)
    return std::nullopt;
  std::optional<ScanRequest> request = queue_.Next(now);
  if (!request) return std::nullopt;
  Work work{NewJob(ScanJob::Kind::kScan, now), request, generation_};
  work.job.trigger = request->trigger;
  auto found = assets_.find(request->asset);
  if (found == assets_.end()) return work;  // without a subject: told as failed
  Asset& asset = found->second;
  if (!request->job_id.empty()) {
    constexpr std::size_t kRemembered = 1'000;
    jobs_begun_.push_back(request->job_id);
    if (jobs_begun_.size() > kRemembered) jobs_begun_.pop_front();
  }
  work.job.subjects = {asset.subject};
  asset.joined = asset.running;
  asset.joined_ms = now;
  wire::ScanProgress progress;
  progress.scan_id = work.job.scan_id;
  progress.asset = request->asset;
  progress.name = asset.subject.name;
  progress.trigger = request->trigger;
  progress.started_at = work.job.started_at;
  progress.phase = "reading";
  running_ = {progress};
  if (asset.last_files == 0 && request->asset.kind == AssetKind::kHost)
    asset.last_files = UsedInodes(options_.discovery.host_root);
  return work;
}

std::optional<ScanService::Work> ScanService::NextUsage(std::int64_t now) {
  Work work{NewJob(ScanJob::Kind::kUsage, now), std::nullopt, generation_};
  const std::int64_t interval = options_.usage_interval.count(), quick = std::min(interval, kQuickMs);
  usage_credit_ms_ = std::min(kSavedMs, usage_credit_ms_ + now - usage_credit_at_ms_);
  usage_credit_at_ms_ = now;
  if (usage_credit_ms_ <= 0) return std::nullopt;
  bool due = false;
  for (const auto& [ref, asset] : assets_) {
    if (!asset.scanned || asset.running == asset.joined) continue;
    bool fast = asset.running.fast != asset.joined.fast;
    std::int64_t wait = fast ? quick : interval;
    if (now - asset.running_changed_ms >= std::min(kSettleMs, interval) && now - asset.joined_ms >= wait)
      due = true;
  }
  if (!due) return std::nullopt;
  // One look at what runs serves all that changed.
  for (auto& [ref, asset] : assets_) {
    if (!asset.scanned || asset.running == asset.joined) continue;
    work.job.subjects.push_back(asset.subject);
    asset.joined = asset.running;
    asset.joined_ms = now;
  }
  work.job.minor = now - last_minor_ms_ >= kMinorEveryMs;
  if (work.job.minor) last_minor_ms_ = now;
  return work;
}

std::optional<ScanService::Work> ScanService::NextWork() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::int64_t now = Now();
    if (auto work = NextScan(now)) return work;
    if (auto work = NextUsage(now)) return work;
    constexpr std::chrono::milliseconds kLook{1'000};  // for what is due by time
    changed_.wait_for(lock, kLook);
  }
  return std::nullopt;
}

void ScanService::Loop() {
  NameThread("weir-scans");
  while (auto work = NextWork()) {
    Do(*work);
    constexpr std::int64_t kCleanEveryMs = 6LL * 3600 * 1000;
    if (Now() - last_clean_ms_ >= kCleanEveryMs) CleanFolders();
    ::malloc_trim(0);  // a record that passed through is not to stay as free memory
  }
}

void ScanService::Report(const ScanReport& report) {
  std::lock_guard lock(mutex_);
  if (running_.empty()) return;
  wire::ScanProgress& progress = running_.front();
  progress.phase = report.phase;
  progress.files = std::max(progress.files, report.files);
  progress.bytes = std::max(progress.bytes, report.bytes);
  progress.fraction = report.fraction;
  auto found = assets_.find(progress.asset);
  if (progress.fraction >= 0 || found == assets_.end() || found->second.last_files == 0) return;
  constexpr double kMost = 0.98;  // it may be more than last time
  double part = static_cast<double>(progress.files) / static_cast<double>(found->second.last_files);
  progress.fraction = report.phase == "reading" ? std::min(kMost, part) : kMost;
}

void ScanService::Do(Work& work) {
  bool is_scan = work.request.has_value();
  if (is_scan && work.job.subjects.empty()) {
    if (!work.request->job_id.empty()) {
      std::lock_guard lock(mutex_);
      TellFailure(*work.request, work.job, work.request->asset.key,
                  {Code::kNotFound, "it is gone from this host"});
    }
    return;
  }
  if (is_scan) callbacks_.working(true);
  double before = ChildSeconds();
  Result<void> made = MakePrivateFolder(work.job.work_folder);
  Result<ScanReport> report = made ? run_(work.job, stopping_, [this](const ScanReport& now) { Report(now); })
                                   : Result<ScanReport>(Err(made.error()));
  if (report)
    for (const ScanSubject& subject : work.job.subjects)
      if (Result<void> kept = Keep(work, subject); !kept) report = Err(kept.error());
  if (is_scan) {
    FinishScan(work, report, static_cast<std::int64_t>((ChildSeconds() - before) * 1000));
    callbacks_.working(false);
  } else {
    std::lock_guard lock(mutex_);
    usage_credit_ms_ -= static_cast<std::int64_t>((ChildSeconds() - before) * 1000) * kUsageShare;
    if (!report && report.error().code != Code::kCancelled)
      Log(LogLevel::kWarn, "sensor.usage_failed", {{"error", report.error().message}});
  }
  std::error_code ignored;
  fs::remove_all(work.job.work_folder, ignored);
}

/// The record to the spool, then the state to where the next scan finds it. A kill between the two leaves the
/// state in the work folder, and Start knows what that means.
Result<void> ScanService::Keep(const Work& work, const ScanSubject& subject) {
  std::string base = work.job.work_folder + "/" + AssetFileName(subject.asset);
  auto record = ReadFile(base + ".record", kMaxRecordBytes);
  if (!record) {
    if (record.error().code == Code::kNotFound && !work.request) return {};  // usage that did not change
    return Err(record.error());
  }
  {
    std::lock_guard lock(mutex_);
    // Meanwhile everything is to be told whole: this may be a difference to what nobody knows.
    if (work.generation != generation_) {
      queue_.Add({subject.asset, work.request ? work.request->trigger : "resend",
                  work.request ? work.request->job_id : ""},
                 Now());
      return {};
    }
  }
  SpoolKind kind = work.request ? SpoolKind::kScan : SpoolKind::kUsage;
  WEIR_ASSIGN(std::uint64_t sequence, spool_.Append(kind, *record));
  static_cast<void>(sequence);
  if (work.request) WEIR_TRY(spool_.Sync());
  std::lock_guard lock(mutex_);
  if (work.generation == generation_)
    for (const char* suffix : {".state", ".usage"}) {
      std::string to = folder_ + "/assets/" + AssetFileName(subject.asset) + suffix;
      if (::rename((base + suffix).c_str(), to.c_str()) != 0 && errno != ENOENT)
        return Err(ErrnoError(errno, to));
    }
  callbacks_.spooled();
  return {};
}

void ScanService::FinishScan(const Work& work, const Result<ScanReport>& report, std::int64_t cost_ms) {
  const ScanRequest& request = *work.request;
  bool cancelled = !report && report.error().code == Code::kCancelled;
  {
    std::lock_guard lock(mutex_);
    running_.clear();
    queue_.Finished(request, report.has_value(), report ? report->changed : false, Now(), cost_ms);
    if (report) {
      ++done_;
      host_scanned_ = host_scanned_ || request.asset.kind == AssetKind::kHost;
      if (auto found = assets_.find(request.asset); found != assets_.end()) {
        found->second.scanned = work.generation == generation_;
        found->second.last_files = report->files;
      }
    } else if (!cancelled) {
      ++failed_;
      TellFailure(request, work.job, work.job.subjects.front().name, report.error());
    }
  }
  if (report) callbacks_.watch(request.asset, report->watch);
}

/// Holding the lock.
void ScanService::TellFailure(const ScanRequest& request, const ScanJob& job, const std::string& name,
                              const Error& error) {
  Log(LogLevel::kWarn, "sensor.scan_failed", {{"asset", name}, {"error", error.message}});
  wire::ScanFailedRecord record;
  record.scan_id = job.scan_id;
  record.asset = request.asset;
  record.name = name;
  record.trigger = request.trigger;
  record.started_at = job.started_at;
  record.finished_at = Rfc3339(Now());
  record.error = error;
  if (spool_.Append(SpoolKind::kScanFailed, wire::RecordText(record))) callbacks_.spooled();
}

/// What belongs to assets that are long gone, and the oldest where all of it grew beyond its bound.
void ScanService::CleanFolders() {
  last_clean_ms_ = Now();
  constexpr std::uint64_t kMaxBytes = 1ULL << 30U;
  const auto keep = std::max<std::chrono::seconds>(options_.scan_interval * 3, std::chrono::hours(72));
  for (const char* name : {"assets", "cache"}) {
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder_ + "/" + name, ignored)) {
      files.emplace_back(fs::last_write_time(entry.path(), ignored), entry.path());
      bytes += fs::file_size(entry.path(), ignored);
    }
    std::sort(files.begin(), files.end());
    for (const auto& [time, path] : files) {
      if (bytes <= kMaxBytes && fs::file_time_type::clock::now() - time < keep) break;
      bytes -= std::min<std::uint64_t>(bytes, fs::file_size(path, ignored));
      fs::remove(path, ignored);
    }
  }
}

}  // namespace weir::sensor
