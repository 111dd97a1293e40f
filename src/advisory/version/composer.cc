// PHP: composer/semver's VersionParser::normalize, then PHP's version_compare. A branch
// ("dev-main") is below every version. What normalize refuses but starts with a number is
// read with the same parts, so that it still has a place.
#include <array>
#include <optional>
#include <vector>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum FormMark : int { kBranch = 1, kVersion };
/// Order of parts in version_compare.
enum PartMark : int { kUnknown = 1, kDev, kAlpha, kBeta, kCandidate, kEnd, kNumber, kPatch };

constexpr std::size_t kParts = 4;
constexpr std::string_view kBranchNumber = "9999999";  // what composer takes "x" for in "1.x-dev"

struct Stability {
  std::string_view word;
  PartMark mark;
};
// A longer word stands before its own beginning. "stable" adds nothing.
constexpr std::array kStabilities = {
    Stability{"stable", kEnd},   Stability{"beta", kBeta},   Stability{"b", kBeta},
    Stability{"rc", kCandidate}, Stability{"alpha", kAlpha}, Stability{"a", kAlpha},
    Stability{"patch", kPatch},  Stability{"pl", kPatch},    Stability{"p", kPatch},
};

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

struct Normalized {
  std::vector<std::string_view> numbers;
  PartMark stability = kEnd;
  std::vector<std::string_view> stability_numbers;
  bool dev = false;
};

/// [._-] word (numbers) dev, up to the end of REST.
bool ReadModifier(std::string_view rest, Normalized& version) {
  std::string_view after = rest;
  if (!after.empty() && IsOneOf(after.front(), "._-")) after.remove_prefix(1);
  for (const Stability& stability : kStabilities) {
    if (after.substr(0, stability.word.size()) != stability.word) continue;
    version.stability = stability.mark;
    rest = after.substr(stability.word.size());
    while (!rest.empty()) {
      std::string_view number = rest;
      if (IsOneOf(number.front(), ".-")) number.remove_prefix(1);
      const std::string_view digits = TakeDigits(number);
      if (digits.empty()) break;
      version.stability_numbers.push_back(digits);
      rest = number;
    }
    if (rest.empty()) return true;
    if (IsOneOf(rest.front(), ".-")) rest.remove_prefix(1);
    version.dev = rest == "dev" && stability.mark != kEnd;
    return rest == "dev";
  }
  // One separator may belong to the word that is not there, one to "dev".
  if (!after.empty() && IsOneOf(after.front(), ".-") && after.size() < rest.size()) after.remove_prefix(1);
  version.dev = after == "dev";
  return rest.empty() || version.dev || (rest.size() == 1 && IsOneOf(rest.front(), "._-"));
}

std::optional<Normalized> ReadClassical(std::string_view rest) {
  constexpr std::size_t kMaxMajorDigits = 5;
  Normalized version;
  version.numbers.push_back(TakeDigits(rest));
  if (version.numbers[0].empty() || version.numbers[0].size() > kMaxMajorDigits) return std::nullopt;
  while (version.numbers.size() < kParts && rest.size() > 1 && rest[0] == '.' && IsDigit(rest[1])) {
    rest.remove_prefix(1);
    version.numbers.push_back(TakeDigits(rest));
  }
  version.numbers.resize(kParts, "0");
  if (!ReadModifier(rest, version)) return std::nullopt;
  return version;
}

/// A year of four digits, one to six pairs, then up to two rests of at most three digits, each
/// behind an optional separator: "20230102", "2023-01-02", "2023.01.02.103015". Separators split the parts.
std::optional<Normalized> ReadDate(std::string_view text) {
  constexpr std::size_t kYear = 4;
  constexpr std::size_t kPair = 2;
  constexpr std::size_t kMaxPairs = 6;
  constexpr std::size_t kMaxRest = 3;
  std::string_view rest = text;
  Normalized version;
  std::size_t pairs = 0;
  std::size_t rests = 0;
  while (!rest.empty() && IsDigit(rest.front())) {
    std::string_view digits = TakeDigits(rest);
    version.numbers.push_back(digits);
    if (version.numbers.size() == 1) {
      if (digits.size() < kYear) return std::nullopt;
      digits.remove_prefix(kYear);
    }
    while (digits.size() >= kPair && pairs < kMaxPairs && rests == 0 && digits.size() != kMaxRest) {
      digits.remove_prefix(kPair);
      ++pairs;
    }
    if (!digits.empty()) {
      if (digits.size() > kMaxRest || ++rests > 2) return std::nullopt;
    }
    if (rest.size() < 2 || !IsOneOf(rest[0], ".:-") || !IsDigit(rest[1])) break;
    rest.remove_prefix(1);
  }
  if (pairs == 0 || !ReadModifier(rest, version)) return std::nullopt;
  return version;
}

/// "1.x-dev", "2.1-dev": up to four numbers or wildcards, missing ones are wildcards.
std::optional<Normalized> ReadNumericBranch(std::string_view text) {
  constexpr std::string_view kSuffix = "dev";
  if (text.size() < kSuffix.size() || text.substr(text.size() - kSuffix.size()) != kSuffix)
    return std::nullopt;
  text.remove_suffix(kSuffix.size());
  if (!text.empty() && IsOneOf(text.back(), ".-")) text.remove_suffix(1);
  Normalized version;
  for (std::string_view piece : Split(text, '.')) {
    const bool wildcard = !version.numbers.empty() && (piece == "x" || piece == "*");
    if ((!wildcard && !AllDigits(piece)) || version.numbers.size() == kParts) return std::nullopt;
    version.numbers.push_back(wildcard ? kBranchNumber : piece);
  }
  version.numbers.resize(kParts, kBranchNumber);
  version.dev = true;
  return version;
}

std::string EncodeNormalized(const Normalized& version) {
  std::string key;
  AppendByte(key, kVersion);
  const auto append_numbers = [&key](const std::vector<std::string_view>& numbers) {
    for (std::string_view number : numbers) {
      AppendByte(key, kNumber);
      AppendNumber(key, number);
    }
  };
  append_numbers(version.numbers);
  if (version.stability != kEnd) {
    AppendByte(key, version.stability);
    append_numbers(version.stability_numbers);
  }
  if (version.dev) AppendByte(key, kDev);
  AppendByte(key, kEnd);
  return key;
}

PartMark WordMark(std::string_view word) {
  // version_compare takes a word for the first known one that it starts with.
  constexpr std::array kWords = {
      Stability{"dev", kDev}, Stability{"alpha", kAlpha},  Stability{"a", kAlpha},  Stability{"beta", kBeta},
      Stability{"b", kBeta},  Stability{"rc", kCandidate}, Stability{"pl", kPatch}, Stability{"p", kPatch},
  };
  for (const Stability& stability : kWords) {
    if (word.substr(0, stability.word.size()) == stability.word) return stability.mark;
  }
  return kUnknown;
}

/// For what normalize refuses: numbers filled up to four, then the parts of version_compare.
std::string EncodeByParts(std::string_view rest) {
  std::string key;
  AppendByte(key, kVersion);
  std::size_t numbers = 0;
  bool leading = true;
  while (!rest.empty()) {
    if (IsDigit(rest.front())) {
      AppendByte(key, kNumber);
      AppendNumber(key, TakeDigits(rest));
      ++numbers;
    } else if (IsAlpha(rest.front())) {
      for (; leading && numbers < kParts; ++numbers) {
        AppendByte(key, kNumber);
        AppendNumber(key, "0");
      }
      leading = false;
      const std::string_view word = TakeLetters(rest);
      const PartMark mark = WordMark(word);
      AppendByte(key, mark);
      if (mark == kUnknown) AppendText(key, word);
    } else {
      rest.remove_prefix(1);
    }
  }
  AppendByte(key, kEnd);
  return key;
}

std::string_view WithoutStabilityFlag(std::string_view text) {
  for (std::string_view flag : {"@stable", "@rc", "@beta", "@alpha", "@dev"}) {
    if (text.size() >= flag.size() && text.substr(text.size() - flag.size()) == flag) {
      return text.substr(0, text.size() - flag.size());
    }
  }
  return text;
}

std::string EncodeBranch(std::string_view name) {
  std::string key;
  AppendByte(key, kBranch);
  AppendText(key, name);
  return key;
}

}  // namespace

Result<std::string> EncodeComposer(std::string_view version) {
  std::string_view original = Trim(version);
  original = original.substr(0, original.find(" as "));
  const std::string lower = ToLower(original);
  std::string_view text = WithoutStabilityFlag(lower);
  original = original.substr(0, text.size());

  if (original == "master" || original == "trunk" || original == "default") return EncodeBranch(original);
  constexpr std::string_view kBranchPrefix = "dev-";
  if (text.substr(0, kBranchPrefix.size()) == kBranchPrefix) {
    return EncodeBranch(original.substr(kBranchPrefix.size()));
  }
  text = NextPiece(text, '+');
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  if (text.empty() || !IsDigit(text.front()) || text.find_first_of(" \t,") != std::string_view::npos) {
    return MalformedVersion("composer", version);
  }
  if (const auto classical = ReadClassical(text)) return EncodeNormalized(*classical);
  if (const auto date = ReadDate(text)) return EncodeNormalized(*date);
  if (const auto branch = ReadNumericBranch(text)) return EncodeNormalized(*branch);
  return EncodeByParts(text);
}

}  // namespace weir::advisory
