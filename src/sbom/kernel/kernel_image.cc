#include "sbom/kernel/kernel_image.h"

#include <algorithm>

#include "base/strings.h"
#include "sbom/program/version_pattern.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxSearched = 96ULL << 20U, kChunk = 1U << 20U;
constexpr std::size_t kMaxBanner = 512;
constexpr std::string_view kMark = "Linux version ";

std::string_view Printable(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= ' ' && text[end] < '\x7f') ++end;
  return text.substr(0, end);
}

Result<std::string> SearchBanner(target::ByteSource& file) {
  std::string buffer;
  std::uint64_t length = std::min(file.size(), kMaxSearched);
  for (std::uint64_t at = 0; at < length;) {
    std::uint64_t want = std::min(kChunk, length - at);
    WEIR_ASSIGN(buffer, file.ReadRange(at, want));
    std::string_view text = buffer;
    for (std::size_t hit = text.find(kMark); hit != std::string_view::npos; hit = text.find(kMark, hit + 1)) {
      std::string_view banner = Printable(text.substr(hit + kMark.size(), kMaxBanner));
      if (!banner.empty() && IsDigit(banner.front())) return std::string(banner);
    }
    if (at + want >= length) break;
    at += want - std::min<std::uint64_t>(want, kMaxBanner + kMark.size());
  }
  return Err(Code::kUnsupported, "the kernel's version is in its compressed part");
}

}  // namespace

KernelImage ParseKernelBanner(std::string_view banner) {
  KernelImage image;
  banner = Printable(banner.substr(0, kMaxBanner));
  image.release = banner.substr(0, banner.find(' '));
  image.build = Trim(banner.substr(image.release.size()));
  image.version = VersionInName(image.release);
  // Debian's release names the ABI (6.1.0), its banner the source (6.1.76-1); Ubuntu's likewise in brackets.
  for (std::string_view pattern : {"Debian %v", "Ubuntu %s %v"})
    if (std::string_view told = FindVersion(pattern, image.build, ""); !told.empty()) image.version = told;
  return image;
}

Result<KernelImage> ReadKernelImage(target::ByteSource& file) {
  constexpr std::uint64_t kHeader = 0x1f1, kVersionField = 0x20e, kSetupSize = 0x200;
  if (file.size() < 0x300) return Err(Code::kNotFound, "too short for a kernel");
  WEIR_ASSIGN(std::string head, file.ReadRange(0, 0x300));
  ByteReader reader(head);
  reader.Seek(kHeader + 0x11);
  if (reader.TakeText(4) == "HdrS") {
    reader.Seek(kVersionField);
    std::uint64_t at = reader.Le16();
    if (at != 0) {
      at += kSetupSize;
      if (at >= file.size()) return Err(Code::kMalformed, "the kernel's version lies outside the file");
      WEIR_ASSIGN(std::string banner,
                  file.ReadRange(at, std::min<std::uint64_t>(kMaxBanner, file.size() - at)));
      KernelImage image = ParseKernelBanner(banner);
      if (image.version.empty()) return Err(Code::kMalformed, "the kernel names no version");
      return image;
    }
  }
  bool arm64 = std::string_view(head).substr(56, 4) == "ARM\x64";
  bool riscv = std::string_view(head).substr(56, 4) == "RSC\x05";
  bool elf = head.starts_with(
      "\x7f"
      "ELF");
  bool gzip = head.starts_with("\x1f\x8b");
  if (gzip || head.substr(4, 4) == "zimg")
    return Err(Code::kUnsupported, "the kernel's version is in its compressed part");
  if (!arm64 && !riscv && !elf) return Err(Code::kNotFound, "not a kernel");
  WEIR_ASSIGN(std::string banner, SearchBanner(file));
  return ParseKernelBanner(banner);
}

}  // namespace weir::sbom
