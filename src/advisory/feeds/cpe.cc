#include "advisory/feeds/cpe.h"

#include <array>

#include "base/strings.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMaxCpeBytes = 1024;
constexpr std::size_t kComponents = 13;  // "cpe", "2.3", part .. other

}  // namespace

std::string CpeName::FullVersion() const {
  if (update.empty() || update == "*" || update == "-") return version;
  bool patch = update.size() > 1 && update[0] == 'p' && IsDigit(update[1]);
  return version + (patch ? "" : "-") + update;
}

std::optional<CpeName> ParseCpe(std::string_view text) {
  if (text.size() > kMaxCpeBytes || !text.starts_with("cpe:2.3:")) return std::nullopt;
  std::array<std::string, kComponents> parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') {
      if (++at >= kComponents) return std::nullopt;
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      parts[at] += text[i];
    }
  }
  if (at + 1 != kComponents || parts[2].size() != 1) return std::nullopt;
  CpeName name;
  name.part = parts[2][0];
  name.vendor = ToLower(parts[3]);
  name.product = ToLower(parts[4]);
  name.version = ToLower(parts[5]);
  name.update = ToLower(parts[6]);
  name.target_software = ToLower(parts[10]);
  if (name.vendor.empty() || name.product.empty() || name.version.empty()) return std::nullopt;
  return name;
}

}  // namespace weir::advisory
