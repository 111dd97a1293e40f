// Shows every file of a walk to the secret and the malware scan, in one reading.
//
// Archives are unpacked and their members looked at the same way; what was clean in an
// earlier scan of the same tree is passed over (sbom::ScanCache holds its identity).
// Threading: as target::Visitor; construction and Finish on one thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "model/scan_result.h"
#include "sbom/package_digests.h"
#include "sbom/scan_cache.h"
#include "scan/content_impl.h"
#include "scan/malware_set.h"
#include "target/archive_walk.h"
#include "target/target.h"

namespace weir::scan {

class ContentVisitor final : public target::Visitor {
 public:
  /// All but ENGINES must outlive it. CACHE and DIGESTS may be null.
  ContentVisitor(std::shared_ptr<const ContentEngines> engines, const target::WalkOptions& walk,
                 std::string temporary_dir, const model::Asset& asset, target::ProblemLog& problems,
                 sbom::ScanCache* cache, const sbom::PackageDigests* digests);
  ~ContentVisitor() override;

  bool WantsFile(const target::Entry& entry) override;
  void VisitFile(target::File& file) override;
  bool WantsBeyondTree() const override { return true; }

  /// Memory of process PID, called NAME.
  void VisitMemory(std::uint32_t pid, const std::string& name);

  /// Moves what was found to RESULT: content, content_scans.
  void Finish(model::ScanResult& result);

 private:
  struct Worker;
  struct Subject;
  enum class Verdict : std::uint8_t { kClean, kFound, kUnknown };
  class WorkerLease;

  Verdict LookAtFile(target::File& file, Worker& worker);
  Verdict LookAtArchive(target::ArchiveKind kind, target::File& file, Worker& worker);
  /// READ gives what comes next of the content, as target::ArchiveMember::Read.
  using Read = std::function<Result<std::size_t>(std::span<std::byte>)>;
  /// PACKED: the bytes are those of an archive, of use to malware rules only.
  Verdict Look(Worker& worker, Subject& subject, bool packed, const Read& read);
  Verdict LookInMemory(Worker& worker, Subject& subject, bool packed, std::uint64_t filled, const Read& read);
  Verdict LookAtWhole(Worker& worker, Subject& subject, bool packed, std::uint64_t size);
  /// The secret scan has had DONE bytes and gets the rest.
  Verdict FeedRest(Worker& worker, Subject& subject, std::uint64_t done, const Read& read);
  /// CONTENT: the whole of it where it is in memory, else empty.
  Verdict KeepSecrets(secret::Scanner::Result found, Subject& subject, std::string_view content);
  void CheckPackage(Subject& subject, std::string_view content) const;
  void Skip(model::ContentKind kind, const std::string& reason);
  void Count(std::uint64_t bytes, bool secrets, bool malware);

  const std::shared_ptr<const ContentEngines> engines_;
  const ContentEngines::Impl& impl_;
  const target::WalkOptions& walk_;
  const std::string temporary_dir_;
  const bool known_good_;         // files that are what their package brought are passed over
  const std::string own_folder_;  // from the target's root, with a slash at its end; empty: not in it
  target::ProblemLog& problems_;
  sbom::ScanCache* const cache_;
  const sbom::PackageDigests* const digests_;

  std::unique_ptr<secret::FindingSet> secrets_;
  MalwareSet malware_;
  std::mutex large_;  // one large file in memory at a time

  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Worker>> idle_;
  std::map<std::string, std::uint64_t> skipped_[2];  // by kind
  std::atomic<std::uint64_t> files_[2]{}, bytes_[2]{}, unchanged_{0}, dropped_hits_{0};
};

}  // namespace weir::scan
