#include "sbom/program/go_buildinfo.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::string_view kMagic =
    "\xff"
    " Go buildinf:";
constexpr std::uint64_t kHeaderBytes = 32, kAlign = 16, kMaxVersionBytes = 4'096,
                        kMaxModuleBytes = 16U << 20U;
constexpr std::uint64_t kMaxScanBytes = 1U << 20U;
constexpr std::size_t kMaxModules = 50'000;

/// The blob's place in the file, searched at 16-byte steps from REGION's start.
Result<std::uint64_t> FindBlob(target::ByteSource& file, const Region& region) {
  constexpr std::uint64_t kChunk = 64U << 10U;
  std::uint64_t length = std::min(region.size, kMaxScanBytes);
  std::string chunk;
  for (std::uint64_t at = 0; at < length; at += kChunk) {
    std::uint64_t want = std::min(kChunk, length - at);
    WEIR_ASSIGN(chunk, file.ReadRange(region.offset + at, want));
    std::string_view text = chunk;
    for (std::size_t hit = text.find(kMagic); hit != std::string_view::npos; hit = text.find(kMagic, hit + 1))
      if (hit % kAlign == 0) return region.offset + at + hit;
  }
  return Err(Code::kNotFound, "no Go build information");
}

Result<std::uint64_t> LocateBlob(target::ByteSource& file, const Image& image) {
  for (const char* name : {".go.buildinfo", "__go_buildinfo"})
    if (const Region* section = image.FindSection(name); section != nullptr && section->size != 0)
      return FindBlob(file, *section);
  // Every Go linker names the section in ELF and Mach-O; look further only where the names are gone.
  if (image.format != ImageFormat::kPe && !image.sections.empty())
    return Err(Code::kNotFound, "no Go build information");
  const std::vector<Region>& regions = image.format == ImageFormat::kPe ? image.sections : image.segments;
  for (const Region& region : regions)
    if (region.writable && !region.executable && region.size != 0) return FindBlob(file, region);
  return Err(Code::kNotFound, "no Go build information");
}

/// A Go string header at ADDRESS: pointer and length.
Result<std::string> ReadGoString(target::ByteSource& file, const Image& image, std::uint64_t address,
                                 bool wide, bool big_endian, std::uint64_t limit) {
  WEIR_ASSIGN(std::string header, ReadAddress(file, image, address, wide ? 16 : 8));
  WordReader reader(header, big_endian, wide);
  std::uint64_t data = reader.Word(), length = reader.Word();
  if (length == 0) return std::string();
  if (length > limit) return Err(Code::kLimitExceeded, "Go build information is too long");
  return ReadAddress(file, image, data, length);
}

Result<std::string> ReadInline(target::ByteSource& file, std::uint64_t& at, std::uint64_t limit) {
  std::uint64_t left = file.size() - std::min(at, file.size());
  WEIR_ASSIGN(std::string prefix, file.ReadRange(at, std::min<std::uint64_t>(10, left)));
  ByteReader reader(prefix);
  std::uint64_t length = reader.Uvarint();
  if (!reader.ok()) return Err(Code::kMalformed, "Go build information is cut short");
  if (length > limit) return Err(Code::kLimitExceeded, "Go build information is too long");
  at += reader.position();
  WEIR_ASSIGN(std::string text, file.ReadRange(at, length));
  at += length;
  return text;
}

GoModule ParseModuleLine(std::string_view line) {
  GoModule module;
  module.path = NextPiece(line, '\t');
  module.version = NextPiece(line, '\t');
  module.sum = NextPiece(line, '\t');
  return module;
}

/// A setting's value may be quoted as a Go string; keys are never.
std::string Unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    char next = text[++i];
    out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

}  // namespace

std::string_view GoBuildInfo::Setting(std::string_view key) const {
  for (const auto& [name, value] : settings)
    if (name == key) return value;
  return {};
}

void ParseModuleInfo(std::string_view text, GoBuildInfo& info) {
  GoModule* last = nullptr;
  while (!text.empty()) {
    std::string_view line = NextLine(text);
    std::string_view kind = NextPiece(line, '\t');
    if (kind == "path") {
      info.main_package = line;
    } else if (kind == "mod") {
      info.main = ParseModuleLine(line);
      last = &info.main;
    } else if (kind == "dep") {
      if (info.dependencies.size() == kMaxModules) return;
      info.dependencies.push_back(ParseModuleLine(line));
      last = &info.dependencies.back();
    } else if (kind == "=>" && last != nullptr) {
      GoModule replacement = ParseModuleLine(line);
      last->replace_path = replacement.path;
      last->replace_version = replacement.version;
      last->replace_sum = replacement.sum;
    } else if (kind == "build" && info.settings.size() < kMaxModules) {
      std::string_view key = NextPiece(line, '=');
      info.settings.emplace_back(std::string(key), Unquote(line));
    }
  }
}

Result<GoBuildInfo> ReadGoBuildInfo(target::ByteSource& file, const Image& image) {
  WEIR_ASSIGN(std::uint64_t at, LocateBlob(file, image));
  WEIR_ASSIGN(std::string head, file.ReadRange(at, kHeaderBytes));
  auto width = static_cast<std::uint8_t>(head[14]);
  auto flags = static_cast<std::uint8_t>(head[15]);
  GoBuildInfo info;
  std::string modules;
  if ((flags & 2U) != 0) {
    at += kHeaderBytes;
    WEIR_ASSIGN(info.go_version, ReadInline(file, at, kMaxVersionBytes));
    WEIR_ASSIGN(modules, ReadInline(file, at, kMaxModuleBytes));
  } else {
    if (width != 4 && width != 8) return Err(Code::kMalformed, "Go build information has a bad pointer size");
    bool wide = width == 8, big_endian = (flags & 1U) != 0;
    WordReader reader(std::string_view(head).substr(16), big_endian, wide);
    std::uint64_t version = reader.Word(), module = reader.Word();
    WEIR_ASSIGN(info.go_version, ReadGoString(file, image, version, wide, big_endian, kMaxVersionBytes));
    // A null pointer: built without modules.
    if (module != 0) {
      WEIR_ASSIGN(modules, ReadGoString(file, image, module, wide, big_endian, kMaxModuleBytes));
    }
  }
  if (info.go_version.empty()) return Err(Code::kNotFound, "no Go build information");
  // The linker frames the text with 16-byte marks on both sides.
  std::string_view text = modules;
  if (text.size() >= 33 && text[text.size() - 17] == '\n')
    ParseModuleInfo(text.substr(16, text.size() - 32), info);
  return info;
}

}  // namespace weir::sbom
