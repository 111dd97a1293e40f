// Building blocks of version keys: byte strings whose memcmp order is the order of
// what they hold. A key is a row of self-delimiting parts, so that no part is a
// prefix of a different one and the first difference decides.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::advisory {

/// Longer versions are refused: none is that long in earnest, and keys stay small.
inline constexpr std::size_t kMaxVersionBytes = 8192;

void AppendByte(std::string& key, int byte);
/// A number below 2^16: one byte where it is small, three otherwise.
void AppendCount(std::string& key, std::size_t count);
/// The same in falling order.
void AppendCountDescending(std::string& key, std::size_t count);
/// Decimal digits of any length, by value: the number of digits without leading zeros, then the digits.
void AppendNumber(std::string& key, std::string_view digits);
/// The same in falling order.
void AppendNumberDescending(std::string& key, std::string_view digits);
/// Any bytes, in byte order, shorter first on a common prefix.
void AppendText(std::string& key, std::string_view text);

bool AllDigits(std::string_view text);
/// Takes the longest run of digits, or of letters, off the front of REST; may be empty.
std::string_view TakeDigits(std::string_view& rest);
std::string_view TakeLetters(std::string_view& rest);
std::string_view WithoutLeadingZeros(std::string_view digits);

tl::unexpected<Error> MalformedVersion(std::string_view scheme, std::string_view version);

}  // namespace weir::advisory
