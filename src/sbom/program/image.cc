#include "sbom/program/image.h"

namespace weir::sbom {

ImageFormat ClassifyImage(Bytes head) {
  std::string_view text = AsText(head);
  if (text.starts_with("\x7f"
                       "ELF"))
    return ImageFormat::kElf;
  if (text.starts_with("MZ")) return ImageFormat::kPe;
  ByteReader reader(head);
  std::uint32_t magic = reader.Be32();
  if (!reader.ok()) return ImageFormat::kNone;
  switch (magic) {
    case 0xfeedface:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xcffaedfe:
      return ImageFormat::kMachO;
    case 0xcafebabe:
    case 0xcafebabf: {
      // Java classes begin with the same word; theirs goes on with a version of 45 or more.
      std::uint32_t count = reader.Be32();
      return reader.ok() && count > 0 && count < 32 ? ImageFormat::kMachOFat : ImageFormat::kNone;
    }
    default:
      return ImageFormat::kNone;
  }
}

const Region* Image::FindSection(std::string_view name) const {
  for (const Region& section : sections)
    if (section.name == name) return &section;
  return nullptr;
}

Result<std::string> ReadRegion(target::ByteSource& file, const Region& region, std::uint64_t limit) {
  if (region.size > limit)
    return Err(Code::kLimitExceeded, "section " + region.name + " has " + std::to_string(region.size) +
                                         " bytes, more than the limit of " + std::to_string(limit));
  return file.ReadRange(region.offset, region.size);
}

Result<std::string> ReadAddress(target::ByteSource& file, const Image& image, std::uint64_t address,
                                std::uint64_t length) {
  const std::vector<Region>& regions = image.segments.empty() ? image.sections : image.segments;
  for (const Region& region : regions) {
    if (address < region.address || address - region.address >= region.size) continue;
    std::uint64_t skip = address - region.address;
    if (length > region.size - skip) break;
    return file.ReadRange(region.offset + skip, length);
  }
  return Err(Code::kMalformed, "an address points outside the program");
}

}  // namespace weir::sbom
