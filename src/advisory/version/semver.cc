// Semantic Versioning 2.0.0 §11 and node-semver in loose mode. Build metadata does not count.
#include "advisory/version/semver.h"

#include <algorithm>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum NumberMark : int { kEndOfNumbers = 1, kNumber };
enum ReleaseMark : int { kPrerelease = 1, kRelease };
enum IdentifierMark : int { kEnd = 1, kNumeric, kText };

bool IsIdentifierChar(char c) { return IsDigit(c) || IsAlpha(c) || c == '-' || c == '_'; }

bool ValidIdentifiers(std::string_view text) {
  const std::vector<std::string_view> identifiers = Split(text, '.');
  return std::all_of(identifiers.begin(), identifiers.end(), [](std::string_view identifier) {
    return !identifier.empty() && std::all_of(identifier.begin(), identifier.end(), IsIdentifierChar);
  });
}

bool IsWildcard(std::string_view text) { return text == "x" || text == "X"; }

Result<std::string> Encode(std::string_view scheme, std::string_view version) {
  const std::optional<SemverParts> parts = ReadSemver(WithoutVersionPrefix(version));
  if (!parts) return MalformedVersion(scheme, version);
  std::string key;
  AppendNumbers(key, parts->numbers);
  if (parts->prerelease) {
    AppendPrerelease(key, Split(*parts->prerelease, '.'));
  } else {
    AppendRelease(key);
  }
  return key;
}

}  // namespace

std::string_view WithoutVersionPrefix(std::string_view version) {
  version = Trim(version);
  const std::size_t start = version.find_first_not_of("vV= \t");
  return start == std::string_view::npos ? std::string_view() : version.substr(start);
}

std::optional<SemverParts> ReadSemver(std::string_view text) {
  SemverParts parts;
  while (true) {
    const std::string_view digits = TakeDigits(text);
    if (digits.empty()) return std::nullopt;
    parts.numbers.push_back(digits);
    if (text.size() < 2 || text[0] != '.' || !IsDigit(text[1])) break;
    text.remove_prefix(1);
  }
  std::string_view tail = NextPiece(text, '+');
  if (text.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  if (tail.empty()) return parts;
  // npm takes "-" as the separator only where an identifier follows, else it is the identifier.
  const bool separator = tail[0] == '.' || (tail[0] == '-' && tail.size() > 1 && tail[1] != '.');
  if (separator) tail.remove_prefix(1);
  if (!ValidIdentifiers(tail) || IsWildcard(tail)) return std::nullopt;
  parts.prerelease = tail;
  return parts;
}

void AppendNumbers(std::string& key, std::vector<std::string_view> numbers) {
  while (!numbers.empty() && WithoutLeadingZeros(numbers.back()).empty()) numbers.pop_back();
  for (std::string_view number : numbers) {
    AppendByte(key, kNumber);
    AppendNumber(key, number);
  }
  AppendByte(key, kEndOfNumbers);
}

void AppendRelease(std::string& key) { AppendByte(key, kRelease); }

void AppendPrerelease(std::string& key, const std::vector<std::string_view>& identifiers) {
  AppendByte(key, kPrerelease);
  for (std::string_view identifier : identifiers) {
    if (AllDigits(identifier)) {
      AppendByte(key, kNumeric);
      AppendNumber(key, identifier);
    } else {
      AppendByte(key, kText);
      AppendText(key, identifier);
    }
  }
  AppendByte(key, kEnd);
}

Result<std::string> EncodeSemver(std::string_view version) { return Encode("semver", version); }

Result<std::string> EncodeNpm(std::string_view version) { return Encode("npm", version); }

}  // namespace weir::advisory
