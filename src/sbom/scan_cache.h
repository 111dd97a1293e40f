// What earlier scans of the same tree found in each file, on disk, so that a scan
// opens only files that are new or changed.
//
// A file is the same where its path, device, inode, size, and the times of its last
// modification (mtime) and change (ctime) are: the kernel sets ctime at every write,
// rename, link and change of mode, and no program can set it. As in git's index, a
// file that changed within two seconds before it was read is not kept: another
// change in the same tick of the clock would not show. What this cannot see is a
// program that goes on writing through a shared mapping it had before the scan,
// until the kernel has written the page back.
//
// The cache belongs to one build of the program and one set of options; any other is
// dropped, as is one that is damaged or that another user could have written. It is
// read whole into memory, and grows with the files that catalogers want to see: some
// 100 bytes for each that holds nothing, and what was found in the others.
//
// Threading: Find and Put from several threads; the rest on one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sbom/cataloger.h"
#include "target/target.h"

namespace weir::sbom {

struct ScanCacheOptions {
  std::string path;
  std::string fingerprint;                  // of all that results depend on but the files
  std::uint64_t max_bytes = 256ULL << 20U;  // on disk and in memory; files beyond it are read each time
  std::function<std::int64_t()> now_ns{};   // wall clock, since 1970; empty: the system's
};

/// Identifies this build of the program, and everything in OPTIONS that results depend on.
std::string CacheFingerprint(const CatalogOptions& options);

class ScanCache {
 public:
  /// Never fails: where the file is missing or not to be trusted, the cache is empty, and remark() says why.
  static std::unique_ptr<ScanCache> Open(ScanCacheOptions options);
  /// As Open of a file that holds BYTES.
  static std::unique_ptr<ScanCache> OpenBytes(ScanCacheOptions options, std::string bytes);

  /// What Put was given for this very file, or nothing. Valid as long as the cache.
  std::optional<std::string_view> Find(std::string_view path, const target::FileIdentity& identity);
  /// Keeps FOUND for later scans, unless the file changed just before READ_AT (as Now gave it).
  void Put(std::string_view path, const target::FileIdentity& identity, std::string_view found,
           std::int64_t read_at_ns);
  /// What Find gave made no sense after all: nothing of the file on disk is kept.
  void Distrust();
  std::int64_t Now() const { return options_.now_ns(); }

  /// Writes what is known of the files that were seen; with KEEP_UNSEEN, after a walk that was cut short,
  /// of the others too. Does nothing where that is what the file holds already.
  Result<void> Save(bool keep_unseen);

  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }
  /// One line where the file was dropped or could not hold everything.
  std::string remark() const;

 private:
  struct Record {
    std::uint64_t path_hash = 0;
    std::uint32_t offset = 0, length = 0;  // in old_
  };

  explicit ScanCache(ScanCacheOptions options);
  static Result<std::string> Load(const ScanCacheOptions& options);
  Result<void> Parse();

  ScanCacheOptions options_;
  std::string old_;              // the file as read
  std::vector<Record> records_;  // sorted by hash
  std::unique_ptr<std::atomic<bool>[]> seen_;
  std::atomic<std::uint64_t> hits_{0}, misses_{0};
  std::atomic<bool> distrusted_{false};
  mutable std::mutex mutex_;      // guards what follows
  std::vector<std::string> new_;  // records
  std::uint64_t bytes_ = 0;       // of seen and new records
  std::string remark_;
};

}  // namespace weir::sbom
