// The small encodings that tokens are made of. Strict: what is not wholly valid gives nothing.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::secret {

/// Both alphabets, padding optional, no line breaks. Nothing beyond LIMIT bytes of text.
std::optional<std::string> DecodeBase64(std::string_view text, std::size_t limit = 1U << 17U);
/// RFC 4648, upper case, no padding.
std::optional<std::string> DecodeBase32(std::string_view text);
/// Bitcoin's alphabet; at most 128 characters.
std::optional<std::string> DecodeBase58(std::string_view text);
/// IEEE 802.3, as zlib's.
std::uint32_t Crc32(std::string_view text);
/// VALUE in the first BASE of the digits 0-9A-Za-z (0-9a-z for 36), at least WIDTH of them.
std::string ToBase(std::uint32_t value, unsigned base, std::size_t width);
/// BIP 173: whether the checksum of an all-lower or all-upper text is right.
bool IsBech32(std::string_view text);
/// Whether every character is one of ALLOWED's classes.
bool IsHex(std::string_view text);
bool IsAlnum(std::string_view text);

}  // namespace weir::secret
