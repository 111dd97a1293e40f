#include "sbom/program/pe.h"

#include <algorithm>

namespace weir::sbom {
namespace {

constexpr std::uint32_t kMaxSections = 4'096;
constexpr std::size_t kResourceDirectory = 2, kClrDirectory = 14;

/// Where a stretch of memory, given relative to the image base, lies in the file.
Region LocateDirectory(const Image& image, std::uint64_t base, std::uint32_t address) {
  for (const Region& section : image.sections) {
    std::uint64_t start = section.address - base;
    if (address < start || address - start >= section.size) continue;
    Region region = section;
    std::uint64_t skip = address - start;
    region.address += skip;
    region.offset += skip;
    // Resources point into the rest of their section; the directory's own size is often too small.
    region.size = section.size - skip;
    return region;
  }
  return {};
}

}  // namespace

Result<Image> ReadPe(target::ByteSource& file) {
  WEIR_ASSIGN(std::string dos, file.ReadRange(0, std::min<std::uint64_t>(64, file.size())));
  ByteReader dos_reader(dos);
  dos_reader.Seek(60);
  std::uint32_t at = dos_reader.Le32();
  if (!dos_reader.ok() || at >= file.size()) return Err(Code::kUnsupported, "a DOS program");
  WEIR_ASSIGN(std::string head,
              file.ReadRange(at, std::min<std::uint64_t>(24 + 112 + 128, file.size() - at)));
  ByteReader reader(head);
  if (reader.TakeText(4) != std::string_view("PE\0\0", 4)) return Err(Code::kUnsupported, "a DOS program");
  reader.Skip(2);  // machine
  std::uint16_t section_count = reader.Le16();
  reader.Skip(12);
  std::uint16_t optional_size = reader.Le16();
  reader.Skip(2);
  std::size_t optional_at = reader.position();
  std::uint16_t magic = reader.Le16();
  if (!reader.ok() || (magic != 0x10b && magic != 0x20b))
    return Err(Code::kMalformed, "PE: unknown optional header");
  Image image;
  image.format = ImageFormat::kPe;
  image.wide = magic == 0x20b;
  reader.Seek(optional_at + (image.wide ? 24U : 28U));
  std::uint64_t base = image.wide ? reader.Le64() : reader.Le32();
  image.base = base;
  reader.Seek(optional_at + (image.wide ? 108U : 92U));
  std::uint32_t directory_count = reader.Le32();
  if (!reader.ok()) return Err(Code::kMalformed, "PE: the optional header is cut short");
  if (section_count > kMaxSections) return Err(Code::kLimitExceeded, "PE: too many sections");

  WEIR_ASSIGN(std::string table, file.ReadRange(at + 24ULL + optional_size, section_count * 40ULL));
  ByteReader rows(table);
  for (std::uint16_t i = 0; i < section_count; ++i) {
    Region region;
    std::string_view name = rows.TakeText(8);
    region.name = name.substr(0, name.find('\0'));
    std::uint32_t memory_size = rows.Le32();
    region.address = base + rows.Le32();
    region.size = rows.Le32();
    region.offset = rows.Le32();
    if (memory_size != 0) region.size = std::min<std::uint64_t>(region.size, memory_size);
    if (region.offset >= file.size()) region.size = 0;
    region.size = std::min(region.size, file.size() - std::min(region.offset, file.size()));
    rows.Skip(12);
    std::uint32_t flags = rows.Le32();
    region.loaded = true;
    region.executable = (flags & 0x20000000U) != 0;
    region.writable = (flags & 0x80000000U) != 0;
    image.sections.push_back(std::move(region));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(directory_count, 16); ++i) {
    std::uint32_t address = reader.Le32(), size = reader.Le32();
    if (!reader.ok()) break;
    if (address == 0 || size == 0) continue;
    if (i == kResourceDirectory) image.resources = LocateDirectory(image, base, address);
    if (i == kClrDirectory) image.clr_header = LocateDirectory(image, base, address);
  }
  return image;
}

}  // namespace weir::sbom
