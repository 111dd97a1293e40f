#include "sbom/debian_copyright.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxLicenses = 64;
constexpr std::size_t kMaxNameLength = 120;

void AddName(std::vector<std::string>& names, std::string_view name) {
  while (name.ends_with('.') || name.ends_with(',')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxNameLength || names.size() >= kMaxLicenses) return;
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

bool IsNameCharacter(char c) { return IsAlpha(c) || IsDigit(c) || c == '-' || c == '+' || c == '.'; }

void AddCommonLicenses(std::vector<std::string>& names, std::string_view text) {
  static constexpr std::string_view kFolder = "/usr/share/common-licenses/";
  for (std::size_t at = text.find(kFolder); at != std::string_view::npos; at = text.find(kFolder, at)) {
    at += kFolder.size();
    std::size_t end = at;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    AddName(names, text.substr(at, end - at));
  }
}

}  // namespace

std::vector<std::string> LicensesOfCopyright(std::string_view text) {
  static constexpr std::string_view kField = "\nLicense:";
  std::vector<std::string> names;
  std::string_view head = text.substr(0, 2000);
  if (head.starts_with("Format:") || head.find("\nFormat:") != std::string_view::npos ||
      head.starts_with("Format-Specification:")) {
    for (std::size_t at = text.find(kField); at != std::string_view::npos; at = text.find(kField, at)) {
      at += kField.size();
      AddName(names, Trim(text.substr(at, text.find('\n', at) - at)));
    }
  }
  if (names.empty()) AddCommonLicenses(names, text);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace weir::sbom
