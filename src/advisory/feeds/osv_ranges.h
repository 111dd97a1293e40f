// OSV's events to intervals. Source: "Evaluation" in the OSV schema.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "advisory/record.h"

namespace weir::advisory {

enum class OsvEventKind : std::uint8_t { kIntroduced, kFixed, kLastAffected, kLimit };

struct OsvEvent {
  OsvEventKind kind = OsvEventKind::kIntroduced;
  std::string version;
};

/// Sorts EVENTS by version (they come in any order, with ends that repeat) and pairs them.
/// Where SCHEME cannot read one of the versions, their given order is taken.
std::vector<VersionRange> RangesOfEvents(Scheme scheme, std::vector<OsvEvent> events);

/// Drops from VERSIONS those that RANGES hold already, so that the index keeps only what ranges do not say.
void DropCoveredVersions(Scheme scheme, const std::vector<VersionRange>& ranges,
                         std::vector<std::string>& versions);

}  // namespace weir::advisory
