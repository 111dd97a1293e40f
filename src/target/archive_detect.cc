#include <algorithm>

#include "base/strings.h"
#include "target/archive_walk.h"

namespace weir::target {
namespace {

using namespace std::string_view_literals;

bool EndsWithAny(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return name.size() > ending.size() && EqualsIgnoreCase(name.substr(name.size() - ending.size()), ending);
  });
}

bool AllOf(std::string_view text, bool (*fits)(char)) { return std::all_of(text.begin(), text.end(), fits); }
bool IsOctal(char c) { return c >= '0' && c <= '7'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// The magic numbers are plain digits, which a text may start with: the whole header has to be digits.
bool IsCpio(std::string_view head) {
  constexpr std::size_t kOldHeader = 76, kNewHeader = 110;
  if (head.starts_with("070707"))
    return head.size() >= kOldHeader && AllOf(head.substr(0, kOldHeader), IsOctal);
  return (head.starts_with("070701") || head.starts_with("070702")) && head.size() >= kNewHeader &&
         AllOf(head.substr(0, kNewHeader), IsHex);
}

/// The sum over the header block in place of its own field, as every tar since the first has it.
bool HasTarChecksum(std::string_view head) {
  constexpr std::size_t kBlock = 512, kSumAt = 148, kSumBytes = 8;
  if (head.size() < kBlock || head[0] == '\0') return false;
  unsigned sum = 0, stated = 0;
  for (std::size_t i = 0; i < kBlock; ++i)
    sum += i >= kSumAt && i < kSumAt + kSumBytes ? unsigned{' '} : static_cast<unsigned char>(head[i]);
  std::string_view field = Trim(head.substr(kSumAt, kSumBytes));
  field = field.substr(0, field.find_first_not_of("01234567"));
  for (char c : field) stated = stated * 8 + static_cast<unsigned>(c - '0');
  return !field.empty() && stated == sum;
}

bool IsTar(std::string_view head, std::string_view name) {
  constexpr std::size_t kMagicAt = 257;
  if (head.size() > kMagicAt + 5 && head.substr(kMagicAt, 5) == "ustar") return true;
  return EndsWithAny(name, {".tar"}) && HasTarChecksum(head);
}

bool IsCompressed(std::string_view head, std::string_view name) {
  if (head.starts_with("\x1f\x8b\x08"sv))  // the upper flags are reserved
    return head.size() > 10 && (static_cast<unsigned char>(head[3]) & 0xe0U) == 0;
  if (head.starts_with("BZh"))
    return head.size() > 10 && (head.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv ||
                                head.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv);
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv) ||
      head.starts_with("\x28\xb5\x2f\xfd"sv) || head.starts_with("\x04\x22\x4d\x18"sv) ||
      head.starts_with("LZIP\x01"sv))
    return true;
  if (head.starts_with("\x5d\0\0"sv)) return EndsWithAny(name, {".lzma", ".tlz"});
  return head.starts_with("\x1f\x9d"sv) && EndsWithAny(name, {".z", ".taz"});
}

}  // namespace

ArchiveKind DetectArchive(std::string_view head, std::string_view name) {
  if (head.size() < 8) return ArchiveKind::kNone;
  switch (head[0]) {
    case 'P':
      if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) return ArchiveKind::kZip;
      break;
    case '#':
    case 'M':
      // A program in front of a zip archive, as of jars that can be run.
      if ((head.starts_with("#!") || head.starts_with("MZ")) && EndsWithAny(name, {".jar", ".war", ".zip"}))
        return ArchiveKind::kZip;
      break;
    case '!':
      if (head.starts_with("!<arch>\n")) return ArchiveKind::kAr;
      break;
    case 'R':
      if (head.starts_with("Rar!\x1a\x07"sv)) return ArchiveKind::kRar;
      break;
    case '7':
      if (head.starts_with("7z\xbc\xaf\x27\x1c"sv)) return ArchiveKind::kSevenZip;
      break;
    case '\xed':
      if (head.starts_with("\xed\xab\xee\xdb"sv)) return ArchiveKind::kRpm;
      break;
    case '0':
      if (IsCpio(head)) return ArchiveKind::kCpio;
      break;
    case '\x1f':
    case '\xfd':
    case '\x28':
    case '\x04':
    case '\x5d':
    case 'B':
    case 'L':
      if (IsCompressed(head, name)) return ArchiveKind::kCompressed;
      break;
    default:
      break;
  }
  if (IsTar(head, name)) return ArchiveKind::kTar;
  constexpr std::size_t kIsoMagicAt = 0x8001;
  if (head.size() > kIsoMagicAt + 5 ? head.substr(kIsoMagicAt, 5) == "CD001" : EndsWithAny(name, {".iso"}))
    return ArchiveKind::kIso;
  return ArchiveKind::kNone;
}

}  // namespace weir::target
