#include "advisory/update/collect_debian.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <tuple>

#include "advisory/feeds/deb_changelog.h"
#include "advisory/feeds/decompress.h"
#include "advisory/feeds/reader.h"
#include "advisory/update/debian_mirror.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::uint64_t kMaxPackageBytes = 64ULL << 20U;
constexpr std::uint64_t kMaxScannedBytes = 512ULL << 20U;
constexpr std::size_t kMaxChangelogBytes = 4U << 20U;
constexpr unsigned kMaxConnections = 8;
constexpr std::size_t kMaxTries = 12;

using Fixes = std::vector<ChangelogFix>;

std::string CachePath(const CollectOptions& options, const SourceFile& file) {
  return options.cache_dir + "/" + file.sha256 + ".fixes";
}

/// One fix a line: id, version, date, text.
std::string FixesToText(const Fixes& fixes) {
  std::string out;
  for (const ChangelogFix& fix : fixes)
    out += fix.cve + "\t" + fix.version + "\t" + fix.date + "\t" + fix.line + "\n";
  return out;
}

Fixes FixesFromText(std::string_view text) {
  Fixes out;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    ChangelogFix fix;
    fix.cve = NextPiece(line, '\t');
    fix.version = NextPiece(line, '\t');
    fix.date = NextPiece(line, '\t');
    fix.line = line;
    if (IsCve(fix.cve) && !fix.version.empty()) out.push_back(std::move(fix));
  }
  return out;
}

PieceSink Collect(std::string& text) {
  return [&text](std::string_view piece) {
    text += piece;
    return text.size() < kMaxChangelogBytes;  // the rest is older than anything that still runs
  };
}

Result<std::string> ChangelogOfSource(std::string_view tar) {
  std::string text;
  auto wanted = [](std::string_view path) {
    return path == "debian/changelog" || path.ends_with("/debian/changelog");
  };
  WEIR_TRY(ReadTarMember(tar, wanted, kMaxScannedBytes, Collect(text)));
  return text;
}

/// A native package has only "changelog.gz"; in others that is the upstream one, which names no Debian
/// versions.
Result<std::string> ChangelogOfBinary(std::string_view deb, bool native) {
  WEIR_ASSIGN(std::string tar, ReadArMember(deb, "data.tar", kMaxPackageBytes));
  Result<std::string> out = Err(Code::kNotFound, "the package has no changelog");
  for (const char* name : {"/changelog.Debian.gz", "/changelog.gz"}) {
    std::string packed;
    auto wanted = [&](std::string_view path) {
      return path.starts_with("usr/share/doc/") && path.ends_with(name);
    };
    auto read = ReadTarMember(tar, wanted, kMaxScannedBytes, Collect(packed));
    if (read) return DecompressBytes(packed, kMaxScannedBytes);
    if (!native || read.error().code != Code::kNotFound) return Err(read.error());
  }
  return out;
}

Result<std::string> ChangelogOf(const SourceFile& file, std::string_view bytes) {
  if (!file.is_binary) return ChangelogOfSource(bytes);
  return ChangelogOfBinary(bytes, file.version.find('-') == std::string::npos);
}

Result<Fixes> FetchFixes(const CollectOptions& options, const SourceFile& file, net::HttpClient& client) {
  std::string bytes;
  if (std::string path = LocalPathOf(file.url); !path.empty()) {
    WEIR_ASSIGN(bytes, ReadFile(path, kMaxPackageBytes));
  } else {
    net::HttpRequest request;
    request.url = file.url;
    request.max_body_bytes = kMaxPackageBytes;
    request.stall_timeout_seconds = options.stall_timeout_seconds;
    WEIR_ASSIGN(net::HttpResponse response, client.Fetch(request));
    if (response.status != 200)
      return Err(Code::kUnavailable, file.url + ": the server answered " + std::to_string(response.status));
    bytes = std::move(response.body);
  }
  if (DigestHex(DigestKind::kSha256, AsBytes(bytes)) != file.sha256)
    return Err(Code::kMalformed, file.url + ": its SHA-256 is not the index's");
  auto changelog = ChangelogOf(file, bytes);
  if (!changelog) return Err(changelog.error().Context(file.url));
  Fixes fixes = ReadChangelogFixes(*changelog);
  WEIR_TRY(WriteFileAtomically(CachePath(options, file), FixesToText(fixes)));
  return fixes;
}

/// What may hold the changelog of one source package in one release, the newest build first (its changelog
/// has the older ones' entries too), and of one build the source before binary packages, small before large.
struct Builds {
  std::vector<SourceFile> files;
  Fixes fixes;  // written by one thread
};

/// Others of a source often only link to the documents of its "-common" or "-base" package.
bool IsLikelyDocumented(const SourceFile& file) {
  std::string_view name(file.url);
  name = name.substr(name.rfind('/') + 1);
  name = name.substr(0, name.find('_'));
  return name.ends_with("-common") || name.ends_with("-base") || name == file.source;
}

std::vector<Builds> GroupBuilds(std::vector<SourceFile> files) {
  std::map<std::pair<std::string, std::string>, Builds> groups;
  for (SourceFile& file : files) {
    auto key = std::pair(file.ecosystem, file.source);
    groups[key].files.push_back(std::move(file));
  }
  std::vector<Builds> out;
  for (auto& [key, builds] : groups) {
    std::stable_sort(builds.files.begin(), builds.files.end(), [](const SourceFile& a, const SourceFile& b) {
      auto order = CompareVersions(Scheme::kDeb, a.version, b.version);
      if (order && *order != 0) return *order > 0;
      auto preference = [](const SourceFile& f) {
        return std::tuple(f.is_binary, !IsLikelyDocumented(f), f.bytes);
      };
      return preference(a) < preference(b);
    });
    if (builds.files.size() > kMaxTries) builds.files.resize(kMaxTries);
    out.push_back(std::move(builds));
  }
  return out;
}

/// What the threads of one collection share.
struct Work {
  const CollectOptions& options;
  std::vector<Builds> builds;
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::size_t next = 0, done = 0, failed = 0, downloads = 0;
  std::string first_error;

  bool IsCancelled() const { return options.cancel != nullptr && options.cancel->load(); }
};

/// A mirror drops a build soon after it has a newer one, so an index that is a day old may name what is gone:
/// then the next older build has to do.
Result<Fixes> ReadFixes(const Work& work, const Builds& builds, net::HttpClient& client, bool& downloaded) {
  Result<Fixes> out = Err(Code::kNotFound, "no build");
  for (const SourceFile& file : builds.files) {
    if (auto cached = ReadFile(CachePath(work.options, file), kMaxPackageBytes))
      return FixesFromText(*cached);
    auto fixes = FetchFixes(work.options, file, client);
    if (fixes) {
      downloaded = true;
      return fixes;
    }
    if (out.error().code == Code::kNotFound) out = Err(fixes.error());
  }
  return out;
}

void RunWorker(Work& work) {
  net::HttpClient client(work.options.http);
  for (;;) {
    std::size_t at = 0;
    {
      std::lock_guard lock(work.mutex);
      if (work.next >= work.builds.size() || work.IsCancelled()) return;
      at = work.next++;
    }
    bool downloaded = false;
    auto fixes = ReadFixes(work, work.builds[at], client, downloaded);
    std::lock_guard lock(work.mutex);
    ++work.done;
    if (downloaded) ++work.downloads;
    if (fixes) {
      work.builds[at].fixes = std::move(*fixes);
    } else {
      ++work.failed;
      if (work.first_error.empty()) work.first_error = fixes.error().message;
    }
    work.changed.notify_one();
  }
}

void RunAll(Work& work) {
  unsigned count = std::clamp(work.options.archive.connections, 1U, kMaxConnections);
  std::vector<std::jthread> threads;
  std::atomic<unsigned> running = count;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      RunWorker(work);
      std::lock_guard lock(work.mutex);
      --running;
      work.changed.notify_one();
    });
  }
  std::unique_lock lock(work.mutex);  // progress is told on the caller's thread
  while (running > 0) {
    work.changed.wait(lock);
    std::size_t done = work.done;
    lock.unlock();
    if (work.options.progress) work.options.progress(done, work.builds.size());
    lock.lock();
  }
}

/// One record a CVE, over all packages and releases; in order of id, so that the same facts give the same
/// bytes.
std::string ToOsvJson(const Work& work, std::uint64_t& records) {
  using Json = nlohmann::ordered_json;
  struct Named {
    const SourceFile* file;
    const ChangelogFix* fix;
  };
  std::map<std::string_view, std::vector<Named>> by_cve;
  for (const Builds& builds : work.builds)
    for (const ChangelogFix& fix : builds.fixes) by_cve[fix.cve].push_back({&builds.files[0], &fix});
  Json list = Json::array();
  for (const auto& [cve, named] : by_cve) {
    std::string date;
    Json affected = Json::array();
    for (const Named& one : named) {
      date = std::max(date, one.fix->date);
      Json events = Json::array({Json{{"introduced", "0"}}, Json{{"fixed", one.fix->version}}});
      affected.push_back(
          Json{{"package", Json{{"ecosystem", one.file->ecosystem}, {"name", one.file->source}}},
               {"ranges", Json::array({Json{{"type", "ECOSYSTEM"}, {"events", std::move(events)}}})}});
    }
    if (date.empty()) date = "1970-01-01";
    list.push_back(Json{
        {"id", cve},
        {"modified", date + "T00:00:00Z"},
        {"summary", named[0].fix->line},
        {"references",
         Json::array({Json{{"type", "ADVISORY"},
                           {"url", "https://security-tracker.debian.org/tracker/" + std::string(cve)}}})},
        {"affected", std::move(affected)}});
  }
  records = list.size();
  return list.dump(0, ' ', false, Json::error_handler_t::replace) + "\n";
}

void KeepOnly(const std::vector<std::string>& names, std::vector<SourceFile>& files) {
  if (names.empty()) return;
  std::erase_if(files, [&](const SourceFile& file) {
    return std::find(names.begin(), names.end(), file.source) == names.end();
  });
}

}  // namespace

Result<CollectedArchive> CollectDebianArchive(const CollectOptions& options) {
  CollectedArchive out;
  std::vector<AptArchive> suites = SecuritySuites(ReadAptArchives(options.archive.root));
  if (suites.empty()) {
    out.description = "the host has no security suite of a Debian mirror";
    return out;
  }
  WEIR_TRY(MakeDirectories(options.cache_dir));
  Fetcher fetcher(options.http, options.stall_timeout_seconds, options.cancel);
  std::vector<SourceFile> files;
  std::optional<Error> failure;
  for (const AptArchive& suite : suites) {
    auto index = ReadSourceIndex(suite, options.archive.root, options.cache_dir, fetcher);
    if (!index) {
      failure = index.error();
      continue;
    }
    if (!out.description.empty()) out.description += "; ";
    out.description +=
        suite.uri + " " + suite.suite +
        (index->signature_checked ? " (signature checked by apt)" : " (signature not checked)");
    std::move(index->files.begin(), index->files.end(), std::back_inserter(files));
  }
  if (files.empty() && failure) return Err(*failure);
  KeepOnly(options.archive.source_names, files);

  Work work{.options = options,
            .builds = GroupBuilds(std::move(files)),
            .mutex = {},
            .changed = {},
            .first_error = {}};
  const std::size_t count = work.builds.size();
  RunAll(work);
  if (work.IsCancelled()) return Err(Code::kCancelled, "stopped");
  if (count > 0 && work.failed == count) return Err(Code::kUnavailable, work.first_error);
  if (work.failed > 0)
    out.problem = std::to_string(work.failed) + " of " + std::to_string(count) +
                  " packages could not be read; the first: " + work.first_error;
  out.packages = count - work.failed;
  out.downloads = work.downloads;
  out.osv_json = ToOsvJson(work, out.records);
  return out;
}

}  // namespace weir::advisory
