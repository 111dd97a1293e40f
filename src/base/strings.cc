#include "base/strings.h"

#include <charconv>
#include <cmath>

namespace weir {
namespace {

constexpr std::string_view kSpaces = " \t\r\n\v\f";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Length of the valid UTF-8 sequence at the front of TEXT; 0 where there is none.
std::size_t Utf8SequenceLength(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint32_t value = 0;
  if ((first & 0xe0U) == 0xc0) {
    length = 2;
    value = first & 0x1fU;
  } else if ((first & 0xf0U) == 0xe0) {
    length = 3;
    value = first & 0x0fU;
  } else if ((first & 0xf8U) == 0xf0) {
    length = 4;
    value = first & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  return length;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = Lower(c);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (Lower(a[i]) != Lower(b[i])) return false;
  return true;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    std::size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::string_view NextPiece(std::string_view& rest, char separator) {
  std::size_t at = rest.find(separator);
  std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return piece;
}

std::string_view NextLine(std::string_view& rest) {
  std::string_view line = NextPiece(rest, '\n');
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string Join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) out += separator;
    out += pieces[i];
  }
  return out;
}

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  while (true) {
    std::size_t at = from.empty() ? std::string_view::npos : text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

std::optional<std::uint64_t> ParseUint(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;  // "nan" and "inf" are words here
  return value;
}

bool GlobMatch(std::string_view pattern, std::string_view text) {
  // Iterative matching with one backtrack point for '*' and one for '**', so
  // that the time is bounded by pattern size times text size squared at worst.
  std::size_t p = 0, t = 0;
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t star_p = kNone, star_t = 0, deep_p = kNone, deep_t = 0;
  bool whole_components = false;  // the '**' at hand took the slash after it: it ends only behind a slash
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (pattern.substr(p, 2) == "**") {
        p += 2;
        // "a/**/b" also matches "a/b": the slash after '**' is optional.
        whole_components = p < pattern.size() && pattern[p] == '/' && (t == 0 || text[t - 1] == '/');
        if (whole_components) ++p;
        deep_p = p;
        deep_t = t;
        star_p = kNone;
      } else {
        star_p = ++p;
        star_t = t;
      }
      continue;
    }
    if (t == text.size() && p == pattern.size()) return true;
    if (t < text.size() && p < pattern.size() &&
        (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != '/'))) {
      ++p;
      ++t;
      continue;
    }
    if (star_p != kNone && star_t < text.size() && text[star_t] != '/') {
      t = ++star_t;
      p = star_p;
      continue;
    }
    std::size_t slash = whole_components ? text.find('/', deep_t) : deep_t;
    if (deep_p != kNone && slash < text.size()) {
      t = deep_t = slash + 1;
      p = deep_p;
      star_p = kNone;
      continue;
    }
    return false;
  }
}

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::optional<std::string> NormalizePath(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    std::string_view part = NextPiece(path, '/');
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string out;
  for (std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

}  // namespace weir
