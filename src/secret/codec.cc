#include "secret/codec.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLowerDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text, std::size_t limit) {
  if (text.size() > limit) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1 || (padding != 0 && (text.size() + padding) % 4 != 0)) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffU);
    }
  }
  return out;
}

std::optional<std::string> DecodeBase32(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= '2' && c <= '7') {
      value = static_cast<std::uint32_t>(c - '2') + 26;
    } else {
      return std::nullopt;
    }
    bits = (bits << 5U) | value;
    count += 5;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffU);
    }
  }
  return out;
}

std::optional<std::string> DecodeBase58(std::string_view text) {
  if (text.size() > 128) return std::nullopt;
  std::string bytes;  // little end first
  for (const char c : text) {
    const std::size_t value = kBase58.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    std::uint32_t carry = static_cast<std::uint32_t>(value);
    for (char& byte : bytes) {
      carry += 58U * static_cast<unsigned char>(byte);
      byte = static_cast<char>(carry & 0xffU);
      carry >>= 8U;
    }
    for (; carry != 0; carry >>= 8U) bytes += static_cast<char>(carry & 0xffU);
  }
  for (std::size_t i = 0; i < text.size() && text[i] == '1'; ++i) bytes += '\0';
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::uint32_t Crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string ToBase(std::uint32_t value, unsigned base, std::size_t width) {
  const std::string_view digits = base <= 36 ? kLowerDigits : kDigits;
  std::string out;
  for (; value != 0; value /= base) out += digits[value % base];
  while (out.size() < width) out += '0';
  std::reverse(out.begin(), out.end());
  return out;
}

bool IsBech32(std::string_view text) {
  if (text.size() < 8 || text.size() > 128) return false;
  const std::string lower = ToLower(text);
  const bool upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!upper && lower != text) return false;
  const std::size_t separator = lower.rfind('1');
  if (separator == std::string::npos || separator == 0 || separator + 7 > lower.size()) return false;
  std::uint32_t sum = 1;
  const auto feed = [&sum](std::uint32_t value) {
    constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2U, 0x26508e6dU, 0x1ea119faU, 0x3d4233ddU,
                                                         0x2a1462b3U};
    const std::uint32_t top = sum >> 25U;
    sum = ((sum & 0x1ffffffU) << 5U) ^ value;
    for (std::size_t i = 0; i < kGenerator.size(); ++i) {
      if (((top >> i) & 1U) != 0) sum ^= kGenerator[i];
    }
  };
  for (std::size_t i = 0; i < separator; ++i) feed(static_cast<unsigned char>(lower[i]) >> 5U);
  feed(0);
  for (std::size_t i = 0; i < separator; ++i) feed(static_cast<unsigned char>(lower[i]) & 31U);
  for (std::size_t i = separator + 1; i < lower.size(); ++i) {
    const std::size_t value = kBech32.find(lower[i]);
    if (value == std::string_view::npos) return false;
    feed(static_cast<std::uint32_t>(value));
  }
  return sum == 1;
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool IsAlnum(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || IsAlpha(c); });
}

}  // namespace weir::secret
