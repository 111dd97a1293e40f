// Import and export: feeds that come and go as files.
#include <algorithm>
#include <filesystem>

#include "advisory/feeds/reader.h"
#include "advisory/update/bundle.h"
#include "advisory/update/store.h"
#include "advisory/updater.h"
#include "base/file.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 10'000;
constexpr int kMaxDepth = 8;

/// One file to import, and what it is.
struct Incoming {
  std::string path;
  FeedFile file;
};

bool MayBeFeed(std::string_view name) {
  for (std::string_view ending :
       {".zip", ".json", ".json.gz", ".json.xz", ".csv", ".csv.gz", ".yaml", ".yml"})
    if (name.ends_with(ending)) return name != "state.json";
  return false;
}

/// Letters that IsSafeLocalPath takes; others become '_'.
std::string SafeName(std::string_view name) {
  std::string out;
  for (char c : name) {
    bool safe = IsAlpha(c) || IsDigit(c) || std::string_view(" ._+-").find(c) != std::string_view::npos;
    out += safe ? c : '_';
  }
  while (out.starts_with('.')) out.erase(0, 1);
  return out.empty() ? "feed" : out.substr(0, 120);
}

/// Where a file of KIND has its place, so that it replaces what was fetched of the same source.
void Place(const fs::path& path, const NullSink& seen, FeedFile& file) {
  std::string name = SafeName(path.filename().string()),
              folder = SafeName(path.parent_path().filename().string());
  file.source = FeedKindName(file.kind);
  switch (file.kind) {
    case FeedKind::kOsvZip: {
      std::string ecosystem = seen.source().substr(std::min<std::size_t>(4, seen.source().size()));
      if (name == "all.zip" && !folder.empty()) ecosystem = folder;
      file.source = "osv:" + ecosystem;
      file.local = "osv/" + SafeName(ecosystem) + "/all.zip";
      return;
    }
    case FeedKind::kKev:
      file.local = "kev/known_exploited_vulnerabilities.json";
      return;
    case FeedKind::kEpss:
      file.local = "epss/epss_scores-current.csv.gz";
      return;
    case FeedKind::kDebianTracker:
      file.local = "debian-tracker.json";
      return;
    case FeedKind::kAlpineSecdb:
      file.local = "alpine-secdb/" + folder + "/" + name;
      return;
    case FeedKind::kNvd:
      file.local = "nvd/" + name;
      return;
    case FeedKind::kDebianArchive:
      file.local = "debian-archive/records.json";
      return;
    case FeedKind::kOsvJson:
    case FeedKind::kOwn:
      file.source = "import:" + name;
      file.local = "import/" + name;
      return;
  }
}

Result<Incoming> Recognise(const std::string& path) {
  Incoming incoming;
  incoming.path = path;
  WEIR_ASSIGN(incoming.file.kind, RecogniseFeedFile(path));
  NullSink seen;
  if (incoming.file.kind == FeedKind::kOsvZip) WEIR_TRY(ReadFeedFile(incoming.file.kind, path, seen));
  // The collector's records are OSV's in form; only their place tells them apart.
  if (path.ends_with("debian-archive/records.json")) incoming.file.kind = FeedKind::kDebianArchive;
  Place(path, seen, incoming.file);
  incoming.file.url = path;
  return incoming;
}

SourceResult FailedFile(const std::string& path, const Error& error) {
  SourceResult result;
  result.name = path;
  result.url = path;
  result.outcome = SourceOutcome::kFailed;
  result.message = error.message;
  return result;
}

std::vector<Incoming> FindInFolder(const std::string& folder, UpdateReport& report) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error), end;
  while (!error && it != end && paths.size() < kMaxFiles) {
    if (it.depth() > kMaxDepth) it.disable_recursion_pending();
    if (it->is_regular_file(error) && MayBeFeed(it->path().filename().string()))
      paths.push_back(it->path().string());
    it.increment(error);
  }
  if (error) report.sources.push_back(FailedFile(folder, {Code::kUnavailable, error.message()}));
  std::sort(paths.begin(), paths.end());
  std::vector<Incoming> out;
  for (const std::string& path : paths) {
    auto incoming = Recognise(path);
    if (incoming) {
      out.push_back(std::move(*incoming));
    } else {
      report.sources.push_back(FailedFile(path, incoming.error()));
    }
  }
  return out;
}

Result<void> TakeIn(FeedStore& store, const Incoming& incoming, const std::string& now,
                    UpdateReport& report) {
  FetchRequest request;
  request.url = incoming.path;
  request.target = store.PathOf(incoming.file.local);
  WEIR_TRY(MakeDirectories(request.target.substr(0, request.target.rfind('/'))));
  Fetcher fetcher({}, 0, nullptr);
  WEIR_ASSIGN(FetchOutcome outcome, fetcher.Fetch(request, {}));
  if (outcome.kind != FetchOutcome::Kind::kFetched)
    return Err(Code::kNotFound, incoming.path + ": not there");
  FeedFile file = store.Entry(incoming.file);
  SourceResult result;
  result.name = file.source;
  result.url = file.url;
  // A bundle says when its machine fetched the file; that is how old it is here too.
  const std::string& fetched_at = incoming.file.fetched_at.empty() ? now : incoming.file.fetched_at;
  auto taken = store.TakeOver(file, outcome.path, outcome, fetched_at);
  result.outcome = taken ? SourceOutcome::kUpdated : SourceOutcome::kFailed;
  if (!taken) {
    result.message = file.last_error = CleanLine(taken.error().message, 500);
    result.kept_last_good = store.HasCopy(file);
  }
  result.records = file.records;
  result.used = file.used;
  result.malformed = file.malformed;
  result.data_date = file.data_date;
  store.Entry(incoming.file) = file;
  report.sources.push_back(std::move(result));
  return {};
}

/// A folder below feeds/ for the time of the import.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) { Remove(); }
  ~TemporaryFolder() { Remove(); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  void Remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path_;
};

}  // namespace

Result<UpdateReport> ImportDatabase(const std::string& path, const UpdateOptions& options) {
  const std::string now = Now(options);
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  if (!fs::exists(path, error)) return Err(Code::kNotFound, path + ": not there");
  WEIR_ASSIGN(FeedStore store, FeedStore::Open(options.data_dir));
  TemporaryFolder unpacked(store.PathOf("import.tmp"));
  UpdateReport report;
  std::vector<Incoming> incoming;
  if (is_folder) {
    incoming = FindInFolder(path, report);
  } else if (IsBundle(path)) {
    WEIR_TRY(MakeDirectories(unpacked.path()));
    WEIR_ASSIGN(FeedState manifest, UnpackBundle(path, unpacked.path()));
    for (FeedFile& file : manifest.files) {
      std::string from = unpacked.path() + "/" + file.local;
      incoming.push_back({std::move(from), std::move(file)});
    }
  } else {
    WEIR_ASSIGN(Incoming one, Recognise(path));
    incoming.push_back(std::move(one));
  }
  if (incoming.empty()) return Err(Code::kUnsupported, path + ": holds no feed of a known format");
  for (const Incoming& one : incoming) {
    if (options.cancel != nullptr && options.cancel->load()) return Err(Code::kCancelled, "stopped");
    if (options.progress) options.progress({one.file.source, "read", 0, 0});
    if (auto taken = TakeIn(store, one, now, report); !taken)
      report.sources.push_back(FailedFile(one.path, taken.error()));
  }
  std::erase_if(store.state().files,
                [](const FeedFile& file) { return file.sha256.empty() && file.last_error.empty(); });
  auto built = store.BuildIndex(options, now, report);
  WEIR_TRY(store.Save());
  if (!built) return Err(built.error().Context("building the index"));
  return report;
}

Result<void> ExportDatabase(const std::string& data_dir, const std::string& out_path) {
  WEIR_ASSIGN(FeedStore store, FeedStore::Open(data_dir));
  FeedState state = store.state();
  std::erase_if(state.files, [&](const FeedFile& file) { return !store.HasCopy(file); });
  if (state.files.empty()) return Err(Code::kNotFound, data_dir + ": nothing was fetched yet");
  return PackBundle(state, data_dir + "/feeds", out_path);
}

}  // namespace weir::advisory
