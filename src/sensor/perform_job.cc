#include "sensor/perform_job.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/discovery.h"
#include "rank/rank.h"
#include "scan/content.h"
#include "scan/scan.h"
#include "sensor/asset_state.h"
#include "sensor/support.h"

namespace weir::sensor {
namespace {

std::string NewPath(const ScanJob& job, const wire::AssetRef& asset, const char* suffix) {
  return job.work_folder + "/" + AssetFileName(asset) + suffix;
}
std::string OldPath(const ScanJob& job, const wire::AssetRef& asset, const char* suffix) {
  return job.state_folder + "/" + AssetFileName(asset) + suffix;
}

scan::ScanOptions OptionsOf(const ScanJob& job, const ScanSubject& subject) {
  scan::ScanOptions options;
  constexpr unsigned kWhole = 100;
  options.walk.threads = std::clamp((job.budget.processor_percent + kWhole - 1) / kWhole, 1U, 8U);
  options.walk.exclude = job.exclude;
  options.walk.limits.max_seconds = job.budget.max_seconds;
  if (!job.cache_folder.empty()) {
    std::string name = job.cache_folder + "/" + AssetFileName(subject.asset);
    options.cache_path = name + ".cache";
    options.content_cache_path = name + ".content";
  }
  options.now = job.started_at;
  return options;
}

wire::ScanRecord RecordOf(const ScanJob& job, const ScanSubject& subject, model::ScanResult& result) {
  wire::ScanRecord record;
  record.scan_id = job.scan_id;
  record.asset = subject.asset;
  record.name = subject.name.empty() ? result.sbom.asset.name : subject.name;
  record.image = subject.image.empty() ? result.sbom.asset.image : subject.image;
  record.image_id = subject.image_id;
  record.layers = std::move(result.sbom.asset.layers);
  record.labels = subject.labels.empty() ? result.sbom.asset.labels : subject.labels;
  record.trigger = job.trigger;
  record.started_at = job.started_at;
  record.distro = result.sbom.distro;
  record.usage = FoldUsage(result.sbom.packages, rank::PackageUsage(result));
  record.packages = std::move(result.sbom.packages);
  record.relations = std::move(result.sbom.relations);
  record.problems = std::move(result.sbom.problems);
  record.catalogers = std::move(result.sbom.catalogers);
  record.stats = result.sbom.stats;
  record.content = std::move(result.content);
  record.content_scans = std::move(result.content_scans);
  record.cut_short = result.cut_short;
  return record;
}

scan::ContentSetup SetupOf(const ScanJob& job, unsigned threads) {
  scan::ContentSetup setup;
  setup.secrets = job.content.secrets;
  setup.malware = job.content.malware;
  setup.secret_rules = job.content.secret_rules;
  setup.malware_rules = job.content.malware_rules;
  setup.disabled_rules = job.content.disabled_secret_rules;
  setup.disabled_rules.insert(setup.disabled_rules.end(), job.content.disabled_malware_rules.begin(),
                              job.content.disabled_malware_rules.end());
  setup.cache_dir = job.cache_folder.empty() ? "" : job.cache_folder + "/rules";
  setup.fingerprint_key = job.content.fingerprint_key;
  setup.threads = threads;
  setup.process_memory = job.content.process_memory;
  setup.clamd_socket = job.content.clamd_socket;
  return setup;
}

/// What cannot be looked for is a problem of the scan, not its end: packages are told all the same, and what
/// was found of it before stands.
std::shared_ptr<const scan::ContentEngines> MakeEngines(const ScanJob& job, unsigned threads,
                                                        std::vector<model::Problem>& problems) {
  if (job.content.waits_for_key)
    problems.push_back(
        {Code::kUnavailable, "", "secrets were not looked for: the console has not told how to yet", 1});
  const ScanContent& wanted = job.content;
  if (!wanted.secrets && !wanted.malware) return nullptr;
  scan::ContentSetup setup = SetupOf(job, threads);
  if (!setup.cache_dir.empty()) static_cast<void>(MakePrivateFolder(setup.cache_dir));
  auto made = scan::ContentEngines::Make(setup);
  if (made) return std::move(*made);
  auto note = [&](const std::string& what) {
    problems.push_back({made.error().code, "", what + " not looked for: " + made.error().message, 1});
  };
  if (wanted.secrets && wanted.malware) {
    // One of the two may be in order.
    for (bool secrets : {true, false}) {
      setup.secrets = secrets;
      setup.malware = !secrets;
      auto one = scan::ContentEngines::Make(setup);
      if (!one) continue;
      note(secrets ? "malware was" : "secrets were");
      return std::move(*one);
    }
    note("secrets and malware were");
    return nullptr;
  }
  note(wanted.secrets ? "secrets were" : "malware was");
  return nullptr;
}

/// What is found without a rule of the engine's (by the structure of a file) knows of no disabled rules. And
/// the scan is to tell which there were.
void DropDisabled(const ScanJob& job, model::ScanResult& result) {
  auto disabled = [&](model::ContentKind kind) -> const std::vector<std::string>& {
    return kind == model::ContentKind::kSecret ? job.content.disabled_secret_rules
                                               : job.content.disabled_malware_rules;
  };
  std::erase_if(result.content, [&](const model::ContentFinding& finding) {
    const auto& rules = disabled(finding.kind);
    return std::find(rules.begin(), rules.end(), finding.rule) != rules.end();
  });
  for (model::ContentScan& scan : result.content_scans)
    for (const std::string& rule : disabled(scan.kind)) {
      bool told = std::any_of(scan.set_aside.begin(), scan.set_aside.end(),
                              [&](const std::string& text) { return text.starts_with(rule + ":"); });
      if (!told) scan.set_aside.push_back(rule + ": disabled on the console");
    }
}

Result<ScanReport> PerformScan(const ScanJob& job, const std::function<void(const ScanReport&)>& progress) {
  const ScanSubject& subject = job.subjects.front();
  scan::ScanOptions options = OptionsOf(job, subject);
  ScanReport now;
  now.phase = "reading";
  options.walk.progress = [&](const model::WalkStats& stats) {
    ScanReport report;
    report.phase = "reading";
    report.files = stats.files;
    report.bytes = stats.bytes_read;
    progress(report);
  };
  options.packages = job.content.packages;
  std::vector<model::Problem> problems;
  options.content = MakeEngines(job, options.walk.threads, problems);
  WEIR_ASSIGN(model::ScanResult result, scan::Scan(subject.target, nullptr, options));
  options.content = nullptr;  // and with it, its children
  DropDisabled(job, result);
  result.sbom.problems.insert(result.sbom.problems.end(), problems.begin(), problems.end());
  // What was not reached is not gone: a host that became slow, or a container that grew a huge tree, would
  // look clean. Where nothing was known before, a part is better than nothing, and its problems say that it
  // is one.
  if (result.cut_short && ReadAssetState(OldPath(job, subject.asset, ".state")))
    return Err(Code::kDeadlineExceeded, "stopped after " + std::to_string(job.budget.max_seconds) +
                                            " s with " + std::to_string(result.sbom.stats.files) +
                                            " files seen; what the last whole scan found still stands");
  now.phase = "joining";
  now.files = result.sbom.stats.files;
  now.bytes = result.sbom.stats.bytes_read;
  progress(now);
  if (!result.runtime.taken) {  // images
    if (auto snapshot = discovery::TakeSnapshot({})) result.runtime = std::move(*snapshot);
  }
  wire::ScanRecord record = RecordOf(job, subject, result);
  record.finished_at = Rfc3339(SystemNowMs());
  now.phase = "done";
  constexpr std::size_t kMaxWatched = 64;
  now.watch = WatchPaths(record.packages, kMaxWatched);
  AssetState state = StateOf(record, std::move(result.sbom.owners));
  WEIR_TRY(WriteAssetState(NewPath(job, subject.asset, ".state"), state));
  WEIR_TRY(WriteAssetUsage(NewPath(job, subject.asset, ".usage"), record.usage));
  state = {};
  if (!job.full) {
    auto before = ReadAssetState(OldPath(job, subject.asset, ".state"));
    auto usage = ReadAssetUsage(OldPath(job, subject.asset, ".usage"));
    if (before && usage) {
      wire::UsageChange change = UsageDifference(*usage, record.usage, true);
      record = ScanDifference(*before, record);
      record.usage = std::move(change);
      now.changed = !record.packages.empty() || !record.gone_packages.empty();
    }
  }
  WEIR_TRY(WriteFileAtomically(NewPath(job, subject.asset, ".record"), wire::RecordText(record), 0600));
  return now;
}

Result<void> RefreshUsage(const ScanJob& job, const ScanSubject& subject, model::ScanResult& result) {
  WEIR_ASSIGN(AssetState state, ReadAssetState(OldPath(job, subject.asset, ".state")));
  WEIR_ASSIGN(wire::UsageChange before, ReadAssetUsage(OldPath(job, subject.asset, ".usage")));
  result.sbom = {};
  result.sbom.asset.kind = subject.asset.kind;
  result.sbom.asset.id = subject.asset.key;
  result.sbom.asset.name = subject.name;
  result.sbom.asset.image = subject.image;
  result.sbom.distro = state.record.distro;
  result.sbom.packages = std::move(state.record.packages);
  result.sbom.relations = std::move(state.record.relations);
  result.sbom.owners = std::move(state.owners);
  wire::UsageChange usage = FoldUsage(result.sbom.packages, rank::PackageUsage(result));
  wire::UsageChange change = job.full ? usage : UsageDifference(before, usage, job.minor);
  if (IsEmpty(change)) return {};
  WEIR_TRY(WriteAssetUsage(NewPath(job, subject.asset, ".usage"), ApplyUsage(before, change)));
  return WriteFileAtomically(NewPath(job, subject.asset, ".record"),
                             wire::RecordText(wire::UsageRecord{subject.asset, std::move(change)}), 0600);
}

Result<ScanReport> PerformUsage(const ScanJob& job) {
  model::ScanResult result;
  WEIR_ASSIGN(result.runtime, discovery::TakeSnapshot({}));
  ScanReport report;
  report.phase = "done";
  Error last;
  std::size_t failed = 0;
  for (const ScanSubject& subject : job.subjects)
    if (Result<void> done = RefreshUsage(job, subject, result); !done) {
      ++failed;
      last = done.error().Context(subject.name);
    }
  if (failed > 0 && failed == job.subjects.size()) return Err(last);
  return report;
}

}  // namespace

wire::UsageChange FoldUsage(const std::vector<model::Package>& packages,
                            const std::vector<model::Usage>& usage) {
  wire::UsageChange out;
  out.full = true;
  std::map<std::string, std::size_t> counts;
  std::vector<std::string> texts;
  texts.reserve(usage.size());
  for (const model::Usage& one : usage) ++counts[texts.emplace_back(wire::ToJson(one))];
  auto most = std::max_element(counts.begin(), counts.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  for (std::size_t i = 0; i < usage.size() && i < packages.size(); ++i) {
    if (texts[i] == most->first) {
      out.others = usage[i];
    } else {
      out.packages.emplace_back(packages[i].id, usage[i]);
    }
  }
  return out;
}

namespace {

/// Up to and with the last of NAMES that is a component of PATH; empty where none is.
std::string_view UpTo(std::string_view path, std::initializer_list<std::string_view> names, bool first) {
  std::string_view found;
  std::size_t at = 0;
  while (at < path.size()) {
    std::size_t end = std::min(path.find('/', at), path.size());
    for (std::string_view name : names)
      if (path.substr(at, end - at) == name) {
        found = path.substr(0, end);
        if (first) return found;
      }
    at = end + 1;
  }
  return found;
}

std::string_view WatchPathOf(const model::Package& package, std::string_view path) {
  path = path.substr(0, path.find('!'));  // the outermost archive
  switch (package.type) {
    case model::PackageType::kPypi:
    case model::PackageType::kConda:
      if (auto folder = UpTo(path, {"site-packages", "dist-packages", "conda-meta"}, false); !folder.empty())
        return folder;
      return path;
    case model::PackageType::kNpm:
      if (auto folder = UpTo(path, {"node_modules"}, true); !folder.empty()) return folder;
      return path;
    case model::PackageType::kGem:
      if (auto folder = UpTo(path, {"specifications"}, false); !folder.empty()) return folder;
      return path;
    case model::PackageType::kKernel:
    case model::PackageType::kKernelModule:
      if (auto folder = UpTo(path, {"modules", "boot"}, true); !folder.empty()) return folder;
      return path;
    case model::PackageType::kDeb:  // status.d: one file a package
      if (auto folder = UpTo(path, {"status.d"}, false); !folder.empty()) return folder;
      return path;
    default:
      return path;
  }
}

}  // namespace

std::vector<std::string> WatchPaths(const std::vector<model::Package>& packages, std::size_t max) {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const model::Package& package : packages)
    for (const model::Location& location : package.locations) {
      std::string_view path = WatchPathOf(package, location.path);
      if (!path.empty()) ++counts[std::string(path)];
    }
  std::vector<std::string> out;
  // Even where there is no package yet, the first one will be seen.
  for (const char* database :
       {"var/lib/dpkg/status", "var/lib/dpkg/status.d", "var/lib/rpm", "usr/lib/sysimage/rpm",
        "usr/share/rpm", "lib/apk/db/installed", "usr/lib/apk/db/installed"})
    out.emplace_back(database);
  std::vector<std::pair<std::size_t, std::string>> order;
  for (auto& [path, count] : counts)
    if (std::find(out.begin(), out.end(), path) == out.end()) order.emplace_back(count, path);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::tie(b.first, a.second) < std::tie(a.first, b.second);
  });
  for (auto& [count, path] : order) {
    if (out.size() >= max) break;
    out.push_back(std::move(path));
  }
  return out;
}

Result<ScanReport> PerformJob(const ScanJob& job, const std::function<void(const ScanReport&)>& progress) {
  if (job.subjects.empty()) return Err(Code::kInvalidArgument, "a job without a subject");
  return job.kind == ScanJob::Kind::kScan ? PerformScan(job, progress) : PerformUsage(job);
}

}  // namespace weir::sensor
