#include <algorithm>

#include "base/bytes.h"
#include "sbom/rpm_database.h"

namespace weir::sbom {
namespace {

constexpr std::uint32_t kFileMagic = 0x506d7052;  // "RpmP", as all numbers here little-endian
constexpr std::uint32_t kSlotMagic = 0x746f6c53;  // "Slot"
constexpr std::uint32_t kBlobMagic = 0x53626c42;  // "BlbS"
constexpr std::size_t kHeaderBytes = 32, kSlotBytes = 16, kBlockBytes = 16, kPageBytes = 4096;
constexpr std::size_t kBlobHeadBytes = 16, kBlobTailBytes = 12;

struct Slot {
  std::uint32_t package, block, blocks;
};

Result<std::string> ReadBlob(target::ByteSource& source, const Slot& slot, const RpmDatabaseLimits& limits) {
  std::uint64_t offset = static_cast<std::uint64_t>(slot.block) * kBlockBytes;
  WEIR_ASSIGN(std::string head, source.ReadRange(offset, kBlobHeadBytes));
  ByteReader reader(head);
  std::uint32_t magic = reader.Le32(), package = reader.Le32();
  reader.Skip(4);  // generation
  std::uint64_t length = reader.Le32();
  if (magic != kBlobMagic || package != slot.package ||
      length + kBlobHeadBytes + kBlobTailBytes > static_cast<std::uint64_t>(slot.blocks) * kBlockBytes)
    return Err(Code::kMalformed, "package " + std::to_string(slot.package) + " is not where its slot says");
  if (length > limits.max_blob_bytes)
    return Err(Code::kLimitExceeded,
               "the header of package " + std::to_string(slot.package) + " is too large");
  return source.ReadRange(offset + kBlobHeadBytes, length);
}

}  // namespace

Result<void> ReadNdb(target::ByteSource& source, const RpmDatabaseLimits& limits, const RpmBlobs& blobs,
                     const RpmProblems& problems) {
  WEIR_ASSIGN(std::string header, source.ReadRange(0, kHeaderBytes));
  ByteReader reader(header);
  std::uint32_t magic = reader.Le32(), version = reader.Le32();
  reader.Skip(4);  // generation
  std::uint64_t slot_pages = reader.Le32();
  if (magic != kFileMagic) return Err(Code::kMalformed, "not an rpm ndb database");
  if (version != 0) return Err(Code::kUnsupported, "ndb version " + std::to_string(version));
  if (slot_pages > source.size() / kPageBytes)
    return Err(Code::kMalformed, "the slots lie beyond the end of the file");
  // Blobs do not share blocks: all of them together are no longer than the file.
  std::uint64_t budget = source.size(), packages = 0;
  for (std::uint64_t page = 0; page < slot_pages; ++page) {
    WEIR_ASSIGN(std::string bytes, source.ReadRange(page * kPageBytes, kPageBytes));
    ByteReader slots(bytes);
    if (page == 0) slots.Skip(kHeaderBytes);
    while (slots.remaining() >= kSlotBytes) {
      std::uint32_t slot_magic = slots.Le32();
      Slot slot{slots.Le32(), slots.Le32(), slots.Le32()};
      if (slot_magic != kSlotMagic) return Err(Code::kMalformed, "a slot has no mark");
      if (slot.package == 0 || slot.block == 0) continue;  // free
      if (++packages > limits.max_packages) return Err(Code::kLimitExceeded, "too many packages");
      Result<std::string> blob = ReadBlob(source, slot, limits);
      if (!blob) {
        problems(blob.error());
        continue;
      }
      if (blob->size() > budget) return Err(Code::kMalformed, "packages share their blocks");
      budget -= blob->size();
      blobs(*blob);
    }
  }
  return {};
}

}  // namespace weir::sbom
