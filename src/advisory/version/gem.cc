// Ruby: Gem::Version. A "-" means ".pre.", letters make a pre-release, missing segments
// are 0, and letters are below any number. A platform behind the version
// ("1.13.0-x86_64-linux") is not part of it.
#include <array>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

// Segments go on with 0s without end. So the zeros before a segment are counted, and are
// below the end where letters follow, above it where a number follows.
enum Mark : int { kLetters = 1, kEnd, kNumber };

constexpr std::array<std::string_view, 24> kPlatforms = {
    "x86",   "x86_64", "x64",    "i386",   "i486",    "i586",    "i686",      "amd64",
    "arm",   "arm64",  "armv7l", "armv6l", "armv5",   "aarch64", "java",      "jruby",
    "mswin", "mingw",  "darwin", "linux",  "ppc64le", "s390x",   "universal", "sparc",
};

bool StartsWithPlatform(std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of("-."));
  for (std::string_view platform : kPlatforms) {
    if (word.substr(0, platform.size()) != platform) continue;
    // "mswin64", "mingw32", "darwin20"
    if (const std::string_view tail = word.substr(platform.size()); tail.empty() || AllDigits(tail))
      return true;
  }
  return false;
}

std::string_view WithoutPlatform(std::string_view version) {
  for (std::size_t dash = version.find('-'); dash != std::string_view::npos;
       dash = version.find('-', dash + 1)) {
    if (StartsWithPlatform(version.substr(dash + 1))) return version.substr(0, dash);
  }
  return version;
}

bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }

bool Valid(std::string_view text) {
  if (!IsDigit(text.front())) return false;
  bool after_dot = false;
  bool after_dash = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.') {
      if (after_dot || (i > 0 && text[i - 1] == '-' && text.find('-') == i - 1)) return false;
    } else if (c == '-') {
      if (after_dot && !after_dash) return false;
      after_dash = true;
    } else if (!IsAlnum(c) || (IsAlpha(c) && !after_dash && text.find('.') > i)) {
      return false;
    }
    after_dot = c == '.';
  }
  return !after_dot && text.find('-') != text.size() - 1;
}

}  // namespace

Result<std::string> EncodeGem(std::string_view version) {
  std::string_view text = Trim(version);
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  text = WithoutPlatform(text);
  if (!text.empty() && !Valid(text)) return MalformedVersion("gem", version);

  const std::string dotted = ReplaceAll(text, "-", ".pre.");
  std::string_view rest = dotted;
  std::string key;
  std::size_t zeros = 0;
  bool numeric = true;
  while (!rest.empty()) {
    if (IsDigit(rest.front())) {
      const std::string_view digits = WithoutLeadingZeros(TakeDigits(rest));
      if (digits.empty()) {
        ++zeros;
        continue;
      }
      AppendByte(key, kNumber);
      AppendCountDescending(key, zeros);
      AppendNumber(key, digits);
      zeros = 0;
    } else if (IsAlpha(rest.front())) {
      // The zeros that end the release do not count ("1.0.a" is "1.a").
      if (numeric) zeros = 0;
      numeric = false;
      AppendByte(key, kLetters);
      AppendCount(key, zeros);
      AppendText(key, TakeLetters(rest));
      zeros = 0;
    } else {
      rest.remove_prefix(1);
    }
  }
  AppendByte(key, kEnd);
  return key;
}

}  // namespace weir::advisory
