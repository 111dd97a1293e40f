#include "advisory/distro_ecosystem.h"

#include <algorithm>

#include "base/strings.h"

namespace weir::advisory {
namespace {

std::string_view TakeDigits(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return text.substr(0, end);
}

/// "Linux Enterprise Server 15 SP5" to "15.5"; empty for other products.
std::string SuseRelease(std::string_view product) {
  bool base = product.starts_with("Linux Enterprise Server ") ||
              product.starts_with("Linux Enterprise Module for ") ||
              product.starts_with("Linux Enterprise Desktop ");
  if (!base || product.find("for SAP") != std::string_view::npos) return "";
  std::vector<std::string_view> words = Split(product, ' ');
  std::string_view last = words.back();
  if (last.starts_with("SP") && words.size() >= 2) {
    std::string_view major = words[words.size() - 2], pack = last.substr(2);
    if (!ParseUint(major) || !ParseUint(pack)) return "";
    return std::string(major) + "." + std::string(pack);
  }
  return ParseUint(last) ? std::string(last) : "";
}

}  // namespace

std::string NormalizeEcosystem(std::string_view ecosystem) {
  constexpr std::string_view kRedHat = "Red Hat:enterprise_linux:", kSuse = "SUSE:";
  if (ecosystem.starts_with(kRedHat)) {
    std::string_view major = TakeDigits(ecosystem.substr(kRedHat.size()));
    if (!major.empty()) return "Red Hat:" + std::string(major);
  }
  if (ecosystem.starts_with(kSuse)) {
    std::string release = SuseRelease(ecosystem.substr(kSuse.size()));
    if (!release.empty()) return "SUSE:" + release;
  }
  return std::string(ecosystem);
}

bool IsDistroEcosystem(std::string_view ecosystem) {
  static constexpr std::string_view kDistros[] = {
      "AlmaLinux", "Alpaquita", "Alpine",      "Amazon Linux", "Azure Linux", "Chainguard", "Debian",
      "Echo",      "Fedora",    "Mageia",      "MinimOS",      "openEuler",   "openSUSE",   "Oracle Linux",
      "Photon OS", "Red Hat",   "Rocky Linux", "SUSE",         "Ubuntu",      "Wolfi"};
  std::string_view base = ecosystem.substr(0, ecosystem.find(':'));
  return std::ranges::find(kDistros, base) != std::end(kDistros);
}

}  // namespace weir::advisory
