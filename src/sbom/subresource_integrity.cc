#include "sbom/subresource_integrity.h"

#include "base/hash.h"
#include "base/strings.h"

namespace weir::sbom {
namespace {

int Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

std::size_t DigestSize(std::string_view algorithm) {
  if (algorithm == "sha1") return 20;
  if (algorithm == "sha256") return 32;
  if (algorithm == "sha384") return 48;
  return algorithm == "sha512" ? 64 : 0;
}

}  // namespace

std::string DecodeBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : text) {
    int digit = Digit(c);
    if (digit < 0) return {};
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffU);
    }
  }
  return out;
}

void AddIntegrity(std::string_view integrity, model::Package& package) {
  while (!integrity.empty() && package.digests.size() < 4) {
    std::string_view piece = NextPiece(integrity, ' ');
    std::size_t dash = piece.find('-');
    if (dash == std::string_view::npos || piece.size() > 200) continue;
    std::string_view algorithm = piece.substr(0, dash);
    std::string raw = DecodeBase64(piece.substr(dash + 1));
    if (raw.empty() || raw.size() != DigestSize(algorithm)) continue;
    package.digests.push_back({std::string(algorithm), Hex(AsBytes(raw))});
  }
}

}  // namespace weir::sbom
