// Walks what is packed in an archive, and in the archives in it.
//
// zip (jar, war, apk, wheels, office documents), tar, cpio, ar (deb), rpm, 7z, rar,
// ISO 9660, and gzip, bzip2, xz, lzma, lzip, lz4, zstd and compress around any of
// them or around one file. Formats are told by their bytes, names only settle what
// bytes cannot. libarchive reads them through callbacks; none of its helpers that
// run programs or open files by name is switched on.
//
// Members are streamed to the caller one after the other. Archives in archives that
// can be read from front to back are read while they are unpacked; those that need
// seeking (zip, 7z, rar, ISO) are held in memory, or beyond
// Limits::max_memory_file_bytes in a temporary file without a name. Everything is
// hostile: depth, entries, bytes, the ratio of unpacked to packed, and time are
// bounded, and what cannot be read becomes a problem with the path of the member.
// Threading: one call at a time on one thread; several calls on several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "target/target.h"

namespace weir::target {

enum class ArchiveKind : std::uint8_t {
  kNone,
  kZip,
  kTar,
  kCpio,
  kAr,
  kRpm,
  kCompressed,  // gzip and its like; what is in it is told while it is read
  kSevenZip,
  kRar,
  kIso,
};

/// Bytes from the front of a file that tell every kind but an ISO image of another name than "*.iso".
inline constexpr std::size_t kArchiveHeadBytes = 512;

/// HEAD: the first bytes of the file, kArchiveHeadBytes or all there are. NAME: its last component.
/// Looks at a few bytes only; meant to be asked about every file.
ArchiveKind DetectArchive(std::string_view head, std::string_view name);

/// One regular file in an archive, during the callback only.
class ArchiveMember {
 public:
  virtual ~ArchiveMember() = default;
  /// Path of the archive, and behind each '!' the path in it: "srv/backup.tar.gz!etc/app.env".
  virtual std::string_view path() const = 0;
  virtual std::string_view name() const = 0;              // last component
  virtual std::optional<std::uint64_t> size() const = 0;  // as the archive states it, where it does
  virtual std::uint32_t mode() const = 0;                 // permission bits; 0 where unknown
  virtual std::uint32_t owner() const = 0;                // uid
  virtual ArchiveKind kind() const = 0;                   // not kNone only with offer_archives
  /// Fills OUT with what comes next; fewer bytes at the end only. The walk reports errors; the caller need
  /// not.
  virtual Result<std::size_t> Read(std::span<std::byte> out) = 0;

  /// All bytes; kLimitExceeded where there are more than LIMIT. Not after Read.
  Result<std::string> ReadAll(std::uint64_t limit);
};

struct ArchiveOptions {
  Limits limits;  // max_file_bytes, max_memory_file_bytes, max_ratio, max_archive_depth, max_archive_entries
  std::uint64_t max_bytes = 64ULL << 30U;  // unpacked, at all depths together
  std::uint64_t max_seconds = 600;         // 0 = no limit
  bool offer_archives = false;             // offer archives in the archive as members, too, before their own
  const std::atomic<bool>* cancel = nullptr;
  std::string temporary_dir;  // empty = $TMPDIR or /var/tmp
};

struct ArchiveCounts {
  std::uint64_t members = 0;  // regular files met, archives in archives not counted
  std::uint64_t bytes = 0;    // unpacked, at all depths together
};

using ArchiveVisitor = std::function<Result<void>(ArchiveMember&)>;

/// KIND as DetectArchive said, CONTENT the whole archive at PATH. An error is one that VISIT returned, which
/// ends the walk. Where nothing could be read there are no members and a problem.
Result<ArchiveCounts> WalkArchive(ArchiveKind kind, ByteSource& content, std::string_view path,
                                  const ArchiveOptions& options, ProblemLog& problems,
                                  const ArchiveVisitor& visit);
/// The same, of an archive in memory.
Result<ArchiveCounts> WalkArchive(ArchiveKind kind, Bytes content, std::string_view path,
                                  const ArchiveOptions& options, ProblemLog& problems,
                                  const ArchiveVisitor& visit);

}  // namespace weir::target
