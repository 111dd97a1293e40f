#include "sbom/program/elf_note.h"

#include <simdjson.h>

#include "base/bytes.h"
#include "sbom/program/image.h"

namespace weir::sbom {
namespace {

constexpr std::uint32_t kPackageNoteType = 0xcafe1a7e;

Result<PackageNote> ParseJson(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS ||
      document.get(object) != simdjson::SUCCESS)
    return Err(Code::kMalformed, "ELF package note: not JSON");
  PackageNote note;
  auto read = [&object](const char* key, std::string& out) {
    std::string_view text;
    if (object[key].get(text) == simdjson::SUCCESS) out = text;
  };
  read("type", note.type);
  read("name", note.name);
  read("version", note.version);
  read("architecture", note.architecture);
  read("os", note.os);
  read("osVersion", note.os_version);
  read("appCpe", note.app_cpe);
  if (note.name.empty()) return Err(Code::kMalformed, "ELF package note: no name");
  return note;
}

}  // namespace

Result<PackageNote> ParsePackageNote(std::string_view section, bool big_endian) {
  WordReader reader(section, big_endian, false);
  while (reader.bytes().remaining() >= 12) {
    std::uint32_t owner_size = reader.U32(), size = reader.U32(), type = reader.U32();
    std::string_view owner = reader.bytes().TakeText(owner_size);
    reader.bytes().Skip((4 - owner_size % 4) % 4);
    std::string_view content = reader.bytes().TakeText(size);
    if (!reader.ok()) return Err(Code::kMalformed, "ELF package note: cut short");
    if (type == kPackageNoteType && owner == std::string_view("FDO\0", 4))
      return ParseJson(content.substr(0, content.find('\0')));
    reader.bytes().Skip(std::min<std::size_t>((4 - size % 4) % 4, reader.bytes().remaining()));
  }
  return Err(Code::kNotFound, "no package note");
}

}  // namespace weir::sbom
