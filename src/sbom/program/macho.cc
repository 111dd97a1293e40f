#include "sbom/program/macho.h"

#include <algorithm>

namespace weir::sbom {
namespace {

constexpr std::uint32_t kMaxCommandBytes = 4U << 20U, kMaxSections = 65'536;
constexpr std::uint32_t kSegment32 = 0x1, kSegment64 = 0x19;

std::string_view FixedName(std::string_view name) { return name.substr(0, name.find('\0')); }

void ReadSegment(std::string_view command, Image& image) {
  WordReader reader(command, image.big_endian, image.wide);
  reader.bytes().Skip(8);
  Region segment;
  segment.name = FixedName(reader.bytes().TakeText(16));
  segment.address = reader.Word();
  reader.Word();  // size in memory
  segment.offset = reader.Word();
  segment.size = reader.Word();
  reader.U32();  // maximum protection
  std::uint32_t protection = reader.U32();
  std::uint32_t count = reader.U32();
  reader.U32();
  segment.loaded = true;
  segment.writable = (protection & 2U) != 0;
  segment.executable = (protection & 4U) != 0;
  if (!reader.ok()) return;
  for (std::uint32_t i = 0; i < count && image.sections.size() < kMaxSections; ++i) {
    Region section = segment;
    section.name = FixedName(reader.bytes().TakeText(16));
    reader.bytes().Skip(16);
    section.address = reader.Word();
    section.size = reader.Word();
    section.offset = reader.U32();
    reader.bytes().Skip(image.wide ? 28 : 24);
    if (!reader.ok()) break;
    image.sections.push_back(std::move(section));
  }
  image.segments.push_back(std::move(segment));
}

}  // namespace

Result<Image> ReadMachO(target::ByteSource& file) {
  WEIR_ASSIGN(std::string head, file.ReadRange(0, std::min<std::uint64_t>(32, file.size())));
  if (ClassifyImage(AsBytes(head)) != ImageFormat::kMachO) return Err(Code::kMalformed, "not a Mach-O file");
  Image image;
  image.format = ImageFormat::kMachO;
  std::uint32_t magic = ByteReader(head).Be32();
  image.big_endian = magic == 0xfeedface || magic == 0xfeedfacf;
  image.wide = magic == 0xfeedfacf || magic == 0xcffaedfe;
  WordReader reader(head, image.big_endian, image.wide);
  reader.bytes().Skip(16);
  std::uint32_t count = reader.U32(), bytes = reader.U32();
  if (!reader.ok()) return Err(Code::kMalformed, "Mach-O: the header is cut short");
  if (bytes > kMaxCommandBytes) return Err(Code::kLimitExceeded, "Mach-O: too many load commands");
  WEIR_ASSIGN(std::string commands, file.ReadRange(image.wide ? 32 : 28, bytes));
  std::string_view rest = commands;
  for (std::uint32_t i = 0; i < count && rest.size() >= 8; ++i) {
    WordReader command(rest, image.big_endian, image.wide);
    std::uint32_t kind = command.U32(), size = command.U32();
    if (size < 8 || size > rest.size()) return Err(Code::kMalformed, "Mach-O: a load command has a bad size");
    if (kind == (image.wide ? kSegment64 : kSegment32)) ReadSegment(rest.substr(0, size), image);
    rest.remove_prefix(size);
  }
  return image;
}

Result<std::vector<FatPart>> ReadFatParts(target::ByteSource& file) {
  WEIR_ASSIGN(std::string head, file.ReadRange(0, std::min<std::uint64_t>(8 + 32 * 32, file.size())));
  if (ClassifyImage(AsBytes(head)) != ImageFormat::kMachOFat)
    return Err(Code::kMalformed, "not a fat Mach-O file");
  ByteReader reader(head);
  bool wide = reader.Be32() == 0xcafebabf;
  std::uint32_t count = reader.Be32();
  std::vector<FatPart> parts;
  for (std::uint32_t i = 0; i < count; ++i) {
    reader.Skip(8);
    FatPart part;
    part.offset = wide ? reader.Be64() : reader.Be32();
    part.size = wide ? reader.Be64() : reader.Be32();
    reader.Skip(wide ? 8 : 4);
    if (!reader.ok() || part.offset > file.size() || part.size > file.size() - part.offset)
      return Err(Code::kMalformed, "Mach-O: a part lies outside the file");
    parts.push_back(part);
  }
  return parts;
}

}  // namespace weir::sbom
