#include "sbom/zip.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/bytes.h"
#include "base/hash.h"

namespace weir::sbom {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50, kCentralSignature = 0x02014b50,
                        kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50,
                        kLocator64Signature = 0x07064b50;
constexpr std::uint64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56,
                        kLocator64Size = 20;
constexpr std::uint64_t kMaxComment = 65535;
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // what the format can reach
constexpr std::size_t kMaxNameBytes = 4096;
constexpr std::uint64_t kWindow = 64 * 1024;  // of the directory, at a time
constexpr std::uint64_t kLargestRecord = kCentralSize + 3 * 65535;
constexpr std::size_t kMaxProblems = 16;  // of one archive; then it is given up
constexpr std::uint16_t kStored = 0, kDeflated = 8;

Error Malformed(std::string message) { return {Code::kMalformed, "zip: " + std::move(message)}; }

/// Position in TAIL of the end record whose comment reaches exactly to the end, else of
/// the last one whose comment fits (some tools leave bytes behind the archive).
std::size_t FindEnd(std::string_view tail) {
  static constexpr std::string_view kMark("PK\5\6", 4);
  std::size_t fallback = std::string_view::npos;
  for (std::size_t at = tail.rfind(kMark); at != std::string_view::npos; at = tail.rfind(kMark, at - 1)) {
    if (tail.size() - at >= kEndSize) {
      ByteReader reader(tail.substr(at + 20, 2));
      std::size_t end = at + kEndSize + reader.Le16();
      if (end == tail.size()) return at;
      if (end < tail.size() && fallback == std::string_view::npos) fallback = at;
    }
    if (at == 0) break;
  }
  return fallback;
}

/// Takes the 64-bit values of the ZIP64 extra field for those that do not fit.
bool ReadExtra64(std::string_view extra, ZipMember& member) {
  ByteReader fields(extra);
  while (fields.remaining() >= 4) {
    std::uint16_t id = fields.Le16();
    std::string_view body = fields.TakeText(fields.Le16());
    if (!fields.ok()) return false;
    if (id != 1) continue;
    ByteReader reader(body);
    if (member.size == 0xffffffffU) member.size = reader.Le64();
    if (member.compressed_size == 0xffffffffU) member.compressed_size = reader.Le64();
    if (member.header_offset == 0xffffffffU) member.header_offset = reader.Le64();
    return reader.ok();
  }
  return true;
}

struct DecompressorDeleter {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

Result<std::string> Inflate(std::string_view packed, std::uint64_t size) {
  std::unique_ptr<libdeflate_decompressor, DecompressorDeleter> decompressor(libdeflate_alloc_decompressor());
  if (decompressor == nullptr) return Err(Code::kInternal, "zip: no memory to inflate");
  std::string out(static_cast<std::size_t>(size), '\0');
  libdeflate_result result = libdeflate_deflate_decompress(decompressor.get(), packed.data(), packed.size(),
                                                           out.data(), out.size(), nullptr);
  if (result != LIBDEFLATE_SUCCESS)
    return Err(Malformed("a member's deflate data is broken or its size is wrong"));
  return out;
}

/// Reports names that occur twice and members whose bytes overlap, and drops the latter:
/// overlap is how small files unfold into huge ones, and no packer makes it.
void CheckMembers(ZipSelection& selection) {
  std::unordered_set<std::string_view> names;
  for (const ZipMember& member : selection.members)
    if (!names.insert(member.name).second) {
      selection.problems.push_back(Malformed("a name occurs more than once: " + member.name));
      break;
    }
  std::vector<const ZipMember*> by_offset;
  for (const ZipMember& member : selection.members) by_offset.push_back(&member);
  std::sort(by_offset.begin(), by_offset.end(),
            [](const ZipMember* a, const ZipMember* b) { return a->header_offset < b->header_offset; });
  std::unordered_set<const ZipMember*> dropped;
  std::uint64_t end = 0;
  for (const ZipMember* member : by_offset) {
    if (member->header_offset < end) {
      dropped.insert(member);
    } else {
      end = member->header_offset + kLocalSize + member->name.size() + member->compressed_size;
    }
  }
  if (dropped.empty()) return;
  selection.problems.push_back(
      Malformed(std::to_string(dropped.size()) + " members overlap others and were skipped"));
  std::vector<ZipMember> kept;
  for (ZipMember& member : selection.members)
    if (!dropped.contains(&member)) kept.push_back(std::move(member));
  selection.members = std::move(kept);
}

}  // namespace

ArchiveBudget ArchiveBudget::For(std::uint64_t file_size, const target::Limits& limits) {
  static constexpr double kFree = 16U << 20U;
  double bytes = std::min(kFree + static_cast<double>(file_size) * limits.max_ratio,
                          2 * static_cast<double>(limits.max_file_bytes));
  return {static_cast<std::uint64_t>(bytes), limits.max_archive_entries};
}

bool HasZipMagic(target::ByteSource& source) {
  std::array<std::byte, 4> raw{};
  Result<std::size_t> got = source.ReadAt(0, raw);
  if (!got || *got != raw.size()) return false;
  std::uint32_t magic = ByteReader(Bytes(raw)).Le32();
  return magic == kLocalSignature || magic == kEndSignature;
}

Result<ZipArchive> ZipArchive::Open(target::ByteSource& source, ArchiveBudget& budget) {
  ZipArchive archive(source, budget);
  WEIR_TRY(archive.FindDirectory());
  return archive;
}

Result<void> ZipArchive::FindDirectory() {
  std::uint64_t size = source_->size();
  // Most archives have no comment, so a short tail is tried first.
  for (std::uint64_t tail_size : {std::uint64_t{1024}, kEndSize + kMaxComment}) {
    tail_size = std::min(tail_size, size);
    if (budget_->bytes < tail_size)
      return Err(Code::kLimitExceeded, "zip: the nested archives unfold into too much");
    budget_->bytes -= tail_size;
    WEIR_ASSIGN(std::string tail, source_->ReadRange(size - tail_size, tail_size));
    std::size_t at = FindEnd(tail);
    if (at == std::string_view::npos) continue;
    std::uint64_t position = size - tail_size + at;
    ByteReader end(std::string_view(tail).substr(at, kEndSize));
    end.Skip(4);
    std::uint16_t disk = end.Le16(), directory_disk = end.Le16();
    end.Skip(2);
    entry_count_ = end.Le16();
    directory_size_ = end.Le32();
    std::uint64_t recorded_offset = end.Le32();
    if (entry_count_ == 0xffff || directory_size_ == 0xffffffffU || recorded_offset == 0xffffffffU) {
      WEIR_TRY(ReadZip64(position));
      if (zip64_) return {};
    }
    if (disk != 0 || directory_disk != 0) return Err(Code::kUnsupported, "zip: archive in several volumes");
    return PlaceDirectory(position, recorded_offset);
  }
  return Err(Malformed("no central directory (truncated, or not an archive)"));
}

Result<void> ZipArchive::ReadZip64(std::uint64_t end_position) {
  if (end_position < kLocator64Size) return {};
  WEIR_ASSIGN(std::string locator_text, source_->ReadRange(end_position - kLocator64Size, kLocator64Size));
  ByteReader locator(locator_text);
  if (locator.Le32() != kLocator64Signature) return {};  // simply 65535 entries, without ZIP64
  locator.Skip(4);
  std::uint64_t recorded = locator.Le64();
  // With data in front the recorded place is off; then the record lies right before its locator.
  for (std::uint64_t position : {recorded, end_position - kLocator64Size - kEnd64Size}) {
    Result<std::string> text = source_->ReadRange(position, kEnd64Size);
    if (!text) continue;
    ByteReader end(*text);
    if (end.Le32() != kEnd64Signature) continue;
    end.Skip(28);
    entry_count_ = end.Le64();
    directory_size_ = end.Le64();
    std::uint64_t offset = end.Le64();
    zip64_ = true;
    return PlaceDirectory(position, offset);
  }
  return Err(Malformed("the ZIP64 end record is missing"));
}

Result<void> ZipArchive::PlaceDirectory(std::uint64_t directory_end, std::uint64_t recorded_offset) {
  if (directory_size_ > directory_end) return Err(Malformed("the central directory is larger than the file"));
  auto is_directory = [&](std::uint64_t at) {
    if (directory_size_ < 4) return directory_size_ == 0;
    Result<std::string> magic = source_->ReadRange(at, 4);
    return magic && ByteReader(*magic).Le32() == kCentralSignature;
  };
  std::uint64_t actual = directory_end - directory_size_;
  if (actual >= recorded_offset && is_directory(actual)) {
    directory_offset_ = actual;
    base_ = actual - recorded_offset;
    return {};
  }
  if (recorded_offset < directory_end && is_directory(recorded_offset)) {
    directory_offset_ = recorded_offset;
    return {};
  }
  return Err(Malformed("the central directory is not where the end record says"));
}

bool ZipArchive::AddEntry(std::string_view record, std::string_view name, ZipMember& member) const {
  ByteReader reader(record);
  reader.Skip(8);
  std::uint16_t flags = reader.Le16();
  member.method = reader.Le16();
  reader.Skip(8);
  member.compressed_size = reader.Le32();
  member.size = reader.Le32();
  std::uint16_t name_size = reader.Le16(), extra_size = reader.Le16();
  reader.Skip(10);
  member.header_offset = reader.Le32();
  reader.Skip(name_size);
  if (!reader.ok() || !ReadExtra64(reader.TakeText(extra_size), member)) return false;
  member.encrypted = (flags & 1U) != 0;
  member.name = std::string(name);
  if (member.header_offset > directory_offset_ || base_ > directory_offset_ - member.header_offset)
    return false;
  member.header_offset += base_;
  return member.compressed_size <= directory_offset_ - member.header_offset;
}

bool ZipArchive::SelectRecord(std::string_view record, std::string_view name, const Wanted& wanted,
                              ZipSelection& out) {
  if (budget_->entries == 0) {
    out.problems.push_back({Code::kLimitExceeded, "zip: too many entries, the rest was skipped"});
    return false;
  }
  --budget_->entries;
  ++out.entries;
  if (name.size() > kMaxNameBytes || !wanted(name)) return true;
  ZipMember member;
  if (AddEntry(record, name, member)) {
    out.members.push_back(std::move(member));
  } else {
    out.problems.push_back(Malformed("a member lies outside the archive: " + std::string(name)));
  }
  return out.problems.size() < kMaxProblems;
}

ZipSelection ZipArchive::Select(const Wanted& wanted) {
  ZipSelection out;
  StreamDirectory(wanted, out);
  CheckMembers(out);
  return out;
}

void ZipArchive::StreamDirectory(const Wanted& wanted, ZipSelection& out) {
  std::uint64_t position = directory_offset_, end = directory_offset_ + directory_size_;
  std::uint64_t window_size = kWindow;
  while (position < end) {
    std::uint64_t length = std::min(window_size, end - position);
    if (budget_->bytes < length) {
      out.problems.push_back({Code::kLimitExceeded, "zip: the nested archives unfold into too much"});
      return;
    }
    budget_->bytes -= length;
    Result<std::string> window = source_->ReadRange(position, length);
    if (!window) {
      out.problems.push_back(window.error());
      return;
    }
    std::string_view rest = *window;
    while (rest.size() >= kCentralSize) {
      ByteReader reader(rest);
      std::uint32_t signature = reader.Le32();
      reader.Skip(24);
      std::size_t name_size = reader.Le16();
      std::size_t record_size = kCentralSize + name_size + reader.Le16();
      record_size += reader.Le16();
      if (signature != kCentralSignature) rest = {};
      if (record_size > rest.size()) break;
      if (!SelectRecord(rest.substr(0, record_size), rest.substr(kCentralSize, name_size), wanted, out))
        return;
      rest.remove_prefix(record_size);
      position += record_size;
      window_size = kWindow;
    }
    bool progressed = rest.data() != nullptr && rest.size() < length;
    if (position == end || progressed) continue;
    if (rest.data() == nullptr || window_size == kLargestRecord || length < window_size) {
      out.problems.push_back(Malformed("the central directory breaks off after " +
                                       std::to_string(out.entries) + " of " + std::to_string(entry_count_) +
                                       " entries"));
      return;
    }
    window_size = kLargestRecord;  // one record alone fills the window
  }
  // Without ZIP64 the recorded count is modulo 65536: some writers let it wrap.
  if (zip64_ ? out.entries != entry_count_ : (out.entries & 0xffffU) != entry_count_)
    out.problems.push_back(Malformed("the directory has " + std::to_string(out.entries) +
                                     " entries, its end record says " + std::to_string(entry_count_)));
}

Result<std::uint64_t> ZipArchive::DataOffset(const ZipMember& member) {
  if (member.encrypted) return Err(Code::kUnsupported, "zip: " + member.name + " is encrypted");
  WEIR_ASSIGN(std::string text, source_->ReadRange(member.header_offset, kLocalSize));
  ByteReader header(text);
  if (header.Le32() != kLocalSignature) return Err(Malformed(member.name + " has no local header"));
  header.Skip(4);
  std::uint16_t method = header.Le16();
  header.Skip(16);
  std::uint64_t name_size = header.Le16(), extra_size = header.Le16();
  if (name_size != member.name.size() || method != member.method)
    return Err(Malformed(member.name + " has a local header that belongs to another member"));
  WEIR_ASSIGN(std::string name, source_->ReadRange(member.header_offset + kLocalSize, name_size));
  if (name != member.name)
    return Err(Malformed(member.name + " has a local header that belongs to another member"));
  std::uint64_t offset = member.header_offset + kLocalSize + name_size + extra_size;
  if (offset > source_->size() || member.compressed_size > source_->size() - offset)
    return Err(Malformed(member.name + " reaches beyond the end"));
  return offset;
}

Result<std::string> ZipArchive::Read(const ZipMember& member, std::uint64_t limit) {
  if (member.size > limit || member.compressed_size > limit + 1024)
    return Err(Code::kLimitExceeded, "zip: " + member.name + " has " + std::to_string(member.size) +
                                         " bytes, more than the limit of " + std::to_string(limit));
  WEIR_ASSIGN(std::uint64_t offset, DataOffset(member));
  if (budget_->bytes < member.size + member.compressed_size)
    return Err(Code::kLimitExceeded, "zip: the nested archives unfold into too much");
  budget_->bytes -= member.size + member.compressed_size;
  if (member.method == kStored) {
    if (member.size != member.compressed_size)
      return Err(Malformed(member.name + " is stored, but its sizes differ"));
    return source_->ReadRange(offset, member.size);
  }
  if (member.method != kDeflated)
    return Err(Code::kUnsupported,
               "zip: " + member.name + " uses compression method " + std::to_string(member.method));
  if (member.size > member.compressed_size * kMaxDeflateRatio + 64)
    return Err(Malformed(member.name + " claims a size that its bytes cannot unfold into"));
  WEIR_ASSIGN(std::string packed, source_->ReadRange(offset, member.compressed_size));
  return Inflate(packed, member.size);
}

Result<std::unique_ptr<target::ByteSource>> ZipArchive::OpenMember(const ZipMember& member,
                                                                   std::uint64_t limit) {
  if (member.method == kStored && member.size == member.compressed_size) {
    WEIR_ASSIGN(std::uint64_t offset, DataOffset(member));
    return target::MakeSliceSource(*source_, offset, member.size);
  }
  WEIR_ASSIGN(std::string bytes, Read(member, limit));
  return target::MakeMemorySource(std::move(bytes));
}

}  // namespace weir::sbom
