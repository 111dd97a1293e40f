#include "sbom/dotnet/pe_version.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::uint32_t kVersionType = 16, kIsFolder = 0x80000000U;
constexpr std::uint64_t kMaxVersionInfo = 64U << 10U;
constexpr std::size_t kMaxEntries = 4'096, kMaxStrings = 256;

/// One table of the resource tree; returns the entry with identifier WANTED, or the first where it is 0.
Result<std::uint32_t> FindEntry(target::ByteSource& file, const Region& root, std::uint32_t at,
                                std::uint32_t wanted) {
  if (at >= root.size || root.size - at < 16)
    return Err(Code::kMalformed, "PE: a resource table lies outside");
  WEIR_ASSIGN(std::string head, file.ReadRange(root.offset + at, 16));
  ByteReader reader(head);
  reader.Skip(12);
  std::size_t count = reader.Le16();
  count += reader.Le16();
  count = std::min({count, kMaxEntries, static_cast<std::size_t>((root.size - at - 16) / 8)});
  WEIR_ASSIGN(std::string entries, file.ReadRange(root.offset + at + 16, count * 8));
  ByteReader rows(entries);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t identifier = rows.Le32(), child = rows.Le32();
    if (wanted == 0 || identifier == wanted) return child;
  }
  return Err(Code::kNotFound, "no version resource");
}

/// A block of VS_VERSIONINFO: its key, its value and what follows inside it.
struct Block {
  std::string key;
  std::string_view value, children;
};

std::string FromUtf16(std::string_view bytes) {
  std::string out;
  ByteReader reader(bytes);
  while (reader.remaining() >= 2) {
    std::uint32_t unit = reader.Le16();
    if (unit == 0) break;
    if (unit < 0x80) {
      out += static_cast<char>(unit);
    } else if (unit < 0x800) {
      out += static_cast<char>(0xc0U | (unit >> 6U));
      out += static_cast<char>(0x80U | (unit & 0x3fU));
    } else {
      out += static_cast<char>(0xe0U | (unit >> 12U));
      out += static_cast<char>(0x80U | ((unit >> 6U) & 0x3fU));
      out += static_cast<char>(0x80U | (unit & 0x3fU));
    }
  }
  return ToValidUtf8(out);  // surrogates become U+FFFD
}

std::size_t Aligned(std::size_t value) { return (value + 3) & ~std::size_t{3}; }

/// Takes the next block off REST; false at the end or where it is damaged.
bool NextBlock(std::string_view& rest, Block& block) {
  ByteReader reader(rest);
  std::size_t length = reader.Le16(), value_length = reader.Le16(), type = reader.Le16();
  if (!reader.ok() || length < 8 || length > rest.size()) return false;
  std::string_view whole = rest.substr(0, length);
  std::size_t end = 6;
  while (end + 1 < whole.size() && (whole[end] != 0 || whole[end + 1] != 0)) end += 2;
  block.key = FromUtf16(whole.substr(6, end - 6));
  std::size_t value_at = std::min(Aligned(end + 2), whole.size());
  // Lengths of text are in characters, by the books; many tools write bytes.
  std::size_t value_size = std::min(type == 1 ? value_length * 2 : value_length, whole.size() - value_at);
  block.value = whole.substr(value_at, value_size);
  block.children = whole.substr(std::min(Aligned(value_at + value_size), whole.size()));
  rest.remove_prefix(std::min(Aligned(length), rest.size()));
  return true;
}

}  // namespace

PeVersion ParseVersionInfo(std::string_view resource) {
  PeVersion version;
  Block root, group, table, string;
  if (!NextBlock(resource, root)) return version;
  const std::array<std::pair<std::string_view, std::string*>, 6> fields = {
      {{"ProductName", &version.product_name},
       {"ProductVersion", &version.product_version},
       {"FileVersion", &version.file_version},
       {"InternalName", &version.internal_name},
       {"OriginalFilename", &version.original_name},
       {"CompanyName", &version.company}}};
  std::size_t strings = 0;
  for (std::string_view groups = root.children; NextBlock(groups, group);) {
    if (group.key != "StringFileInfo") continue;
    for (std::string_view tables = group.children; NextBlock(tables, table);)
      for (std::string_view rest = table.children; NextBlock(rest, string) && strings < kMaxStrings;
           ++strings)
        for (const auto& [name, field] : fields)
          if (string.key == name && field->empty()) *field = Trim(FromUtf16(string.value));
  }
  return version;
}

Result<PeVersion> ReadPeVersion(target::ByteSource& file, const Image& image) {
  const Region& root = image.resources;
  if (root.size == 0) return Err(Code::kNotFound, "no version resource");
  // Three levels: type, name, language; then where the data lies.
  WEIR_ASSIGN(std::uint32_t names, FindEntry(file, root, 0, kVersionType));
  if ((names & kIsFolder) == 0) return Err(Code::kMalformed, "PE: resources without names");
  WEIR_ASSIGN(std::uint32_t languages, FindEntry(file, root, names & ~kIsFolder, 0));
  if ((languages & kIsFolder) == 0) return Err(Code::kMalformed, "PE: resources without languages");
  WEIR_ASSIGN(std::uint32_t entry, FindEntry(file, root, languages & ~kIsFolder, 0));
  if ((entry & kIsFolder) != 0) return Err(Code::kMalformed, "PE: resources are nested too deep");
  if (entry >= root.size || root.size - entry < 16)
    return Err(Code::kMalformed, "PE: a resource lies outside");
  WEIR_ASSIGN(std::string where, file.ReadRange(root.offset + entry, 16));
  ByteReader reader(where);
  std::uint64_t address = reader.Le32();
  std::uint64_t size = std::min<std::uint64_t>(reader.Le32(), kMaxVersionInfo);
  WEIR_ASSIGN(std::string info, ReadAddress(file, image, image.base + address, size));
  return ParseVersionInfo(info);
}

}  // namespace weir::sbom
