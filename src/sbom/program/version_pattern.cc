#include "sbom/program/version_pattern.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxAny = 64, kMaxZeros = 16, kMaxNumber = 40;

bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

std::size_t DigitsEnd(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && IsDigit(text[end]) && end - at < kMaxNumber) ++end;
  return end;
}

/// End of "1.2.3" at AT with at least two numbers, or kNone.
std::size_t NumbersEnd(std::string_view text, std::size_t at) {
  std::size_t end = DigitsEnd(text, at);
  if (end == at) return kNone;
  std::size_t numbers = 1;
  while (end + 1 < text.size() && text[end] == '.' && IsDigit(text[end + 1]) && end - at < kMaxNumber) {
    end = DigitsEnd(text, end + 1);
    ++numbers;
  }
  return numbers >= 2 ? end : kNone;
}

/// End of a release suffix at AT ("k", "p1", "rc2", "-beta.1"), or AT where there is none.
std::size_t SuffixEnd(std::string_view text, std::size_t at) {
  std::size_t word = at < text.size() && text[at] == '-' ? at + 1 : at;
  std::size_t end = word;
  while (end < text.size() && IsAlpha(text[end]) && end - word < 8) ++end;
  std::string_view letters = text.substr(std::min(word, text.size()), end - word);
  if (letters.empty()) return at;
  bool plain_end = end >= text.size() || !IsAlnum(text[end]);
  if (letters.size() <= 2 && letters == ToLower(letters) && plain_end && word == at) return end;
  for (std::string_view known : {"p", "rc", "beta", "alpha", "dev", "pre", "preview", "a", "b", "m", "RC"}) {
    if (letters != known) continue;
    std::size_t number = end < text.size() && text[end] == '.' ? end + 1 : end;
    std::size_t number_end = DigitsEnd(text, number);
    if (number_end > number) return number_end;
  }
  return at;
}

std::size_t VersionEnd(std::string_view text, std::size_t at) {
  if (at > 0 && (IsDigit(text[at - 1]) || (text[at - 1] == '.' && at > 1 && IsDigit(text[at - 2]))))
    return kNone;
  std::size_t end = NumbersEnd(text, at);
  return end == kNone ? kNone : SuffixEnd(text, end);
}

struct Match {
  std::string_view text, file_version;
  std::size_t begin = kNone, end = kNone;  // of the version

  /// Matches PATTERN at AT; the depth is that of the %s in the pattern, a few.
  bool At(std::string_view pattern, std::size_t at) {
    while (!pattern.empty()) {
      char c = pattern.front();
      pattern.remove_prefix(1);
      if (c != '%' || pattern.empty()) {
        if (at >= text.size() || text[at] != c) return false;
        ++at;
        continue;
      }
      char kind = pattern.front();
      pattern.remove_prefix(1);
      if (kind == 's') return AnyThen(pattern, at);
      std::size_t next = Element(kind, at);
      if (next == kNone) return false;
      at = next;
    }
    return begin != kNone && end != kNone;
  }

 private:
  bool AnyThen(std::string_view pattern, std::size_t at) {
    std::size_t saved_begin = begin, saved_end = end;
    for (std::size_t length = 0; length <= kMaxAny; ++length) {
      begin = saved_begin;
      end = saved_end;
      if (At(pattern, at + length)) return true;
      if (at + length >= text.size() || text[at + length] == '\0') return false;
    }
    return false;
  }

  std::size_t Element(char kind, std::size_t at) {
    std::size_t next = at;
    auto take = [&](std::size_t most, auto&& accepts) {
      while (next < text.size() && next - at < most && accepts(text[next])) ++next;
      return next;
    };
    switch (kind) {
      case '(':
        begin = at;
        return at;
      case ')':
        end = at;
        return at;
      case 'v':
        next = VersionEnd(text, at);
        if (next != kNone && (begin == kNone || end != kNone)) {
          begin = at;
          end = next;
        }
        return next;
      case 'd':
        return take(kMaxNumber, IsDigit) > at ? next : kNone;
      case 'w':
        return take(kMaxNumber, [](char c) { return IsAlnum(c) || c == '+' || c == '_'; });
      case 'h':
        return take(40, IsHex) == at + 40 ? next : kNone;
      case '%':
        return take(1, [](char c) { return c == '%'; }) > at ? next : kNone;
      case '0':
        return take(kMaxZeros, [](char c) { return c == '\0'; }) > at ? next : kNone;
      case 'f':
        if (file_version.empty() || !text.substr(std::min(at, text.size())).starts_with(file_version))
          return kNone;
        return at + file_version.size();
      default:
        return kNone;
    }
  }
};

/// The longest run of plain bytes in PATTERN, and how far before it a match may begin.
struct Literal {
  std::string_view text;
  std::size_t least_before = 0, most_before = 0;
};

/// Fewest and most bytes of the element KIND where a match ends with it; of a run of
/// zeros the last one will do.
std::pair<std::size_t, std::size_t> ElementSpan(char kind) {
  switch (kind) {
    case '0':
    case '%':
      return {1, 1};
    case '(':
    case ')':
      return {0, 0};
    case 'h':
      return {40, 40};
    case 'v':
      return {3, kMaxNumber + 16};
    case 's':
      return {0, kMaxAny};
    case 'w':
      return {0, kMaxNumber};
    default:
      return {1, kMaxNumber};
  }
}

Literal LongestLiteral(std::string_view pattern) {
  Literal best;
  std::size_t start = 0, least = 0, most = 0;
  for (std::size_t i = 0; i <= pattern.size(); ++i) {
    if (i < pattern.size() && pattern[i] != '%') continue;
    std::size_t length = i - start;
    if (length > best.text.size()) best = {pattern.substr(start, length), least, most};
    if (i + 1 >= pattern.size()) break;
    auto [shortest, longest] = ElementSpan(pattern[i + 1]);
    least += length + shortest;
    most += length + longest;
    start = i + 2;
    ++i;
  }
  return best;
}

}  // namespace

std::string_view FindVersion(std::string_view pattern, std::string_view text, std::string_view file_version) {
  Literal literal = LongestLiteral(pattern);
  auto try_at = [&](std::size_t at) -> std::string_view {
    Match match{text, file_version};
    if (!match.At(pattern, at)) return {};
    return text.substr(match.begin, match.end - match.begin);
  };
  if (literal.text.size() < 2) {
    // Only zeros to hold on to: every match begins with one, the last of a run.
    for (std::size_t at = text.find('\0'); at != kNone; at = text.find('\0', at + 1)) {
      if (at + 1 < text.size() && text[at + 1] == '\0') continue;
      if (std::string_view found = try_at(at); !found.empty()) return found;
    }
    return {};
  }
  for (std::size_t hit = text.find(literal.text); hit != kNone; hit = text.find(literal.text, hit + 1)) {
    if (hit < literal.least_before) continue;
    for (std::size_t at = hit - std::min(hit, literal.most_before); at <= hit - literal.least_before; ++at)
      if (std::string_view found = try_at(at); !found.empty()) return found;
  }
  return {};
}

std::string_view VersionInName(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (!IsDigit(name[at])) continue;
    if (std::size_t end = NumbersEnd(name, at); end != kNone) return name.substr(at, end - at);
    at = DigitsEnd(name, at);
  }
  return {};
}

std::string_view LibraryVersionInName(std::string_view name) {
  std::size_t at = name.find(".so.");
  if (at == kNone) return {};
  std::string_view version = name.substr(at + 4);
  if (NumbersEnd(version, 0) != version.size() || std::count(version.begin(), version.end(), '.') < 2)
    return {};
  return version;
}

}  // namespace weir::sbom
