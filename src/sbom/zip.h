// Reads ZIP archives in place, over any ByteSource.
//
// The central directory is streamed, never held: a caller selects the members it
// wants by name, so an archive of a hundred thousand classes costs the memory of
// the handful that matter. STORED members are slices of the parent (an inner jar
// of a Spring Boot jar is read without a copy); DEFLATED ones are inflated in
// memory. Archives with data in front (executable jars) and ZIP64 are understood.
//
// Checksums are not verified: neither does the Java runtime when it loads classes,
// and what it would load is what has to be reported.
//
// Threading: an archive and its budget belong to one thread. Ownership: the source
// and the budget must outlive the archive and every member source opened from it.
// Errors: kMalformed for broken structure, kUnsupported for encryption and other
// methods, kLimitExceeded where a bound was met.
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "target/target.h"

namespace weir::sbom {

/// What one outermost file may still cost, over all the archives nested in it. Bounds
/// bombs made of overlapping or self-containing members, however they are arranged.
struct ArchiveBudget {
  std::uint64_t bytes = 0;    // to read from directories and to inflate
  std::uint64_t entries = 0;  // directory entries to look at
  static ArchiveBudget For(std::uint64_t file_size, const target::Limits& limits);
};

struct ZipMember {
  std::string name;
  std::uint64_t header_offset = 0;  // of the local header, in the source
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint16_t method = 0;
  bool encrypted = false;
};

struct ZipSelection {
  std::vector<ZipMember> members;  // in directory order
  std::uint64_t entries = 0;       // that the directory has
  std::vector<Error> problems;     // broken directory, duplicate names, overlaps: what was read stays usable
};

class ZipArchive {
 public:
  /// Finds the central directory. kMalformed where there is none, as in a truncated file.
  static Result<ZipArchive> Open(target::ByteSource& source, ArchiveBudget& budget);

  using Wanted = std::function<bool(std::string_view name)>;
  /// Streams the directory once and keeps the members that WANTED says yes to.
  ZipSelection Select(const Wanted& wanted);
  /// A member's bytes; kLimitExceeded above LIMIT.
  Result<std::string> Read(const ZipMember& member, std::uint64_t limit);
  /// As Read, but a STORED member of any size is a slice of this archive's source.
  Result<std::unique_ptr<target::ByteSource>> OpenMember(const ZipMember& member, std::uint64_t limit);

 private:
  ZipArchive(target::ByteSource& source, ArchiveBudget& budget) : source_(&source), budget_(&budget) {}
  Result<void> FindDirectory();
  Result<void> ReadZip64(std::uint64_t end_position);
  Result<void> PlaceDirectory(std::uint64_t directory_end, std::uint64_t recorded_offset);
  Result<std::uint64_t> DataOffset(const ZipMember& member);
  void StreamDirectory(const Wanted& wanted, ZipSelection& out);
  /// False where no more should be read.
  bool SelectRecord(std::string_view record, std::string_view name, const Wanted& wanted, ZipSelection& out);
  bool AddEntry(std::string_view record, std::string_view name, ZipMember& member) const;

  target::ByteSource* source_;
  ArchiveBudget* budget_;
  std::uint64_t directory_offset_ = 0, directory_size_ = 0, entry_count_ = 0;
  std::uint64_t base_ = 0;  // bytes in front of the archive that its offsets do not count
  bool zip64_ = false;
};

/// Does SOURCE begin like a ZIP file (a member or an empty archive)?
bool HasZipMagic(target::ByteSource& source);

}  // namespace weir::sbom
