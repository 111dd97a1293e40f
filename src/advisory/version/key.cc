#include "advisory/version/key.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kOneByteCounts = 0xF0;

std::string CountBytes(std::size_t count) {
  std::string bytes;
  if (count < kOneByteCounts) {
    AppendByte(bytes, static_cast<int>(count));
  } else {
    AppendByte(bytes, 0xFF);
    AppendByte(bytes, static_cast<int>((count >> 8) & 0xFF));
    AppendByte(bytes, static_cast<int>(count & 0xFF));
  }
  return bytes;
}

void Invert(std::string& bytes) {
  for (char& c : bytes) c = static_cast<char>(~c);
}

}  // namespace

void AppendByte(std::string& key, int byte) { key.push_back(static_cast<char>(byte)); }

void AppendCount(std::string& key, std::size_t count) { key += CountBytes(count); }

void AppendCountDescending(std::string& key, std::size_t count) {
  std::string bytes = CountBytes(count);
  Invert(bytes);
  key += bytes;
}

void AppendNumber(std::string& key, std::string_view digits) {
  digits = WithoutLeadingZeros(digits);
  AppendCount(key, digits.size());
  key += digits;
}

void AppendNumberDescending(std::string& key, std::string_view digits) {
  std::string bytes;
  AppendNumber(bytes, digits);
  Invert(bytes);
  key += bytes;
}

void AppendText(std::string& key, std::string_view text) {
  // 0x00 ends the text, so 0x00 and 0x01 in it become pairs that still sort below 0x02.
  for (char c : text) {
    if (c == '\0' || c == '\1') {
      key.push_back('\1');
      key.push_back(static_cast<char>(c + 1));
    } else {
      key.push_back(c);
    }
  }
  key.push_back('\0');
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

std::string_view TakeDigits(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && IsDigit(rest[size])) ++size;
  std::string_view digits = rest.substr(0, size);
  rest.remove_prefix(size);
  return digits;
}

std::string_view TakeLetters(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && IsAlpha(rest[size])) ++size;
  std::string_view letters = rest.substr(0, size);
  rest.remove_prefix(size);
  return letters;
}

std::string_view WithoutLeadingZeros(std::string_view digits) {
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

tl::unexpected<Error> MalformedVersion(std::string_view scheme, std::string_view version) {
  constexpr std::size_t kShown = 80;
  std::string message = "not a ";
  message += scheme;
  message += " version: \"";
  message += ToValidUtf8(version.substr(0, kShown));
  message += version.size() > kShown ? "...\"" : "\"";
  return Err(Code::kMalformed, std::move(message));
}

}  // namespace weir::advisory
