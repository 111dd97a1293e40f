// Go modules by golang.org/x/mod/semver, toolchains ("go1.22rc1") by the go/version
// package. Both share one key space, because the advisories of the standard library
// write toolchain versions as semver ("1.22.0-rc.1").
#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "advisory/version/semver.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

/// Since Go 1.21, "go1.N" names the language, below all releases and candidates of 1.N.
bool NamesLanguageOnly(const SemverParts& parts) {
  if (parts.numbers.size() != 2 || parts.prerelease) return false;
  const std::string_view minor = WithoutLeadingZeros(parts.numbers[1]);
  return minor.size() > 2 || (minor.size() == 2 && minor >= "21");
}

/// "rc1" as the identifiers "rc" and "1".
std::vector<std::string_view> CandidateIdentifiers(std::string_view tail) {
  const std::string_view word = TakeLetters(tail);
  std::vector<std::string_view> identifiers = {word};
  if (!tail.empty()) identifiers.push_back(tail);
  return identifiers;
}

}  // namespace

Result<std::string> EncodeGo(std::string_view version) {
  constexpr std::string_view kDevel = "devel ";
  std::string_view text = Trim(version);
  if (text.substr(0, kDevel.size()) == kDevel) text.remove_prefix(kDevel.size());
  const bool toolchain = text.size() > 2 && text.substr(0, 2) == "go" && IsDigit(text[2]);
  if (toolchain) {
    text.remove_prefix(2);
    // What follows is a vendor's suffix, a commit, or "X:experiment".
    text = text.substr(0, text.find_first_of("-+ "));
  } else {
    text = WithoutVersionPrefix(text);
  }
  const std::optional<SemverParts> parts = ReadSemver(text);
  if (!parts) return MalformedVersion("go", version);
  std::string key;
  AppendNumbers(key, parts->numbers);
  if (toolchain && NamesLanguageOnly(*parts)) {
    AppendPrerelease(key, {});
  } else if (!parts->prerelease) {
    AppendRelease(key);
  } else if (text.find('-') == std::string_view::npos) {
    AppendPrerelease(key, CandidateIdentifiers(*parts->prerelease));
  } else {
    AppendPrerelease(key, Split(*parts->prerelease, '.'));
  }
  return key;
}

}  // namespace weir::advisory
