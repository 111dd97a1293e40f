// rpm: [epoch:]version[-release], each by rpmvercmp; a missing epoch is 0, a missing
// release is below any. Source: rpm-version(7) and the behaviour of rpm.labelCompare.
//
// A part is a row of segments, "~" < end < "^" < letters < number; any other byte only separates.
#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum Mark : int { kTilde = 1, kEnd, kCaret, kLetters, kDigits };
enum ReleaseMark : int { kNoRelease = 1, kRelease };

void AppendPart(std::string& key, std::string_view part) {
  while (!part.empty()) {
    const char c = part.front();
    if (IsDigit(c)) {
      AppendByte(key, kDigits);
      AppendNumber(key, TakeDigits(part));
    } else if (IsAlpha(c)) {
      AppendByte(key, kLetters);
      AppendText(key, TakeLetters(part));
    } else {
      if (c == '~') AppendByte(key, kTilde);
      if (c == '^') AppendByte(key, kCaret);
      part.remove_prefix(1);
    }
  }
  AppendByte(key, kEnd);
}

}  // namespace

Result<std::string> EncodeRpm(std::string_view version) {
  std::string_view rest = version;
  std::string_view epoch = TakeDigits(rest);
  if (!rest.empty() && rest.front() == ':') {
    rest.remove_prefix(1);
  } else {
    rest = version;
    epoch = {};
  }
  std::string key;
  AppendNumber(key, epoch);
  const std::size_t dash = rest.rfind('-');
  AppendPart(key, rest.substr(0, dash));
  if (dash == std::string_view::npos) {
    AppendByte(key, kNoRelease);
  } else {
    AppendByte(key, kRelease);
    AppendPart(key, rest.substr(dash + 1));
  }
  return key;
}

}  // namespace weir::advisory
