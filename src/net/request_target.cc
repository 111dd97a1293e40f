#include "net/request_target.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"

namespace weir::net {
namespace {

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

enum class Plus : bool { kPlain, kSpace };

std::optional<std::string> Decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kSpace) {
      out += ' ';
    } else if (text[i] == '%') {
      int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return ToValidUtf8(out) == out ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<RequestTarget> ParseRequestTarget(std::string_view target) {
  if (!target.starts_with('/')) return std::nullopt;
  for (char c : target)
    if (IsControl(c) || c == ' ' || c == '#' || (static_cast<unsigned char>(c) & 0x80U) != 0)
      return std::nullopt;
  std::string_view rest = target;
  std::optional<std::string> path = Decode(NextPiece(rest, '?'), Plus::kPlain);
  if (!path || std::any_of(path->begin(), path->end(), IsControl)) return std::nullopt;
  path = NormalizePath(*path);
  if (!path) return std::nullopt;

  RequestTarget out;
  out.path = "/" + *path;
  while (!rest.empty()) {
    std::string_view value = NextPiece(rest, '&');
    if (value.empty()) continue;
    if (out.query.size() == kMaxQueryParameters) return std::nullopt;
    auto name = Decode(NextPiece(value, '='), Plus::kSpace);
    auto decoded = Decode(value, Plus::kSpace);
    if (!name || !decoded || name->find('\0') != name->npos || decoded->find('\0') != decoded->npos)
      return std::nullopt;
    out.query.emplace_back(std::move(*name), std::move(*decoded));
  }
  return out;
}

std::optional<std::string> ParseServerNameExtension(std::string_view bytes) {
  constexpr std::uint8_t kHostName = 0;
  ByteReader reader(bytes);
  std::uint16_t list_size = reader.Be16();
  if (!reader.ok() || list_size != reader.remaining()) return std::nullopt;
  if (reader.U8() != kHostName) return std::nullopt;
  std::string_view name = reader.TakeText(reader.Be16());
  if (!reader.ok() || name.empty() || name.size() > 255) return std::nullopt;
  if (std::any_of(name.begin(), name.end(), IsControl)) return std::nullopt;
  return ToLower(name);
}

bool AcceptsCoding(std::string_view accept_encoding, std::string_view coding) {
  std::optional<bool> by_star;
  while (!accept_encoding.empty()) {
    std::string_view parameters = NextPiece(accept_encoding, ',');
    std::string_view name = Trim(NextPiece(parameters, ';'));
    parameters = Trim(parameters);
    bool allowed = true;
    if (parameters.starts_with("q=") || parameters.starts_with("Q="))
      allowed = ParseDouble(Trim(parameters.substr(2))).value_or(0) > 0;
    if (EqualsIgnoreCase(name, coding)) return allowed;
    if (name == "*") by_star = allowed;
  }
  return by_star.value_or(false);
}

}  // namespace weir::net
