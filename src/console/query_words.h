// The words of filters, and queries made of them, shared by lists and their export.
// Threading: pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "console/request_fields.h"
#include "model/sbom.h"
#include "store/assets.h"
#include "store/findings.h"
#include "store/vulnerabilities.h"

namespace weir::console {

inline constexpr std::array<std::string_view, 3> kKindWords = {"host", "container", "image"};
inline constexpr std::array<std::string_view, 3> kAssetStateWords = {"running", "stopped", "gone"};
inline constexpr std::array<std::string_view, 6> kSeverityWords = {"critical", "high",       "medium",
                                                                   "low",      "negligible", "unknown"};
inline constexpr std::array<std::string_view, 3> kStatusWords = {"open", "masked", "resolved"};

inline std::optional<model::AssetKind> KindOf(std::string_view word) {
  if (word == "host") return model::AssetKind::kHost;
  if (word == "container") return model::AssetKind::kContainer;
  if (word == "image") return model::AssetKind::kImage;
  return std::nullopt;
}

/// kind, state, q.
store::AssetQuery AssetQueryOf(QueryFields& query);
/// severity, status, q, asset, package, kev, fixable, loaded. A vulnerability is a name, to be looked up:
/// NAME receives it.
store::FindingQuery FindingQueryOf(QueryFields& query, std::string& vulnerability);
/// severity, q, kev, fixable.
store::VulnerabilityQuery VulnerabilityQueryOf(QueryFields& query);

}  // namespace weir::console
