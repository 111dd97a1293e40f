#include "scan/content_visitor.h"

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "base/time_text.h"

namespace weir::scan {
namespace {

constexpr std::uint64_t kChunk = 256U << 10U;  // read at once; a smaller file is read whole
constexpr std::uint64_t kWhole = 4U << 20U;    // a file up to this is read whole by every worker
constexpr std::uint64_t kMaxVerified = 64U
                                       << 20U;  // an archive up to this is compared with its package's digest
constexpr std::uint64_t kKeep = 8U << 20U;      // a worker's buffer that grew beyond is given back

constexpr std::size_t Index(model::ContentKind kind) { return static_cast<std::size_t>(kind); }

std::string LargerThan(std::uint64_t bytes) { return "larger than " + std::to_string(bytes >> 20U) + " MiB"; }

/// git keeps its objects compressed: their bytes say nothing. What is in them is offered as commits.
bool IsGitObject(std::string_view parent) {
  for (std::string_view folder : {".git/objects/", ".git/objects"}) {
    std::size_t at = parent.find(folder);
    if (at != std::string_view::npos && (at == 0 || parent[at - 1] == '/')) return true;
  }
  return false;
}

/// FOLDER as seen from the root of ASSET, with a slash at its end; empty where it does not lie in it.
std::string OwnFolder(const std::string& folder, const model::Asset& asset) {
  std::string root = asset.kind == model::AssetKind::kHost        ? "/"
                     : asset.kind == model::AssetKind::kDirectory ? asset.id
                                                                  : std::string();
  std::error_code error;
  std::string own = std::filesystem::weakly_canonical(folder, error).string();
  if (folder.empty() || root.empty() || error) return {};
  if (!root.ends_with('/')) root += '/';
  if (!own.ends_with('/')) own += '/';
  return own.starts_with(root) && own != root ? own.substr(root.size()) : std::string();
}

}  // namespace

/// What one thread works with.
struct ContentVisitor::Worker {
  std::optional<secret::Scanner> scanner;
  std::optional<malware::Buffer> shared;  // where malware is looked for: its children see the same bytes
  std::vector<std::byte> own;             // else

  /// At least SIZE bytes; what was in it stays.
  Result<std::span<std::byte>> Reserve(std::uint64_t size) {
    if (shared) return shared->Reserve(size);
    if (own.size() < size) own.resize(size);
    return std::span(own);
  }
};

/// What is looked at, and what is known of it.
struct ContentVisitor::Subject {
  model::ContentPlace place;
  std::optional<std::uint64_t> size;
  bool malware = false;
  target::File* archive = nullptr;  // that it is a member of
};

class ContentVisitor::WorkerLease {
 public:
  explicit WorkerLease(ContentVisitor& visitor) : visitor_(visitor) {
    {
      std::lock_guard lock(visitor.mutex_);
      if (!visitor.idle_.empty()) {
        worker_ = std::move(visitor.idle_.back());
        visitor.idle_.pop_back();
        return;
      }
    }
    worker_ = std::make_unique<Worker>();
    if (visitor.impl_.secrets) worker_->scanner.emplace(visitor.impl_.secrets);
  }
  ~WorkerLease() {
    std::lock_guard lock(visitor_.mutex_);
    visitor_.idle_.push_back(std::move(worker_));
  }
  WorkerLease(const WorkerLease&) = delete;
  WorkerLease& operator=(const WorkerLease&) = delete;
  Worker& operator*() { return *worker_; }

 private:
  ContentVisitor& visitor_;
  std::unique_ptr<Worker> worker_;
};

ContentVisitor::ContentVisitor(std::shared_ptr<const ContentEngines> engines, const target::WalkOptions& walk,
                               std::string temporary_dir, const model::Asset& asset,
                               target::ProblemLog& problems, sbom::ScanCache* cache,
                               const sbom::PackageDigests* digests)
    : engines_(std::move(engines)),
      impl_(engines_->impl()),
      walk_(walk),
      temporary_dir_(std::move(temporary_dir)),
      known_good_(impl_.setup.known_good == KnownGood::kAlways ||
                  (impl_.setup.known_good == KnownGood::kHosts && asset.kind == model::AssetKind::kHost)),
      own_folder_(OwnFolder(impl_.setup.own_folder, asset)),
      problems_(problems),
      cache_(cache),
      digests_(digests) {
  if (impl_.secrets) {
    secrets_ = std::make_unique<secret::FindingSet>(impl_.secrets, *impl_.key);
    if (impl_.setup.ask) secrets_->SetAsk(impl_.setup.ask);
  }
}

ContentVisitor::~ContentVisitor() = default;

bool ContentVisitor::WantsFile(const target::Entry& entry) {
  switch (entry.origin) {
    case model::Origin::kFile:
    case model::Origin::kRemovedFile:
      // Its compiled rules and advisories are full of what rules look for.
      if (!own_folder_.empty() && entry.path.starts_with(own_folder_)) {
        for (model::ContentKind kind : {model::ContentKind::kSecret, model::ContentKind::kMalware})
          Skip(kind, "of Weir's own state");
        return false;
      }
      return !IsGitObject(entry.parent);
    default:
      return secrets_ != nullptr;
  }
}

void ContentVisitor::Skip(model::ContentKind kind, const std::string& reason) {
  if (kind == model::ContentKind::kSecret ? secrets_ == nullptr : impl_.malware == nullptr) return;
  std::lock_guard lock(mutex_);
  ++skipped_[Index(kind)][reason];
}

void ContentVisitor::Count(std::uint64_t bytes, bool secrets, bool malware) {
  auto add = [&](model::ContentKind kind) {
    files_[Index(kind)].fetch_add(1, std::memory_order_relaxed);
    bytes_[Index(kind)].fetch_add(bytes, std::memory_order_relaxed);
  };
  if (secrets) add(model::ContentKind::kSecret);
  if (malware) add(model::ContentKind::kMalware);
}

void ContentVisitor::VisitFile(target::File& file) {
  const target::Entry& entry = file.entry();
  if (file.size() > walk_.limits.max_file_bytes) {
    for (model::ContentKind kind : {model::ContentKind::kSecret, model::ContentKind::kMalware})
      Skip(kind, LargerThan(walk_.limits.max_file_bytes));
    return;
  }
  std::optional<target::FileIdentity> identity;
  std::int64_t now = 0;
  if (cache_ != nullptr && entry.origin == model::Origin::kFile) {
    identity = file.identity();
    now = cache_->Now();
    if (identity && cache_->Find(entry.path, *identity)) {
      unchanged_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  Verdict verdict;
  {
    WorkerLease worker(*this);
    verdict = LookAtFile(file, *worker);
  }
  if (file.failed()) {
    for (model::ContentKind kind : {model::ContentKind::kSecret, model::ContentKind::kMalware})
      Skip(kind, "could not be read");
  } else if (identity && verdict == Verdict::kClean) {
    cache_->Put(entry.path, *identity, {}, now);
  }
}

ContentVisitor::Verdict ContentVisitor::LookAtFile(target::File& file, Worker& worker) {
  const target::Entry& entry = file.entry();
  Subject subject;
  subject.place.location = file.location();
  subject.place.origin = entry.origin;
  subject.place.removed_in = std::string(entry.removed_in);
  subject.place.commit = std::string(entry.commit);
  if (entry.commit_time != 0) subject.place.commit_time = FormatRfc3339(entry.commit_time);
  subject.place.pid = entry.pid;
  subject.place.process = std::string(entry.process);
  subject.place.added = entry.added;
  subject.place.mode = file.mode();
  subject.place.owner = file.owner();
  subject.size = file.size();
  bool content = entry.origin == model::Origin::kFile || entry.origin == model::Origin::kRemovedFile;
  subject.malware = impl_.malware != nullptr && content;

  target::ArchiveKind kind = target::ArchiveKind::kNone;
  if (file.size() > 0) {
    std::array<std::byte, target::kArchiveHeadBytes> head;
    Result<std::size_t> got = file.content().ReadAt(0, head);
    if (!got) return Verdict::kUnknown;
    kind = target::DetectArchive(AsText(std::span(head).first(*got)), entry.name);
  }
  Verdict verdict = Verdict::kClean;
  if (kind != target::ArchiveKind::kNone) verdict = LookAtArchive(kind, file, worker);

  // The packed bytes of an archive hold no secret that can be seen, but malware rules may know the archive.
  if (kind != target::ArchiveKind::kNone && !subject.malware) return verdict;
  std::uint64_t at = 0;
  bool packed = kind != target::ArchiveKind::kNone;
  Verdict own = Look(worker, subject, packed, [&](std::span<std::byte> out) -> Result<std::size_t> {
    Result<std::size_t> got = file.content().ReadAt(at, out);
    if (got) at += *got;
    return got;
  });
  return std::max(verdict, own);
}

ContentVisitor::Verdict ContentVisitor::LookAtArchive(target::ArchiveKind kind, target::File& file,
                                                      Worker& worker) {
  const target::Entry& entry = file.entry();
  target::ArchiveOptions options;
  options.limits = walk_.limits;
  options.cancel = walk_.cancel;
  options.temporary_dir = temporary_dir_;
  Verdict verdict = Verdict::kClean;
  auto visit = [&](target::ArchiveMember& member) -> Result<void> {
    Subject subject;
    subject.place.location = {std::string(member.path()), std::string(entry.layer)};
    subject.place.origin = entry.origin;
    subject.place.removed_in = std::string(entry.removed_in);
    subject.place.commit = std::string(entry.commit);
    if (entry.commit_time != 0) subject.place.commit_time = FormatRfc3339(entry.commit_time);
    subject.place.added = entry.added;
    // Who may read a member is who may read the archive.
    subject.place.mode = file.mode();
    subject.place.owner = file.owner();
    subject.size = member.size();
    subject.archive = &file;
    subject.malware = impl_.malware != nullptr && entry.origin != model::Origin::kCommit;
    verdict = std::max(
        verdict, Look(worker, subject, false, [&](std::span<std::byte> out) { return member.Read(out); }));
    return {};
  };
  target::ProblemLog unread;
  Result<target::ArchiveCounts> walked =
      target::WalkArchive(kind, file.content(), entry.path, options, unread, visit);
  if (!walked) unread.Add(walked.error(), entry.path);
  for (const model::Problem& problem : unread.Take()) {
    problems_.Add(problem.code, problem.path, problem.message);
    verdict = std::max(verdict, Verdict::kUnknown);
  }
  return verdict;
}

/// Reads until OUT is full or there is no more.
static Result<std::size_t> Fill(std::span<std::byte> out,
                                const std::function<Result<std::size_t>(std::span<std::byte>)>& read) {
  std::size_t done = 0;
  while (done < out.size()) {
    WEIR_ASSIGN(std::size_t got, read(out.subspan(done)));
    if (got == 0) break;
    done += got;
  }
  return done;
}

ContentVisitor::Verdict ContentVisitor::Look(Worker& worker, Subject& subject, bool packed,
                                             const Read& read) {
  const bool secrets = secrets_ != nullptr && !packed;
  if (impl_.malware && !worker.shared) {
    Result<malware::Buffer> made = impl_.malware->NewBuffer();
    if (!made) {
      problems_.Add(made.error(), subject.place.location.path);
      return Verdict::kUnknown;
    }
    worker.shared = std::move(*made);
  }
  // One byte more than the size that was stated: the end shows in the first reading.
  std::uint64_t room = std::clamp<std::uint64_t>(subject.size.value_or(kChunk) + 1, 4096, kWhole);
  if (subject.size && *subject.size + 1 > kWhole) room = kChunk;
  Result<std::span<std::byte>> buffer = worker.Reserve(room);
  if (!buffer) {
    problems_.Add(buffer.error(), subject.place.location.path);
    return Verdict::kUnknown;
  }
  std::span<std::byte> bytes = buffer->first(room);
  Result<std::size_t> got = Fill(bytes, read);
  if (!got) return Verdict::kUnknown;
  if (*got < bytes.size()) return LookAtWhole(worker, subject, packed, *got);

  std::uint64_t limit = impl_.setup.max_malware_bytes;
  bool wants_malware =
      subject.malware && impl_.malware->Wants(bytes, subject.size.value_or(0), subject.place.location.path);
  if (wants_malware && subject.size.value_or(0) >= limit) {
    Skip(model::ContentKind::kMalware, LargerThan(limit));
    wants_malware = false;
  }
  if (wants_malware) return LookInMemory(worker, subject, packed, *got, read);
  if (!secrets) return Verdict::kClean;
  worker.scanner->Begin({subject.place.location.path, subject.place.origin, subject.place.commit});
  worker.scanner->Feed(bytes);
  return FeedRest(worker, subject, *got, read);
}

/// The buffer holds FILLED bytes; malware rules want all of them.
ContentVisitor::Verdict ContentVisitor::LookInMemory(Worker& worker, Subject& subject, bool packed,
                                                     std::uint64_t filled, const Read& read) {
  std::lock_guard one_at_a_time(large_);
  const std::uint64_t limit = impl_.setup.max_malware_bytes;
  Verdict verdict = Verdict::kUnknown;
  bool ended = false;
  while (!ended && filled < limit) {
    std::uint64_t next =
        std::min(std::max(subject.size.value_or(0) + 1, filled + std::max(kChunk, filled)), limit);
    Result<std::span<std::byte>> buffer = worker.Reserve(next);
    Result<std::size_t> got =
        buffer ? Fill(buffer->subspan(filled, next - filled), read) : Err(buffer.error());
    if (!got) {
      problems_.Add(got.error(), subject.place.location.path);
      return verdict;
    }
    ended = *got < next - filled;
    filled += *got;
  }
  if (ended) {
    verdict = LookAtWhole(worker, subject, packed, filled);
  } else {
    // How large it is was not known before. The secret scan takes it in chunks.
    Skip(model::ContentKind::kMalware, LargerThan(limit));
    Result<std::span<std::byte>> buffer = worker.Reserve(filled);
    if (secrets_ != nullptr && !packed && buffer) {
      worker.scanner->Begin({subject.place.location.path, subject.place.origin, subject.place.commit});
      worker.scanner->Feed(buffer->first(filled));
      verdict = FeedRest(worker, subject, filled, read);
    }
  }
  if (filled > kKeep) worker.shared.reset();
  return verdict;
}

ContentVisitor::Verdict ContentVisitor::FeedRest(Worker& worker, Subject& subject, std::uint64_t done,
                                                 const Read& read) {
  Result<std::span<std::byte>> buffer = worker.Reserve(kChunk);
  if (!buffer) return Verdict::kUnknown;
  while (true) {
    Result<std::size_t> got = Fill(buffer->first(kChunk), read);
    if (!got) {
      KeepSecrets(worker.scanner->Finish(), subject, {});
      return Verdict::kUnknown;
    }
    worker.scanner->Feed(buffer->first(*got));
    done += *got;
    if (*got < kChunk) break;
  }
  Count(done, true, false);
  return KeepSecrets(worker.scanner->Finish(), subject, {});
}

ContentVisitor::Verdict ContentVisitor::LookAtWhole(Worker& worker, Subject& subject, bool packed,
                                                    std::uint64_t size) {
  Result<std::span<std::byte>> buffer = worker.Reserve(size);
  if (!buffer) return Verdict::kUnknown;
  std::span<std::byte> bytes = buffer->first(size);
  Verdict verdict = Verdict::kClean;
  const bool secrets = secrets_ != nullptr && !packed;
  bool wants_malware = subject.malware && size > 0;
  if (secrets) {
    secret::Source source{subject.place.location.path, subject.place.origin, subject.place.commit};
    verdict = KeepSecrets(worker.scanner->Scan(source, bytes), subject, AsText(bytes));
  }
  if (wants_malware) {
    if (!impl_.malware->Wants(bytes, size, subject.place.location.path)) {
      wants_malware = false;
      Skip(model::ContentKind::kMalware, "of a type that no rule is about");
    } else {
      CheckPackage(subject, AsText(bytes));
      if (subject.place.unmodified && known_good_) {
        wants_malware = false;
        Skip(model::ContentKind::kMalware, "as its package brought it");
      }
    }
  }
  if (wants_malware) {
    malware::FileFacts facts{subject.place.location.path, subject.place.mode, subject.place.owner};
    Result<std::vector<malware::Hit>> hits = impl_.malware->Scan(*worker.shared, size, facts);
    if (!hits) {
      problems_.Add(hits.error(), subject.place.location.path);
      Skip(model::ContentKind::kMalware, "could not be checked");
      verdict = std::max(verdict, Verdict::kUnknown);
    } else if (!hits->empty()) {
      malware_.Add(*hits, DigestHex(DigestKind::kSha256, bytes), subject.place);
      verdict = Verdict::kFound;
    }
  }
  Count(size, secrets, wants_malware);
  return verdict;
}

ContentVisitor::Verdict ContentVisitor::KeepSecrets(secret::Scanner::Result found, Subject& subject,
                                                    std::string_view content) {
  dropped_hits_.fetch_add(found.dropped, std::memory_order_relaxed);
  if (!found.problem.empty()) problems_.Add(Code::kLimitExceeded, subject.place.location.path, found.problem);
  if (found.hits.empty()) return found.problem.empty() ? Verdict::kClean : Verdict::kUnknown;
  CheckPackage(subject, content);
  secrets_->Add(found.hits, subject.place);
  return Verdict::kFound;
}

void ContentVisitor::CheckPackage(Subject& subject, std::string_view content) const {
  model::ContentPlace& place = subject.place;
  if (digests_ == nullptr || place.origin != model::Origin::kFile || !place.package_name.empty()) return;
  auto check = [&](std::string_view path, std::string_view bytes) {
    std::optional<sbom::PackagedFile> owner = digests_->Lookup(path);
    if (!owner) return false;
    place.package_name = owner->package;
    if (bytes.empty()) return true;
    sbom::FileVerdict verdict = digests_->Verify(path, AsBytes(bytes));
    place.unmodified = verdict == sbom::FileVerdict::kUnmodified;
    place.modified = verdict == sbom::FileVerdict::kModified;
    return true;
  };
  const std::string& path = place.location.path;
  std::size_t outer = path.find('!');
  if (outer == std::string::npos) {
    check(path, content);
    return;
  }
  if (subject.archive == nullptr) return;
  // A manual page, a jar: the package brought the archive.
  Result<std::string> archive = std::string();
  if (digests_->Lookup(path.substr(0, outer))) archive = subject.archive->content().ReadAll(kMaxVerified);
  if (check(path.substr(0, outer), archive ? *archive : std::string())) return;
  // A package that the package manager has kept: the same file as the one that is installed.
  if (!path.substr(0, outer).ends_with(".deb") && !path.substr(0, outer).ends_with(".rpm")) return;
  if (!check(path.substr(path.rfind('!') + 1), content) || place.unmodified) return;
  place.package_name.clear();  // of another version, or no such package at all
  place.modified = false;
}

void ContentVisitor::VisitMemory(std::uint32_t pid, const std::string& name) {
  if (impl_.malware == nullptr) return;
  std::string path = "proc/" + std::to_string(pid) + "/mem";
  Result<std::vector<malware::Hit>> hits = impl_.malware->ScanMemory(pid);
  if (!hits) {
    problems_.Add(hits.error(), path);
    Skip(model::ContentKind::kMalware, "memory that could not be read");
    return;
  }
  if (hits->empty()) return;
  model::ContentPlace place;
  place.location.path = path;
  place.origin = model::Origin::kMemory;
  place.pid = pid;
  place.process = name;
  malware_.Add(*hits, "memory of " + name, place);
}

void ContentVisitor::Finish(model::ScanResult& result) {
  auto scan_of = [&](model::ContentKind kind) {
    model::ContentScan scan;
    scan.kind = kind;
    scan.files = files_[Index(kind)];
    scan.bytes = bytes_[Index(kind)];
    scan.unchanged = unchanged_;
    scan.skipped.assign(skipped_[Index(kind)].begin(), skipped_[Index(kind)].end());
    return scan;
  };
  if (secrets_) {
    model::ContentScan scan = scan_of(model::ContentKind::kSecret);
    scan.rules_digest = impl_.secrets->digest();
    scan.rules = impl_.secrets->rules().size();
    scan.set_aside = impl_.remarks;
    scan.dropped_findings = secrets_->dropped() + dropped_hits_;
    result.content_scans.push_back(std::move(scan));
    result.content = secrets_->Take();
  }
  if (impl_.malware) {
    model::ContentScan scan = scan_of(model::ContentKind::kMalware);
    const malware::RulesReport& report = impl_.malware->report();
    scan.rules_digest = report.digest;
    scan.rules = report.rules;
    scan.set_aside = report.set_aside;
    scan.set_aside.insert(scan.set_aside.end(), report.errors.begin(), report.errors.end());
    scan.dropped_findings = malware_.dropped();
    result.content_scans.push_back(std::move(scan));
    std::vector<model::ContentFinding> found = malware_.Take();
    std::move(found.begin(), found.end(), std::back_inserter(result.content));
  }
  // The packages by id, where the SBOM knows who owns a file.
  for (model::ContentFinding& finding : result.content)
    for (model::ContentPlace& place : finding.places) {
      if (place.origin != model::Origin::kFile) continue;
      std::string_view path = std::string_view(place.location.path).substr(0, place.location.path.find('!'));
      std::int64_t owner = result.sbom.owners.Find(path);
      if (owner < 0) continue;
      const model::Package& package = result.sbom.packages[static_cast<std::size_t>(owner)];
      place.package = package.id;
      place.package_name = package.name;
    }
}

}  // namespace weir::scan
