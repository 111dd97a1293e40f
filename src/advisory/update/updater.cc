#include "advisory/updater.h"

#include <algorithm>

#include "advisory/feeds/reader.h"
#include "advisory/update/collect_debian.h"
#include "advisory/update/fetch.h"
#include "advisory/update/sources.h"
#include "advisory/update/store.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxDigestFileBytes = 4096;

/// One run: what its steps share.
struct Run {
  const UpdateOptions& options;
  FeedStore& store;
  Fetcher& fetcher;
  std::string now;
};

bool IsHexDigest(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// sha256sum's output beside the file; nothing where there is none.
std::string PublishedSha256(Run& run, const PlannedFile& planned) {
  if (planned.digest_url.empty()) return {};
  auto text = run.fetcher.FetchText(planned.digest_url, kMaxDigestFileBytes);
  if (!text) return {};
  std::string digest = ToLower(Trim(*text).substr(0, 64));
  return IsHexDigest(digest) ? digest : "";
}

Result<SourceOutcome> FetchOne(Run& run, const PlannedFile& planned, FeedFile& file) {
  FetchRequest request;
  request.url = planned.file.url;
  request.target = run.store.PathOf(file.local);
  WEIR_TRY(MakeDirectories(request.target.substr(0, request.target.rfind('/'))));
  if (run.store.HasCopy(file) && !run.options.force) {
    request.etag = file.etag;
    request.last_modified = file.last_modified;
    request.sha256 = file.sha256;
  }
  request.expected_sha256 = PublishedSha256(run, planned);
  WEIR_ASSIGN(FetchOutcome outcome, run.fetcher.Fetch(request, [&](std::uint64_t done, std::uint64_t total) {
    if (run.options.progress) run.options.progress({file.source, "fetch", done, total});
  }));
  file.last_error.clear();
  if (outcome.kind == FetchOutcome::Kind::kAbsent) return SourceOutcome::kAbsent;
  if (outcome.kind == FetchOutcome::Kind::kUnchanged) {
    file.fetched_at = run.now;  // it was looked at and is what the source has today
    if (!outcome.etag.empty()) file.etag = outcome.etag;
    if (!outcome.last_modified.empty()) file.last_modified = outcome.last_modified;
    return SourceOutcome::kUnchanged;
  }
  if (run.options.progress) run.options.progress({file.source, "read", 0, outcome.bytes});
  WEIR_TRY(run.store.TakeOver(file, outcome.path, outcome, run.now));
  return SourceOutcome::kUpdated;
}

SourceResult& ResultFor(UpdateReport& report, const FeedFile& file) {
  for (SourceResult& result : report.sources)
    if (result.name == file.source) return result;
  SourceResult& result = report.sources.emplace_back();
  result.name = file.source;
  result.url = file.url;
  result.outcome = SourceOutcome::kAbsent;
  return result;
}

/// A source of several files fails if one of them does, and is absent only if all are.
void Note(SourceResult& result, SourceOutcome outcome) {
  auto weight = [](SourceOutcome o) {
    switch (o) {
      case SourceOutcome::kFailed:
        return 3;
      case SourceOutcome::kUpdated:
        return 2;
      case SourceOutcome::kUnchanged:
        return 1;
      case SourceOutcome::kAbsent:
        break;
    }
    return 0;
  };
  if (weight(outcome) > weight(result.outcome)) result.outcome = outcome;
}

void Record(Run& run, FeedFile& file, Result<SourceOutcome> outcome, bool may_be_absent,
            UpdateReport& report) {
  SourceResult& result = ResultFor(report, file);
  if (outcome && *outcome == SourceOutcome::kAbsent && !may_be_absent)
    outcome = Err(Code::kNotFound, file.url + ": not there");
  if (!outcome) {
    file.last_error = CleanLine(outcome.error().message, 500);
    if (result.message.empty()) result.message = file.last_error;
    result.kept_last_good = result.kept_last_good || run.store.HasCopy(file);
    Log(LogLevel::kInfo, "feed.failed", {{"source", file.source}, {"error", file.last_error}});
  }
  Note(result, outcome ? *outcome : SourceOutcome::kFailed);
  if (!run.store.HasCopy(file)) return;
  result.records += file.records;
  result.used += file.used;
  result.malformed += file.malformed;
  result.data_date = std::max(result.data_date, file.data_date);
}

Result<SourceOutcome> CollectDebian(Run& run, FeedFile& file) {
  CollectOptions options;
  options.archive = run.options.debian_archive;
  options.cache_dir = run.store.data_dir() + "/feeds/debian-archive-cache";
  options.http = run.options.http;
  options.stall_timeout_seconds = run.options.stall_timeout_seconds;
  options.cancel = run.options.cancel;
  options.now = run.now;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (run.options.progress) run.options.progress({file.source, "fetch", done, total});
  };
  WEIR_ASSIGN(CollectedArchive collected, CollectDebianArchive(options));
  file.url = collected.description;
  if (collected.records == 0) return SourceOutcome::kAbsent;
  std::string path = run.store.PathOf(file.local) + ".new";
  WEIR_TRY(MakeDirectories(path.substr(0, path.rfind('/'))));
  WEIR_TRY(WriteFileAtomically(path, collected.osv_json));
  FetchOutcome outcome;
  outcome.path = path;
  WEIR_ASSIGN(outcome.sha256, FileSha256(path, &outcome.bytes));
  bool same = run.store.HasCopy(file) && file.sha256 == outcome.sha256;
  WEIR_TRY(run.store.TakeOver(file, path, outcome, run.now));
  file.last_error = collected.problem;  // some packages could not be read; the rest stands
  return same ? SourceOutcome::kUnchanged : SourceOutcome::kUpdated;
}

}  // namespace

std::string_view SourceOutcomeName(SourceOutcome outcome) {
  switch (outcome) {
    case SourceOutcome::kUpdated:
      return "updated";
    case SourceOutcome::kUnchanged:
      return "unchanged";
    case SourceOutcome::kAbsent:
      return "absent";
    case SourceOutcome::kFailed:
      break;
  }
  return "failed";
}

Result<UpdateReport> UpdateDatabase(const UpdateOptions& options) {
  const std::string now = Now(options);
  const int year = static_cast<int>(ParseUint(std::string_view(now).substr(0, 4)).value_or(2026));
  WEIR_ASSIGN(std::vector<PlannedFile> plan, PlanFetches(options, year));
  WEIR_ASSIGN(FeedStore store, FeedStore::Open(options.data_dir));
  Fetcher fetcher(options.http, options.stall_timeout_seconds, options.cancel);
  Run run{options, store, fetcher, now};
  UpdateReport report;
  for (const PlannedFile& planned : plan) {
    if (options.cancel != nullptr && options.cancel->load()) return Err(Code::kCancelled, "stopped");
    // Worked on as a copy: Entry's reference would not outlive the next one.
    FeedFile file = store.Entry(planned.file);
    auto outcome = FetchOne(run, planned, file);
    Record(run, file, std::move(outcome), planned.may_be_absent, report);
    store.Entry(planned.file) = file;
  }
  if (IsWanted(options, "debian-archive")) {
    FeedFile planned;
    planned.local = "debian-archive/records.json";
    planned.source = "debian-archive";
    planned.kind = FeedKind::kDebianArchive;
    if (FeedFile* known = store.state().Find(planned.local)) planned.url = known->url;
    FeedFile file = store.Entry(planned);
    auto outcome = CollectDebian(run, file);
    bool partly = outcome && !file.last_error.empty();
    Record(run, file, std::move(outcome), true, report);
    ResultFor(report, file).url = file.url;
    if (partly) ResultFor(report, file).message = file.last_error;
    store.Entry(planned) = file;
  }
  // Those that were never there would only fill the state.
  std::erase_if(store.state().files,
                [](const FeedFile& file) { return file.sha256.empty() && file.last_error.empty(); });
  auto built = store.BuildIndex(options, now, report);
  WEIR_TRY(store.Save());
  if (!built) return Err(built.error().Context("building the index"));
  return report;
}

}  // namespace weir::advisory
