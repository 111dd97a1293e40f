#include "console/advisory_service.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "console/advisory_overlay.h"
#include "console/console.h"
#include "console/coverage_refresh.h"
#include "console/event_hub.h"
#include "console/match_service.h"
#include "console/settings.h"
#include "console/time_text.h"
#include "store/imported.h"
#include "store/packages.h"
#include "store/scans.h"
#include "store/sensors.h"

namespace weir::console {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(2);
constexpr auto kImportWait = std::chrono::seconds(20);
constexpr int kNice = 10;

std::string IdentityOf(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" +
         std::to_string(status.st_size) + ":" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

std::string PathOf(const ConsoleOptions& options) {
  return options.database.empty() ? options.data_dir + "/advisories.idx" : options.database;
}

}  // namespace

AdvisoryService::~AdvisoryService() { Stop(); }

void AdvisoryService::Stop() {
  cancel_ = true;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::shared_ptr<const advisory::Index>> AdvisoryService::OpenFile() {
  std::string path = PathOf(parts_.options), identity = IdentityOf(path);
  WEIR_ASSIGN(auto index, advisory::OpenDatabase(parts_.options.database, parts_.options.data_dir));
  struct stat status{};
  bool is_file = ::stat(path.c_str(), &status) == 0;
  std::lock_guard lock(mutex_);
  file_identity_ = identity;
  is_starter_ = !is_file;
  built_at_ = is_file ? status.st_mtim.tv_sec * std::int64_t{1000} : 0;
  index_ = index;
  return index;
}

Result<void> AdvisoryService::LoadImported() {
  std::shared_ptr<const advisory::Index> index = this->index();
  WEIR_ASSIGN(auto documents,
              parts_.store.Read([](store::Reader& r) { return store::ImportedDocuments(r); }));
  std::vector<advisory::Advisory> kept, merged;
  for (const store::ImportedDocument& document : documents) {
    auto parsed = ParseAdvisories(document.text, document.is_yaml);
    if (!parsed) {
      Log(LogLevel::kWarn, "imported.unreadable", {{"error", parsed.error().message}});
      continue;
    }
    for (advisory::Advisory& advisory : parsed->advisories)
      (index != nullptr && Holds(*index, advisory) ? merged : kept).push_back(std::move(advisory));
  }
  if (!merged.empty()) {
    auto done = parts_.store.Write([&](store::Transaction& t) -> Result<void> {
      for (const advisory::Advisory& advisory : merged)
        WEIR_TRY(store::RemoveImported(t, advisory.source, advisory.id));
      return {};
    });
    WEIR_TRY(done);
  }
  WEIR_ASSIGN(auto overlay, IndexOf(kept));
  std::lock_guard lock(mutex_);
  imported_ = overlay;
  return {};
}

Result<void> AdvisoryService::Start() {
  WEIR_ASSIGN(auto index, OpenFile());
  WEIR_TRY(LoadImported());
  std::lock_guard lock(mutex_);
  WEIR_ASSIGN(rematch_, parts_.match.Start(index, imported_));
  thread_ = std::thread([this] { Run(); });
  return {};
}

std::shared_ptr<const advisory::Index> AdvisoryService::index() const {
  std::lock_guard lock(mutex_);
  return index_;
}
bool AdvisoryService::is_starter() const {
  std::lock_guard lock(mutex_);
  return is_starter_;
}
store::TimeMs AdvisoryService::built_at() const {
  std::lock_guard lock(mutex_);
  return built_at_;
}
AdvisoryService::UpdateState AdvisoryService::update_state() const {
  std::lock_guard lock(mutex_);
  return update_;
}

tl::expected<ImportOutcome, Problem> AdvisoryService::Import(std::string_view text, bool is_yaml,
                                                             const std::string& author) {
  auto begin = std::chrono::steady_clock::now();
  auto parsed = ParseAdvisories(text, is_yaml);
  if (!parsed) return tl::unexpected<Problem>(Problem(422, "malformed", parsed.error().message));
  ImportOutcome outcome;
  outcome.malformed = parsed->malformed;
  outcome.first_error = ToValidUtf8(parsed->first_error.substr(0, 500));
  std::vector<store::ImportedAdvisory> rows;
  for (advisory::Advisory& advisory : parsed->advisories) {
    // Without a source of its own it is known as imported, and never replaces a feed's record.
    if (advisory.source.empty()) advisory.source = "imported";
    rows.push_back({advisory.source, advisory.id, advisory.summary, author, 0, 0});
    if (outcome.ids.size() < 100) outcome.ids.push_back(advisory.id);
  }
  outcome.imported = rows.size();
  if (rows.empty())
    return tl::unexpected<Problem>(
        Problem(422, "malformed",
                outcome.first_error.empty() ? "there is no advisory in this document" : outcome.first_error));
  WEIR_ASSIGN(auto fresh, IndexOf(parsed->advisories));
  std::unique_lock lock(import_mutex_, kImportWait);
  if (!lock.owns_lock()) {
    Problem busy(503, "unavailable", "another import is being matched: try again");
    busy.retry_after_seconds = 5;
    return tl::unexpected<Problem>(std::move(busy));
  }
  WEIR_TRY(
      parts_.store.Write([&](store::Transaction& t) { return store::AddImported(t, is_yaml, text, rows); }));
  WEIR_TRY(LoadImported());
  std::shared_ptr<const advisory::Index> imported;
  {
    std::lock_guard inner(mutex_);
    imported = imported_;
  }
  WEIR_ASSIGN(RematchOutcome matched, parts_.match.NewAdvisories(fresh, imported));
  outcome.packages = matched.packages;
  outcome.assets = matched.assets;
  outcome.new_findings = matched.opened;
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
  outcome.elapsed_ms = elapsed.count();
  parts_.events.Wake();
  WEIR_TRY(parts_.store.Write([&](store::Transaction& t) {
    return parts_.events.Emit(
        t, "advisory",
        {{"what", "import"}, {"advisories", outcome.imported}, {"new_findings", outcome.new_findings}});
  }));
  return outcome;
}

tl::expected<std::int64_t, Problem> AdvisoryService::StartUpdate(const std::string& author) {
  {
    std::lock_guard lock(mutex_);
    if (update_.running || wanted_update_) return Refuse(409, "conflict", "an update is running");
    if (!parts_.options.database.empty())
      return Refuse(409, "conflict",
                    "this console was started with --db: its index is not updated from here");
    wanted_update_ = 0;  // keeps others out until the job has its number
  }
  auto job = parts_.store.Write([&](store::Transaction& t) -> Result<std::int64_t> {
    store::Job row;
    row.kind = "update";
    row.state = store::JobState::kRunning;
    row.author = author;
    row.detail = "{}";
    row.created_at = row.updated_at = t.now();
    WEIR_ASSIGN(std::int64_t id, store::AddJob(t, row));
    WEIR_TRY(parts_.events.Emit(t, "job", {{"job_id", std::to_string(id)}, {"state", "running"}}));
    return id;
  });
  std::lock_guard lock(mutex_);
  if (!job) {
    wanted_update_.reset();
    return tl::unexpected<Problem>(Problem(job.error()));
  }
  wanted_update_ = *job;
  wake_.notify_all();
  return *job;
}

void AdvisoryService::Run() {
  // What nobody waits for gives way to what somebody does.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (std::exchange(rematch_, false)) {
      lock.unlock();
      Rematch();
      lock.lock();
      continue;
    }
    if (wanted_update_ && *wanted_update_ != 0) {
      std::int64_t job = *wanted_update_;
      update_.running = true;
      wanted_update_.reset();
      lock.unlock();
      RunUpdate(job);
      lock.lock();
      continue;
    }
    wake_.wait_for(lock, kLookEvery);
    if (stopping_) break;
    lock.unlock();
    CheckFile();
    if (IsUpdateDue()) static_cast<void>(StartUpdate("schedule"));
    lock.lock();
  }
}

bool AdvisoryService::IsUpdateDue() {
  std::int64_t hours = parts_.settings.Now()->update_interval_hours;
  if (hours == 0 || !parts_.options.scheduled_updates || !parts_.options.database.empty()) return false;
  if (parts_.store.Now() - std::max(built_at(), update_state().last_finished) <= hours * 3'600'000)
    return false;
  // The Debian archive is asked for what is installed somewhere: nothing is known of that before a scan.
  auto scans =
      parts_.store.Read([](store::Reader& r) { return store::ListScans(r, 0, store::PageRequest{1, ""}); });
  return scans && !scans->items.empty();
}

void AdvisoryService::CheckFile() {
  std::string identity = IdentityOf(PathOf(parts_.options));
  {
    std::lock_guard lock(mutex_);
    if (identity.empty() || identity == file_identity_) return;
  }
  auto opened = OpenFile();
  if (!opened) {
    Log(LogLevel::kError, "advisories.failed", {{"error", opened.error().message}});
    std::lock_guard lock(mutex_);
    file_identity_ = identity;  // not again until it changes
    update_.last_error = opened.error().message;
    return;
  }
  Log(LogLevel::kInfo, "advisories.replaced", {{"advisories", std::to_string((*opened)->advisory_count())}});
  std::lock_guard lock(mutex_);
  rematch_ = true;
}

void AdvisoryService::TellProgress(std::string_view what, std::string_view step, bool running) {
  UpdateState state = update_state();
  parts_.events.Broadcast("advisory",
                          {{"what", what}, {"source", state.source}, {"step", step}, {"running", running}});
}

void AdvisoryService::Rematch() {
  // Until the new index is in use; single advisories may come while everything is matched with it.
  std::unique_lock import_lock(import_mutex_);
  if (auto loaded = LoadImported(); !loaded)
    Log(LogLevel::kError, "imported.failed", {{"error", loaded.error().message}});
  std::shared_ptr<const advisory::Index> index, imported;
  {
    std::lock_guard lock(mutex_);
    index = index_;
    imported = imported_;
    update_.step = "match";
  }
  auto last_told = std::chrono::steady_clock::now();
  auto outcome = parts_.match.NewIndex(
      index, imported,
      [&](const MatchService::Progress& progress) {
        if (import_lock.owns_lock()) import_lock.unlock();
        parts_.events.Wake();
        auto now = std::chrono::steady_clock::now();
        {
          std::lock_guard lock(mutex_);
          update_.done_bytes = static_cast<std::uint64_t>(progress.done);
          update_.total_bytes = static_cast<std::uint64_t>(progress.total);
        }
        if (now - last_told < std::chrono::milliseconds(500)) return;
        last_told = now;
        TellProgress("index", "match", true);
      },
      &cancel_);
  Result<void> covered = RefreshCoverage(parts_.store, *index, cancel_);
  if (!covered && !cancel_) Log(LogLevel::kError, "coverage.failed", {{"error", covered.error().message}});
  {
    std::lock_guard lock(mutex_);
    update_.step.clear();
    update_.done_bytes = update_.total_bytes = 0;
  }
  parts_.events.Wake();
  if (!outcome) {
    if (!cancel_) Log(LogLevel::kError, "match.failed", {{"error", outcome.error().message}});
    return;
  }
  auto told = parts_.store.Write([&](store::Transaction& t) {
    return parts_.events.Emit(t, "advisory",
                              {{"what", "index"},
                               {"advisories", index->advisory_count()},
                               {"new_findings", outcome->opened},
                               {"resolved", outcome->resolved},
                               {"running", false}});
  });
  if (!told) Log(LogLevel::kError, "events.failed", {{"error", told.error().message}});
}

void AdvisoryService::RunUpdate(std::int64_t job) {
  advisory::UpdateOptions options;
  options.data_dir = parts_.options.data_dir;
  options.starter_yaml = parts_.options.starter_yaml;
  options.cancel = &cancel_;
  if (std::string mirror = parts_.settings.Now()->feed_mirror; !mirror.empty()) {
    while (mirror.ends_with('/')) mirror.pop_back();
    for (const advisory::SourceDescription& source : advisory::KnownSources())
      options.locations.emplace_back(source.name, mirror + "/" + source.name);
  }
  auto sources = parts_.store.Read([](store::Reader& r) { return store::DebianSourceNames(r); });
  if (sources && !sources->empty()) {
    options.debian_archive.source_names = std::move(*sources);
  } else {
    options.skip_sources.emplace_back("debian-archive");  // it would be all of Debian
  }
  auto last_told = std::chrono::steady_clock::now();
  options.progress = [&](const advisory::UpdateProgress& progress) {
    {
      std::lock_guard lock(mutex_);
      update_.source = progress.source;
      update_.step = progress.step;
      update_.done_bytes = progress.done_bytes;
      update_.total_bytes = progress.total_bytes;
    }
    auto now = std::chrono::steady_clock::now();
    if (now - last_told < std::chrono::milliseconds(500)) return;
    last_told = now;
    TellProgress("update", progress.step, true);
  };
  auto report = advisory::UpdateDatabase(options);
  std::string error;
  if (!report) error = report.error().message;
  if (report) {
    for (const advisory::SourceResult& source : report->sources)
      if (source.outcome == advisory::SourceOutcome::kFailed && error.empty())
        error = source.name + ": " + source.message;
  }
  {
    std::lock_guard lock(mutex_);
    update_ = {};
    update_.last_error = ToValidUtf8(error.substr(0, 500));
    update_.last_finished = parts_.store.Now();
  }
  bool failed = !report;
  auto written = parts_.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_TRY(store::SetJobState(t, job, failed ? store::JobState::kFailed : store::JobState::kDone,
                                ToValidUtf8(error.substr(0, 500)), 0));
    return parts_.events.Emit(t, "job",
                              {{"job_id", std::to_string(job)}, {"state", failed ? "failed" : "done"}});
  });
  if (!written) Log(LogLevel::kError, "jobs.failed", {{"error", written.error().message}});
  TellProgress("update", "", false);
  CheckFile();
}

}  // namespace weir::console
