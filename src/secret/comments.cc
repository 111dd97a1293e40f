#include "secret/comments.h"

#include <algorithm>
#include <array>

namespace weir::secret {
namespace {

constexpr std::array<std::string_view, 6> kMarkers = {
    "weir:ignore",       "gitleaks:allow",           "betterleaks:allow",
    "trufflehog:ignore", "pragma: allowlist secret", "pragma: whitelist secret",
};

}  // namespace

std::string_view FindComment(std::string_view line) {
  // Each has a colon, and few lines have one that is followed so.
  for (std::size_t at = line.find(':'); at != std::string_view::npos; at = line.find(':', at + 1)) {
    for (std::string_view marker : kMarkers) {
      std::size_t colon = marker.find(':');
      if (at >= colon && line.substr(at - colon).starts_with(marker)) return marker;
    }
  }
  return {};
}

}  // namespace weir::secret
