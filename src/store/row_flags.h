// Numbers in rows and what they mean. Threading: constants and pure functions.
#pragma once

#include <cmath>
#include <cstdint>

#include "model/package.h"
#include "model/severity.h"
#include "model/usage.h"

namespace weir::store {

/// match.flags, vulnerability.flags
inline constexpr std::int64_t kFlagExploited = 1, kFlagRansomware = 2, kFlagFixable = 4;

/// resolved_finding.reason
enum class ResolvedReason : std::uint8_t { kPackageGone, kAdvisoryChanged };

inline std::int64_t TenthsOf(double score) { return std::lround(score * 10); }
inline double ScoreOf(std::int64_t tenths) { return static_cast<double>(tenths) / 10; }

inline model::Severity SeverityFromRow(std::int64_t value) {
  return value >= 0 && value <= static_cast<std::int64_t>(model::Severity::kCritical)
             ? static_cast<model::Severity>(value)
             : model::Severity::kUnknown;
}
inline model::PackageType PackageTypeFromRow(std::int64_t value) {
  return value >= 0 && value <= static_cast<std::int64_t>(model::PackageType::kBinary)
             ? static_cast<model::PackageType>(value)
             : model::PackageType::kUnknown;
}
inline model::Usage::Level LevelFromRow(std::int64_t value) {
  return static_cast<model::Usage::Level>(value & 3);
}

}  // namespace weir::store
