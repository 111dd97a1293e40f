#include "advisory/update/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <map>
#include <unordered_set>

#include "base/file.h"
#include "base/hash.h"
#include "base/time_text.h"

namespace weir::advisory {
namespace {

// Raised when the same feeds would give another index than before.
constexpr std::string_view kBuildVersion = "weir-index-1";

/// Hands records to the builder; an OSV record that several ecosystems' archives hold goes in once.
class BuilderSink : public RecordSink {
 public:
  explicit BuilderSink(IndexBuilder& builder) : builder_(builder) {}
  void OnAdvisory(Advisory advisory) override {
    bool is_osv = advisory.source.starts_with("osv:");
    if (is_osv && !seen_.insert(Hash64(advisory.id)).second) return;
    builder_.Add(advisory);
  }
  void OnKev(KevEntry entry) override { builder_.Add(entry); }
  void OnEpss(EpssEntry entry) override { builder_.Add(entry); }

 private:
  IndexBuilder& builder_;
  std::unordered_set<std::uint64_t> seen_;
};

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// One entry for each source, over all its files: the oldest fetch and the newest data.
std::map<std::string, model::SourceInfo> GatherSources(const FeedState& state) {
  std::map<std::string, model::SourceInfo> out;
  for (const FeedFile& file : state.files) {
    if (file.sha256.empty()) continue;
    model::SourceInfo& info = out[file.source];
    if (info.name.empty()) info = {file.source, file.fetched_at, file.data_date, 0, file.url};
    info.fetched_at = std::min(info.fetched_at, file.fetched_at);
    info.data_date = std::max(info.data_date, file.data_date);
    info.records += file.used;
  }
  return out;
}

Result<void> AddStarter(const UpdateOptions& options, IndexBuilder& builder, BuilderSink& sink) {
  model::SourceInfo info;
  info.name = "starter";
  info.url = "built in";
  for (const std::string& yaml : options.starter_yaml) {
    WEIR_ASSIGN(FeedStats stats, ReadStarter(yaml, sink));
    if (stats.malformed > 0) return Err(Code::kMalformed, "the starter set: " + stats.first_error);
    info.records += stats.used;
    info.data_date = std::max(info.data_date, stats.newest);
  }
  if (info.records > 0) builder.AddSource(info);
  return {};
}

}  // namespace

std::string Now(const UpdateOptions& options) {
  if (options.now) return options.now();
  return FormatRfc3339(std::time(nullptr));
}

Result<FeedStore> FeedStore::Open(const std::string& data_dir) {
  FeedStore store;
  store.data_dir_ = data_dir;
  WEIR_TRY(MakeDirectories(data_dir + "/feeds"));
  std::string lock_path = data_dir + "/feeds/lock";
  store.lock_.Reset(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!store.lock_) return Err(ErrnoError(errno, lock_path));
  if (::flock(store.lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return Err(Code::kUnavailable, "another update of " + data_dir + " is running");
  WEIR_ASSIGN(store.state_, LoadFeedState(data_dir));
  return store;
}

FeedFile& FeedStore::Entry(const FeedFile& file) {
  FeedFile* entry = state_.Find(file.local);
  if (entry == nullptr) {
    state_.files.push_back(file);
    return state_.files.back();
  }
  entry->source = file.source;
  entry->kind = file.kind;
  if (entry->url != file.url) {  // another place: what its server said of its copy means nothing there
    entry->url = file.url;
    entry->etag.clear();
    entry->last_modified.clear();
  }
  return *entry;
}

bool FeedStore::HasCopy(const FeedFile& file) const {
  return !file.sha256.empty() && ::access(PathOf(file.local).c_str(), R_OK) == 0;
}

Result<void> FeedStore::TakeOver(FeedFile& file, const std::string& new_path, const FetchOutcome& outcome,
                                 const std::string& now) {
  NullSink sink;
  auto stats = ReadFeedFile(file.kind, new_path, sink);
  if (!stats || stats->used == 0) {
    ::unlink(new_path.c_str());
    if (!stats) return Err(stats.error());
    return Err(Code::kMalformed,
               "none of its " + std::to_string(stats->records) + " records can be used" +
                   (stats->first_error.empty() ? "" : "; the first: " + stats->first_error));
  }
  std::string path = PathOf(file.local);
  WEIR_TRY(MakeDirectories(FolderOf(path)));
  if (::rename(new_path.c_str(), path.c_str()) != 0) return Err(ErrnoError(errno, path));
  file.etag = outcome.etag;
  file.last_modified = outcome.last_modified;
  file.sha256 = outcome.sha256;
  file.bytes = outcome.bytes;
  file.fetched_at = now;
  file.data_date = stats->newest;
  file.records = stats->records;
  file.used = stats->used;
  file.malformed = stats->malformed;
  file.last_error.clear();
  return {};
}

std::string FeedStore::BuiltFrom(const UpdateOptions& options) const {
  Digester digester(DigestKind::kSha256);
  digester.Update(AsBytes(kBuildVersion));
  for (const std::string& yaml : options.starter_yaml) digester.Update(AsBytes(yaml));
  for (const FeedFile& file : state_.files) {
    if (!HasCopy(file)) continue;
    // The day alone: an index says how old its sources are, but a second run today has nothing to say anew.
    digester.Update(AsBytes(file.local + "\n" + file.source + "\n" + file.sha256 + "\n" +
                            file.fetched_at.substr(0, 10) + "\n"));
  }
  return digester.FinishHex();
}

Result<void> FeedStore::BuildIndex(const UpdateOptions& options, const std::string& now,
                                   UpdateReport& report) {
  report.index_path = data_dir_ + "/advisories.idx";
  std::string built_from = BuiltFrom(options);
  if (!options.force && built_from == state_.built_from) {
    if (auto index = Index::Open(report.index_path)) {
      report.advisories = (*index)->advisory_count();
      report.index_bytes = (*index)->size_bytes();
      return {};
    }
  }
  IndexBuilder builder;
  BuilderSink sink(builder);
  WEIR_TRY(AddStarter(options, builder, sink));
  // By path, so that the same feeds give the same bytes in whatever order they first came.
  std::sort(state_.files.begin(), state_.files.end(),
            [](const FeedFile& a, const FeedFile& b) { return a.local < b.local; });
  for (FeedFile& file : state_.files) {
    if (!HasCopy(file)) {
      file.sha256.clear();
      continue;
    }
    if (options.cancel != nullptr && options.cancel->load()) return Err(Code::kCancelled, "stopped");
    if (options.progress) options.progress({file.source, "build", 0, 0});
    WEIR_TRY(ReadFeedFile(file.kind, PathOf(file.local), sink));
  }
  for (const auto& [name, info] : GatherSources(state_)) builder.AddSource(info);
  report.unreadable_versions = builder.unreadable_versions();
  WEIR_ASSIGN(std::string bytes, builder.Finish());
  WEIR_TRY(WriteFileAtomically(report.index_path, bytes));
  WEIR_ASSIGN(std::shared_ptr<const Index> index, Index::Open(report.index_path));
  report.rebuilt = true;
  report.advisories = index->advisory_count();
  report.index_bytes = bytes.size();
  state_.built_from = BuiltFrom(options);  // the files are in order now
  state_.built_at = now;
  return {};
}

}  // namespace weir::advisory
