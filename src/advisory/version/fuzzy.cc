// For software without a scheme: the order a person would expect of "1.0.2k", "9.3p1",
// "2.4.49-rc2", "OTP-25.1". Numbers by value, words without case; a pre-release word is
// below the end, any other word above it ("1.0.2" < "1.0.2a" < "1.0.2.1"); zeros that
// end a row of numbers and the words of a release ("final") do not count. A name in front
// ("OTP-25.1", "v2.4") is dropped, and Java's older spellings are the new one: "1.8.0_302"
// and "8u302" are "8.0.302".
#include <array>
#include <vector>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum Mark : int { kTilde = 1, kPrerelease, kEnd, kWord, kNumber };

struct PreWord {
  std::string_view word;
  int rank;
};
constexpr std::array kPreWords = {
    PreWord{"dev", 1},       PreWord{"devel", 1},      PreWord{"snapshot", 1}, PreWord{"nightly", 1},
    PreWord{"canary", 2},    PreWord{"alpha", 3},      PreWord{"beta", 4},     PreWord{"milestone", 5},
    PreWord{"pre", 6},       PreWord{"preview", 6},    PreWord{"rc", 7},       PreWord{"cr", 7},
    PreWord{"candidate", 7}, PreWord{"prerelease", 6},
};
constexpr std::array<std::string_view, 5> kReleaseWords = {"final", "ga", "release", "stable", "lts"};

struct Token {
  Mark mark;
  std::string text;
  int rank = 0;
};

int PreRank(std::string_view word) {
  for (const PreWord& pre : kPreWords) {
    if (word == pre.word) return pre.rank;
  }
  return 0;
}

Token WordToken(std::string word, bool digit_follows) {
  // Alone before a digit these are pre-releases ("3.9.0b2"); else they are patch letters ("1.0.2b").
  if (digit_follows && word == "a") word = "alpha";
  if (digit_follows && word == "b") word = "beta";
  if (digit_follows && word == "m") word = "milestone";
  if (const int rank = PreRank(word); rank > 0) return {kPrerelease, {}, rank};
  return {kWord, std::move(word), 0};
}

bool IsReleaseWord(std::string_view word) {
  for (std::string_view release : kReleaseWords) {
    if (word == release) return true;
  }
  return false;
}

std::vector<Token> Tokens(std::string_view rest) {
  std::vector<Token> tokens;
  const auto drop_zeros = [&tokens] {
    while (!tokens.empty() && tokens.back().mark == kNumber && tokens.back().text.empty()) tokens.pop_back();
  };
  while (!rest.empty()) {
    if (IsDigit(rest.front())) {
      tokens.push_back({kNumber, std::string(WithoutLeadingZeros(TakeDigits(rest)))});
    } else if (IsAlpha(rest.front())) {
      std::string word = ToLower(TakeLetters(rest));
      if (IsReleaseWord(word)) continue;
      drop_zeros();
      tokens.push_back(WordToken(std::move(word), !rest.empty() && IsDigit(rest.front())));
    } else {
      if (rest.front() == '~') {
        drop_zeros();
        tokens.push_back({kTilde, {}});
      }
      rest.remove_prefix(1);
    }
  }
  drop_zeros();
  return tokens;
}

std::string_view WithoutName(std::string_view text) {
  std::string_view rest = text;
  const std::string name = ToLower(TakeLetters(rest));
  const std::size_t digit = rest.find_first_not_of("-_. ");
  if (PreRank(name) > 0 || digit == std::string_view::npos || !IsDigit(rest[digit])) return text;
  return rest.substr(digit);
}

/// "8.0.302" for "1.8.0_302-b08" and "8u302-b08"; the text itself for anything else.
std::string WithNewJavaSpelling(std::string_view text) {
  std::string_view rest = text;
  std::string_view major = TakeDigits(rest);
  if (rest.starts_with('u') && rest.size() > 1 && IsDigit(rest[1])) {
    rest.remove_prefix(1);
    return std::string(major) + ".0." + std::string(TakeDigits(rest));
  }
  if (major != "1" || !rest.starts_with('.')) return std::string(text);
  rest.remove_prefix(1);
  major = TakeDigits(rest);
  if (!rest.starts_with('.')) return std::string(text);
  rest.remove_prefix(1);
  const std::string_view minor = TakeDigits(rest);
  if (minor.empty() || rest.size() < 2 || rest[0] != '_' || !IsDigit(rest[1])) return std::string(text);
  rest.remove_prefix(1);
  std::string spelling(major);
  spelling += '.';
  spelling += minor;
  spelling += '.';
  spelling += TakeDigits(rest);
  return spelling;
}

}  // namespace

Result<std::string> EncodeFuzzy(std::string_view version) {
  const std::string text = WithNewJavaSpelling(WithoutName(Trim(version)));
  std::string key;
  for (const Token& token : Tokens(text)) {
    AppendByte(key, token.mark);
    if (token.mark == kPrerelease) AppendByte(key, token.rank);
    if (token.mark == kWord) AppendText(key, token.text);
    if (token.mark == kNumber) AppendNumber(key, token.text);
  }
  AppendByte(key, kEnd);
  return key;
}

}  // namespace weir::advisory
