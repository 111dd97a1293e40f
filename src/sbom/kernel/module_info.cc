#include "sbom/kernel/module_info.h"

#include <array>

#include "base/strings.h"
#include "sbom/kernel/decompress.h"
#include "sbom/program/elf.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxSection = 1U << 20U;

Result<ModuleInfo> ReadPlain(target::ByteSource& file) {
  WEIR_ASSIGN(Image image, ReadElf(file));
  const Region* section = image.FindSection(".modinfo");
  if (section == nullptr) return Err(Code::kNotFound, "no kernel module");
  WEIR_ASSIGN(std::string text, ReadRegion(file, *section, kMaxSection));
  return ParseModuleSection(text);
}

}  // namespace

ModuleInfo ParseModuleSection(std::string_view section) {
  ModuleInfo info;
  while (!section.empty()) {
    std::string_view value = NextPiece(section, '\0');
    std::string_view key = NextPiece(value, '=');
    if (key == "intree") info.in_tree = value == "Y";
    const std::array<std::pair<std::string_view, std::string*>, 7> fields = {
        {{"name", &info.name},
         {"version", &info.version},
         {"license", &info.license},
         {"author", &info.author},
         {"description", &info.description},
         {"vermagic", &info.vermagic},
         {"srcversion", &info.source_version}}};
    for (const auto& [name, field] : fields)
      if (key == name && field->empty()) *field = ToValidUtf8(value.substr(0, 256));
  }
  return info;
}

Result<ModuleInfo> ReadModuleInfo(target::ByteSource& file, std::uint64_t limit) {
  std::array<std::byte, 4> magic{};
  WEIR_ASSIGN(std::size_t got, file.ReadAt(0, magic));
  if (ClassifyImage(Bytes(magic).first(got)) == ImageFormat::kElf) return ReadPlain(file);
  WEIR_ASSIGN(std::string packed, file.ReadAll(limit));
  WEIR_ASSIGN(std::string plain, Decompress(packed, limit));
  packed = {};
  std::unique_ptr<target::ByteSource> memory = target::MakeMemorySource(std::move(plain));
  return ReadPlain(*memory);
}

}  // namespace weir::sbom
