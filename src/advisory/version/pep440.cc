// Python: PEP 440 as the "packaging" library reads and orders it, spelling variants included.
#include <array>
#include <optional>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "advisory/version/semver.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum PreMark : int { kDevOnly = 1, kAlpha, kBeta, kCandidate, kNoPre };
enum PostMark : int { kNoPost = 1, kPost };
enum DevMark : int { kDev = 1, kNoDev };
enum LocalMark : int { kNoLocal = 1, kLocal };
enum SegmentMark : int { kEnd = 1, kText, kNumber };

struct PreWord {
  std::string_view word;
  PreMark mark;
};
// A longer word stands before its own beginning.
constexpr std::array kPreWords = {
    PreWord{"alpha", kAlpha}, PreWord{"a", kAlpha},           PreWord{"beta", kBeta},
    PreWord{"b", kBeta},      PreWord{"preview", kCandidate}, PreWord{"pre", kCandidate},
    PreWord{"c", kCandidate}, PreWord{"rc", kCandidate},
};
constexpr std::array<std::string_view, 3> kPostWords = {"post", "rev", "r"};

bool IsSeparator(char c) { return c == '.' || c == '-' || c == '_'; }

void SkipSeparator(std::string_view& rest) {
  if (!rest.empty() && IsSeparator(rest.front())) rest.remove_prefix(1);
}

bool TakeWord(std::string_view& rest, std::string_view word) {
  std::string_view after = rest;
  SkipSeparator(after);
  if (after.substr(0, word.size()) != word) return false;
  after.remove_prefix(word.size());
  rest = after;
  return true;
}

std::string_view TakeWordNumber(std::string_view& rest) {
  SkipSeparator(rest);
  return TakeDigits(rest);
}

struct Pep440 {
  std::string_view epoch;
  std::vector<std::string_view> release;
  PreMark pre = kNoPre;
  std::string_view pre_number;
  std::optional<std::string_view> post;
  std::optional<std::string_view> dev;
  std::optional<std::string_view> local;
};

bool ReadRelease(std::string_view& rest, Pep440& version) {
  std::string_view digits = TakeDigits(rest);
  if (!rest.empty() && rest.front() == '!' && !digits.empty()) {
    version.epoch = digits;
    rest.remove_prefix(1);
    digits = TakeDigits(rest);
  }
  while (!digits.empty()) {
    version.release.push_back(digits);
    if (rest.size() < 2 || rest[0] != '.' || !IsDigit(rest[1])) return true;
    rest.remove_prefix(1);
    digits = TakeDigits(rest);
  }
  return false;
}

void ReadSuffixes(std::string_view& rest, Pep440& version) {
  for (const PreWord& pre : kPreWords) {
    if (!TakeWord(rest, pre.word)) continue;
    version.pre = pre.mark;
    version.pre_number = TakeWordNumber(rest);
    break;
  }
  if (rest.size() > 1 && rest[0] == '-' && IsDigit(rest[1])) {
    rest.remove_prefix(1);
    version.post = TakeDigits(rest);
  } else {
    for (std::string_view word : kPostWords) {
      if (!TakeWord(rest, word)) continue;
      version.post = TakeWordNumber(rest);
      break;
    }
  }
  if (TakeWord(rest, "dev")) version.dev = TakeWordNumber(rest);
}

bool ReadLocal(std::string_view rest, Pep440& version) {
  bool after_separator = true;
  for (char c : rest) {
    const bool separator = IsSeparator(c);
    if (separator ? after_separator : !(IsDigit(c) || IsAlpha(c))) return false;
    after_separator = separator;
  }
  version.local = rest;
  return !after_separator;
}

void AppendLocal(std::string& key, std::string_view local) {
  while (!local.empty()) {
    const std::size_t size = std::min(local.find_first_of(".-_"), local.size());
    const std::string_view segment = local.substr(0, size);
    AppendByte(key, AllDigits(segment) ? kNumber : kText);
    if (AllDigits(segment)) {
      AppendNumber(key, segment);
    } else {
      AppendText(key, segment);
    }
    local.remove_prefix(std::min(size + 1, local.size()));
  }
  AppendByte(key, kEnd);
}

std::string EncodeParts(const Pep440& version) {
  std::string key;
  AppendNumber(key, version.epoch);
  AppendNumbers(key, version.release);
  const bool dev_only = version.pre == kNoPre && !version.post && version.dev;
  AppendByte(key, dev_only ? kDevOnly : version.pre);
  if (version.pre != kNoPre) AppendNumber(key, version.pre_number);
  AppendByte(key, version.post ? kPost : kNoPost);
  if (version.post) AppendNumber(key, *version.post);
  AppendByte(key, version.dev ? kDev : kNoDev);
  if (version.dev) AppendNumber(key, *version.dev);
  AppendByte(key, version.local ? kLocal : kNoLocal);
  if (version.local) AppendLocal(key, *version.local);
  return key;
}

}  // namespace

Result<std::string> EncodePep440(std::string_view version) {
  const std::string lower = ToLower(Trim(version));
  std::string_view rest = lower;
  if (!rest.empty() && rest.front() == 'v') rest.remove_prefix(1);
  Pep440 parts;
  if (!ReadRelease(rest, parts)) return MalformedVersion("pep440", version);
  ReadSuffixes(rest, parts);
  if (!rest.empty() && (rest.front() != '+' || !ReadLocal(rest.substr(1), parts))) {
    return MalformedVersion("pep440", version);
  }
  return EncodeParts(parts);
}

}  // namespace weir::advisory
