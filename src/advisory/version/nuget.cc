// .NET: NuGetVersion. Up to four numbers, labels without case. A label is a number only
// where .NET's Int32 holds it, sign included; longer digits compare as text.
#include <algorithm>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "advisory/version/semver.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum ReleaseMark : int { kPrerelease = 1, kRelease };
enum LabelMark : int { kEnd = 1, kNegative, kPositive, kText };

bool FitsInt32(std::string_view digits, bool negative) {
  const std::string_view limit = negative ? "2147483648" : "2147483647";
  digits = WithoutLeadingZeros(digits);
  return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
}

void AppendLabel(std::string& key, std::string_view label) {
  const bool negative = label.size() > 1 && label.front() == '-';
  const std::string_view digits = negative ? label.substr(1) : label;
  if (!AllDigits(digits) || !FitsInt32(digits, negative)) {
    AppendByte(key, kText);
    AppendText(key, label);
  } else if (negative && !WithoutLeadingZeros(digits).empty()) {
    AppendByte(key, kNegative);
    AppendNumberDescending(key, digits);
  } else {
    AppendByte(key, kPositive);
    AppendNumber(key, digits);
  }
}

}  // namespace

Result<std::string> EncodeNuget(std::string_view version) {
  const std::string lower = ToLower(WithoutVersionPrefix(version));
  std::string_view rest = lower;
  rest = NextPiece(rest, '+');
  const std::size_t dash = rest.find('-');
  const std::vector<std::string_view> numbers = Split(rest.substr(0, dash), '.');
  if (!std::all_of(numbers.begin(), numbers.end(), AllDigits)) return MalformedVersion("nuget", version);
  std::string key;
  AppendNumbers(key, numbers);
  if (dash == std::string_view::npos) {
    AppendByte(key, kRelease);
    return key;
  }
  AppendByte(key, kPrerelease);
  for (std::string_view label : Split(rest.substr(dash + 1), '.')) {
    const bool valid = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
      return IsDigit(c) || IsAlpha(c) || c == '-';
    });
    if (!valid) return MalformedVersion("nuget", version);
    AppendLabel(key, label);
  }
  AppendByte(key, kEnd);
  return key;
}

}  // namespace weir::advisory
