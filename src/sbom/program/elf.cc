#include "sbom/program/elf.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxSections = 65'536, kMaxSegments = 4'096, kMaxNameBytes = 4U << 20U;
// Rows may be longer than we know, but not so long that the table is a claim on memory.
constexpr std::uint16_t kMaxRowBytes = 256;
// All rows may name the same long text.
constexpr std::size_t kMaxSectionName = 128;
constexpr std::uint32_t kNobits = 8, kLoad = 1;
constexpr std::uint64_t kWrite = 1, kAlloc = 2, kExecute = 4;

struct Header {
  std::uint64_t program_offset = 0, section_offset = 0;
  std::uint64_t program_count = 0, section_count = 0, names_index = 0;
  std::uint16_t program_size = 0, section_size = 0;
};

struct SectionRow {
  std::uint32_t name = 0, type = 0, link = 0;
  std::uint64_t flags = 0, address = 0, offset = 0, size = 0;
};

SectionRow ReadRow(std::string_view bytes, const Image& image) {
  WordReader reader(bytes, image.big_endian, image.wide);
  SectionRow row;
  row.name = reader.U32();
  row.type = reader.U32();
  row.flags = reader.Word();
  row.address = reader.Word();
  row.offset = reader.Word();
  row.size = reader.Word();
  row.link = reader.U32();
  return row;
}

Result<void> ReadSegments(target::ByteSource& file, const Header& header, Image& image) {
  if (header.program_count == 0) return {};
  std::uint16_t least = image.wide ? 56 : 32;
  if (header.program_size < least || header.program_size > kMaxRowBytes)
    return Err(Code::kMalformed, "ELF: segment headers have a bad size");
  if (header.program_count > kMaxSegments) return Err(Code::kLimitExceeded, "ELF: too many segments");
  WEIR_ASSIGN(std::string table,
              file.ReadRange(header.program_offset, header.program_count * header.program_size));
  for (std::uint64_t i = 0; i < header.program_count; ++i) {
    WordReader reader(std::string_view(table).substr(i * header.program_size, least), image.big_endian,
                      image.wide);
    std::uint32_t type = reader.U32();
    std::uint32_t flags = image.wide ? reader.U32() : 0;
    Region region;
    region.offset = reader.Word();
    region.address = reader.Word();
    reader.Word();  // physical address
    region.size = reader.Word();
    reader.Word();  // size in memory
    if (!image.wide) flags = reader.U32();
    if (type != kLoad) continue;
    region.loaded = true;
    region.executable = (flags & 1U) != 0;
    region.writable = (flags & 2U) != 0;
    image.segments.push_back(std::move(region));
  }
  return {};
}

std::string_view NameAt(std::string_view names, std::uint32_t at) {
  if (at >= names.size()) return {};
  names = names.substr(at, kMaxSectionName);
  return names.substr(0, names.find('\0'));
}

Result<void> ReadSections(target::ByteSource& file, Header header, Image& image) {
  if (header.section_offset == 0) return {};
  std::uint16_t least = image.wide ? 64 : 40;
  if (header.section_size < least || header.section_size > kMaxRowBytes)
    return Err(Code::kMalformed, "ELF: section headers have a bad size");
  if (header.section_count == 0 || header.names_index == 0xffff) {
    // Counts that do not fit 16 bits live in the first row.
    WEIR_ASSIGN(std::string first, file.ReadRange(header.section_offset, header.section_size));
    SectionRow row = ReadRow(first, image);
    if (header.section_count == 0) header.section_count = row.size;
    if (header.names_index == 0xffff) header.names_index = row.link;
  }
  if (header.section_count == 0) return {};
  if (header.section_count > kMaxSections) return Err(Code::kLimitExceeded, "ELF: too many sections");
  WEIR_ASSIGN(std::string table,
              file.ReadRange(header.section_offset, header.section_count * header.section_size));
  auto row_at = [&](std::uint64_t index) {
    return ReadRow(std::string_view(table).substr(index * header.section_size, least), image);
  };
  if (header.names_index >= header.section_count)
    return Err(Code::kMalformed, "ELF: the table of section names is missing");
  SectionRow names_row = row_at(header.names_index);
  if (names_row.size > kMaxNameBytes) return Err(Code::kLimitExceeded, "ELF: section names are too long");
  std::string names;
  if (names_row.type != kNobits) {
    WEIR_ASSIGN(names, file.ReadRange(names_row.offset, names_row.size));
  }
  image.sections.reserve(header.section_count);
  for (std::uint64_t i = 1; i < header.section_count; ++i) {
    SectionRow row = row_at(i);
    Region region;
    region.name = NameAt(names, row.name);
    region.address = row.address;
    region.offset = row.offset;
    region.size = row.type == kNobits ? 0 : row.size;
    region.loaded = (row.flags & kAlloc) != 0;
    region.writable = (row.flags & kWrite) != 0;
    region.executable = (row.flags & kExecute) != 0;
    image.sections.push_back(std::move(region));
  }
  return {};
}

}  // namespace

Result<Image> ReadElf(target::ByteSource& file) {
  std::string head(64, '\0');
  WEIR_ASSIGN(std::size_t got, file.ReadAt(0, std::as_writable_bytes(std::span(head))));
  head.resize(got);
  if (ClassifyImage(AsBytes(head)) != ImageFormat::kElf) return Err(Code::kMalformed, "not an ELF file");
  if (got < 52) return Err(Code::kMalformed, "ELF: the header is cut short");
  Image image;
  image.format = ImageFormat::kElf;
  if (head[4] != 1 && head[4] != 2) return Err(Code::kMalformed, "ELF: neither 32 nor 64 bits");
  if (head[5] != 1 && head[5] != 2) return Err(Code::kMalformed, "ELF: unknown byte order");
  image.wide = head[4] == 2;
  image.big_endian = head[5] == 2;

  WordReader reader(head, image.big_endian, image.wide);
  reader.bytes().Skip(24);  // identification, type, machine, version
  reader.Word();            // entry
  Header header;
  header.program_offset = reader.Word();
  header.section_offset = reader.Word();
  reader.U32();  // flags
  reader.U16();  // size of this header
  header.program_size = reader.U16();
  header.program_count = reader.U16();
  header.section_size = reader.U16();
  header.section_count = reader.U16();
  header.names_index = reader.U16();
  if (!reader.ok()) return Err(Code::kMalformed, "ELF: the header is cut short");
  WEIR_TRY(ReadSegments(file, header, image));
  WEIR_TRY(ReadSections(file, header, image));
  return image;
}

}  // namespace weir::sbom
