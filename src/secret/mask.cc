#include <algorithm>

#include "base/strings.h"
#include "secret/secret.h"

namespace weir::secret {
namespace {

constexpr std::string_view kHidden = "********";
constexpr std::size_t kShortest = 24;  // what is shorter is not shown at all
constexpr std::size_t kShare = 6;      // of the secret, at most one in so many bytes is shown
constexpr std::size_t kWithout = 4;    // shown of what has no prefix that tells its kind
constexpr std::size_t kLongestPrefix = 16;

/// Of the words that name the kind at the front of SECRET: "ghp_", "sk_live_", "xoxb-", "postgres://".
std::size_t PublicPrefix(std::string_view secret) {
  std::size_t end = 0;
  for (std::size_t word = 0, i = 0; i < std::min(secret.size(), kLongestPrefix); ++i) {
    char c = secret[i];
    if (c == '_' || c == '-' || c == '.' || c == ':' || c == '/') {
      end = i + 1;
      word = 0;
    } else if (!IsAlpha(c) && !IsDigit(c)) {
      break;
    } else if (++word > 7) {
      break;
    }
  }
  return end;
}

}  // namespace

std::string MaskSecret(std::string_view secret) {
  // A key file's first line says what it is, and is the same in all of them.
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (secret.starts_with(kBegin)) {
    std::size_t end = secret.find("-----", kBegin.size());
    if (end != std::string_view::npos && end < 80 && end + 5 <= secret.size() / kShare)
      return ToValidUtf8(secret.substr(0, end + 5)) + std::string(kHidden);
  }
  if (secret.size() < kShortest) return std::string(kHidden);
  std::size_t shown = std::min(secret.size() / kShare, std::max(PublicPrefix(secret), kWithout));
  std::string out;
  for (char c : secret.substr(0, shown)) out += c > ' ' && c < '\x7f' ? c : '.';
  return out + std::string(kHidden);
}

}  // namespace weir::secret
