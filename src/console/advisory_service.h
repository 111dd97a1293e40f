// The advisories in use: the index that the feeds made, and what was imported by
// hand. Watches for an index that another program has made (weir db update), runs
// updates, and has everything that is stored matched again.
//
// Threading: safe from every thread; one thread of its own updates and matches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "advisory/index.h"
#include "advisory/updater.h"
#include "console/answer.h"
#include "store/store.h"

namespace weir::console {

class EventHub;
class MatchService;
class Settings;
struct ConsoleOptions;

struct ImportOutcome {
  std::uint64_t imported = 0, malformed = 0;
  std::string first_error;
  std::vector<std::string> ids;
  std::int64_t packages = 0, assets = 0, new_findings = 0;
  double elapsed_ms = 0;
};

class AdvisoryService {
 public:
  struct Parts {
    const ConsoleOptions& options;
    store::Store& store;
    Settings& settings;
    MatchService& match;
    EventHub& events;
  };
  explicit AdvisoryService(Parts parts) : parts_(parts) {}
  ~AdvisoryService();
  AdvisoryService(const AdvisoryService&) = delete;
  AdvisoryService& operator=(const AdvisoryService&) = delete;

  /// Opens the index and what was imported; matching what is stored goes on in the background.
  Result<void> Start();
  void Stop();

  /// OSV JSON (a document or an array of them) or our own YAML. Returns when the last finding is stored.
  tl::expected<ImportOutcome, Problem> Import(std::string_view text, bool is_yaml, const std::string& author);
  /// Makes the job and starts it; kUnavailable while one runs.
  tl::expected<std::int64_t, Problem> StartUpdate(const std::string& author);

  struct UpdateState {
    bool running = false;
    std::string source, step, last_error;
    std::uint64_t done_bytes = 0, total_bytes = 0;
    store::TimeMs last_finished = 0;
  };
  UpdateState update_state() const;
  std::shared_ptr<const advisory::Index> index() const;
  bool is_starter() const;
  store::TimeMs built_at() const;

 private:
  void Run();
  void RunUpdate(std::int64_t job);
  bool IsUpdateDue();
  void CheckFile();
  Result<std::shared_ptr<const advisory::Index>> OpenFile();
  Result<void> LoadImported();
  void Rematch();
  void TellProgress(std::string_view what, std::string_view step, bool running);

  Parts parts_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false, rematch_ = false;
  std::optional<std::int64_t> wanted_update_;
  UpdateState update_;
  std::shared_ptr<const advisory::Index> index_;
  std::shared_ptr<const advisory::Index> imported_;  // null: nothing was imported
  bool is_starter_ = true;
  std::string file_identity_;  // of the index in use: changes when it is replaced
  store::TimeMs built_at_ = 0;
  std::timed_mutex import_mutex_;  // one import, or taking a new index into use, at a time
  std::atomic<bool> cancel_{false};
  std::thread thread_;
};

}  // namespace weir::console
