// dpkg: [epoch:]upstream[-revision]. Source: deb-version(7) and the behaviour of
// `dpkg --compare-versions`.
//
// A part is a row of (text, number) pairs; text compares byte by byte with "~" below
// the end, the end below letters, letters below everything else; a missing number is 0.
#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxEpochDigits = 10;
constexpr std::string_view kMaxEpoch = "2147483647";

constexpr int kTilde = 0x01;
constexpr int kEndOfText = 0x02;
constexpr int kNotAscii = 0x7B;    // above the letters, below the other ASCII, as dpkg's signed char has it
constexpr int kOtherAscii = 0x80;  // plus the byte itself

void AppendPart(std::string& key, std::string_view part) {
  do {
    while (!part.empty() && !IsDigit(part.front())) {
      const char c = part.front();
      const int byte = static_cast<unsigned char>(c);
      part.remove_prefix(1);
      if (c == '~') {
        AppendByte(key, kTilde);
      } else if (IsAlpha(c)) {
        AppendByte(key, byte);
      } else if (byte >= 0x80) {
        AppendByte(key, kNotAscii);
        AppendByte(key, byte);
      } else {
        AppendByte(key, kOtherAscii + byte);
      }
    }
    AppendByte(key, kEndOfText);
    AppendNumber(key, TakeDigits(part));
  } while (!part.empty());
  AppendByte(key, kEndOfText);
}

bool ValidEpoch(std::string_view epoch) {
  if (!AllDigits(epoch)) return false;
  epoch = WithoutLeadingZeros(epoch);
  return epoch.size() < kMaxEpochDigits || (epoch.size() == kMaxEpochDigits && epoch <= kMaxEpoch);
}

}  // namespace

Result<std::string> EncodeDeb(std::string_view version) {
  std::string_view rest = Trim(version);
  std::string_view epoch;
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    epoch = rest.substr(0, colon);
    if (!ValidEpoch(epoch)) return MalformedVersion("deb", version);
    rest.remove_prefix(colon + 1);
  }
  std::string_view revision;
  if (const std::size_t dash = rest.rfind('-'); dash != std::string_view::npos) {
    revision = rest.substr(dash + 1);
    if (revision.empty()) return MalformedVersion("deb", version);
    rest = rest.substr(0, dash);
  }
  if (rest.empty() || rest.find_first_of(" \t\n\v\f\r") != std::string_view::npos ||
      revision.find_first_of(" \t\n\v\f\r") != std::string_view::npos) {
    return MalformedVersion("deb", version);
  }
  std::string key;
  AppendNumber(key, epoch);
  AppendPart(key, rest);
  AppendPart(key, revision);
  return key;
}

}  // namespace weir::advisory
