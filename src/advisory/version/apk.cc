// apk: digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]. Source: apk-tools 3
// (src/version.c and test/unit/version.data), for its behaviour.
//
// A version is a row of tokens. At the first difference a pre-release suffix is lowest,
// then a token apk cannot read, the end, and the kinds below in turn. A number after a
// dot that starts with 0 is a fraction: it compares as text and below those that do not.
#include <algorithm>
#include <array>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum Mark : int {
  kPreSuffix = 1,
  kInvalid,
  kEnd,
  kRevision,
  kHash,
  kSuffixNumber,
  kPostSuffix,
  kLetter,
  kFraction,
  kNumber
};

constexpr std::array<std::string_view, 4> kPreSuffixes = {"alpha", "beta", "pre", "rc"};
constexpr std::array<std::string_view, 5> kPostSuffixes = {"cvs", "svn", "git", "hg", "p"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

template <class Predicate>
std::string_view TakeWhile(std::string_view& rest, Predicate wanted) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), wanted);
  std::string_view taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(taken.size());
  return taken;
}

template <std::size_t N>
int IndexOf(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

class ApkEncoder {
 public:
  explicit ApkEncoder(std::string_view rest) : rest_(rest) {}

  std::string Encode() {
    AppendNumber(key_, TakeDigits(rest_));
    while (!rest_.empty()) {
      if (!Next()) {
        AppendByte(key_, kInvalid);
        return std::move(key_);
      }
    }
    AppendByte(key_, kEnd);
    return std::move(key_);
  }

 private:
  enum class State { kDigits, kLetter, kSuffix, kSuffixNumber, kHash, kRevision };

  bool Next() {
    const char c = rest_.front();
    if (c == '.' && state_ == State::kDigits) {
      rest_.remove_prefix(1);
      return Digits();
    }
    if (IsDigit(c) && state_ == State::kSuffix) {
      state_ = State::kSuffixNumber;
      AppendByte(key_, kSuffixNumber);
      AppendNumber(key_, TakeDigits(rest_));
      return true;
    }
    if (IsLower(c) && state_ == State::kDigits) {
      state_ = State::kLetter;
      AppendByte(key_, kLetter);
      AppendByte(key_, c);
      rest_.remove_prefix(1);
      return true;
    }
    if (c == '_' && state_ <= State::kSuffixNumber) return Suffix();
    if (c == '~' && state_ < State::kHash) return Hash();
    if (rest_.substr(0, 2) == "-r" && state_ < State::kRevision) return Revision();
    return false;
  }

  bool Digits() {
    const std::string_view digits = TakeDigits(rest_);
    if (digits.empty()) return false;
    if (digits.front() == '0') {
      AppendByte(key_, kFraction);
      AppendText(key_, digits);
    } else {
      AppendByte(key_, kNumber);
      AppendNumber(key_, digits);
    }
    return true;
  }

  bool Suffix() {
    rest_.remove_prefix(1);
    const std::string_view word = TakeWhile(rest_, IsLower);
    const int before = IndexOf(kPreSuffixes, word);
    const int after = IndexOf(kPostSuffixes, word);
    if (before < 0 && after < 0) return false;
    AppendByte(key_, before >= 0 ? kPreSuffix : kPostSuffix);
    AppendByte(key_, before >= 0 ? before : after);
    state_ = State::kSuffix;
    return true;
  }

  bool Hash() {
    rest_.remove_prefix(1);
    const std::string_view hash = TakeWhile(rest_, IsHex);
    if (hash.empty()) return false;
    AppendByte(key_, kHash);
    AppendText(key_, hash);
    state_ = State::kHash;
    return true;
  }

  bool Revision() {
    rest_.remove_prefix(2);
    const std::string_view digits = TakeDigits(rest_);
    if (digits.empty()) return false;
    AppendByte(key_, kRevision);
    AppendNumber(key_, digits);
    state_ = State::kRevision;
    return true;
  }

  std::string_view rest_;
  State state_ = State::kDigits;
  std::string key_;
};

}  // namespace

Result<std::string> EncodeApk(std::string_view version) {
  std::string_view text = Trim(version);
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  if (text.empty() || !IsDigit(text.front())) return MalformedVersion("apk", version);
  return ApkEncoder(text).Encode();
}

}  // namespace weir::advisory
