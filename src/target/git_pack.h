// Pack files of git, and their indexes, read without git's own library.
//
// Weir reads packs itself because a scanned repository is hostile: nothing is
// mapped into memory (a file cut short meanwhile would end the process), no link
// and no setting leads out of it, and each object is unpacked once, whatever its
// place in a chain of deltas. Format: git's Documentation/gitformat-pack.txt,
// packs of version 2 and 3, indexes of version 1 and 2, SHA-1 and SHA-256.
// Threading: a PackIndex and a Pack never change once made; a GitInflater belongs
// to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "target/target.h"

struct libdeflate_decompressor;

namespace weir::target {

enum class GitType : std::uint8_t { kNone, kCommit, kTree, kBlob, kTag };

/// Which objects are in a pack, and where. Ids are raw bytes, 20 or 32 of them.
class PackIndex {
 public:
  static Result<PackIndex> Parse(std::string bytes, std::size_t id_bytes);

  std::uint32_t count() const { return count_; }
  std::string_view id(std::uint32_t place) const;
  /// 2^64 - 1 where the index is damaged.
  std::uint64_t offset(std::uint32_t place) const;
  std::optional<std::uint32_t> Find(std::string_view id) const;

 private:
  std::uint32_t Fanout(std::size_t first_byte) const;

  std::string bytes_;
  std::size_t id_bytes_ = 20;
  std::uint32_t count_ = 0;
  std::size_t fanout_at_ = 0, ids_at_ = 0, id_stride_ = 0, offsets_at_ = 0, large_at_ = 0, large_end_ = 0;
};

/// Unpacks zlib streams of known length.
class GitInflater {
 public:
  GitInflater();
  ~GitInflater();
  GitInflater(const GitInflater&) = delete;
  GitInflater& operator=(const GitInflater&) = delete;
  /// SIZE bytes into OUT; kMalformed where PACKED holds another number.
  Result<void> Inflate(std::string_view packed, std::size_t size, std::string& out);
  std::string scratch;  // for whoever reads what is to be unpacked

 private:
  libdeflate_decompressor* state_;
};

/// What DELTA makes of BASE, at most MAX_BYTES.
Result<std::string> ApplyGitDelta(std::string_view base, std::string_view delta, std::uint64_t max_bytes);

class Pack {
 public:
  static constexpr std::uint32_t kNoBase = 0xffffffff, kOtherPack = 0xfffffffe;

  struct Entry {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;         // unpacked, of a delta its own; all ones where it is more
    std::uint32_t base = kNoBase;   // the entry a delta is against; kOtherPack where it is not in here
    std::uint32_t place = 0;        // in the index
    std::uint8_t header = 0;        // bytes before the packed data
    GitType type = GitType::kNone;  // kNone: damaged, or of a delta whose base is elsewhere
  };

  static Result<Pack> Open(std::unique_ptr<ByteSource> file, PackIndex index, std::size_t id_bytes);

  /// By offset.
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }
  std::string_view id(std::uint32_t entry) const { return index_.id(entries_[entry].place); }
  std::optional<std::uint32_t> Find(std::string_view id) const;
  /// The entry's own data unpacked: of a delta the delta. kLimitExceeded above MAX_BYTES.
  Result<void> Inflate(std::uint32_t entry, std::uint64_t max_bytes, GitInflater& inflater,
                       std::string& out) const;
  /// Of a delta against an object of another pack: that object's id.
  std::string BaseId(std::uint32_t entry) const;
  std::uint64_t size() const { return file_->size(); }

 private:
  Pack(std::unique_ptr<ByteSource> file, PackIndex index, std::size_t id_bytes)
      : file_(std::move(file)), index_(std::move(index)), id_bytes_(id_bytes) {}
  void ReadHeaders();
  void ReadHeader(std::uint32_t entry, std::string_view head);
  void ResolveTypes();
  std::uint64_t EndOf(std::uint32_t entry) const;

  std::unique_ptr<ByteSource> file_;
  PackIndex index_;
  std::size_t id_bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> entry_of_place_;
  std::vector<std::uint32_t> by_id_;  // deltas whose base is named by id
};

}  // namespace weir::target
