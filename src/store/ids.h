// Small types that the whole room uses. Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/severity.h"

namespace weir::store {

/// Row numbers; never used twice, so that history keeps its meaning. 0 = none.
using AssetId = std::uint32_t;
using PackageId = std::uint32_t;  // of a distinct package
using MatchId = std::uint32_t;    // of a distinct package and a vulnerability
using VulnerabilityId = std::uint32_t;
using ScanId = std::int64_t;

/// Milliseconds since 1970-01-01 UTC; 0 = never, not known.
using TimeMs = std::int64_t;

/// A page of a list. CURSOR is what the page before gave; empty: from the start.
struct PageRequest {
  std::size_t limit = 50;
  std::string cursor;
};

template <class T>
struct Page {
  std::vector<T> items;
  std::string next_cursor;  // empty: this was the last page
  std::uint64_t total = 0;  // of the whole list
};

/// One count for each model::Severity, by its number.
struct SeverityCounts {
  static constexpr std::size_t kCount = 6;
  std::int64_t by[kCount] = {};
  std::int64_t total() const {
    std::int64_t sum = 0;
    for (std::int64_t count : by) sum += count;
    return sum;
  }
  bool operator==(const SeverityCounts&) const = default;
};

/// A set of severities, one bit each; 0: whatever severity.
using SeverityBits = std::uint8_t;
constexpr SeverityBits SeverityBit(model::Severity severity) {
  return static_cast<SeverityBits>(1U << static_cast<unsigned>(severity));
}
inline bool HasSeverity(SeverityBits bits, model::Severity severity) {
  return bits == 0 || (bits & SeverityBit(severity)) != 0;
}

}  // namespace weir::store
