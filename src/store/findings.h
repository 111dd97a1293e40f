// Findings as they are read: lists for pages, one with everything about it.
//
// A finding is a match (distinct package, vulnerability) on an asset that holds the
// package; it is named by the two numbers. Threading: as Reader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/finding.h"
#include "model/sbom.h"
#include "model/usage.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

/// kClosed: matching itself says it does not apply (none of the vulnerable functions is in the program).
enum class FindingState : std::uint8_t { kOpen, kMasked, kClosed, kResolved };
std::string_view FindingStateName(FindingState state);  // "open", "masked", "closed", "resolved"

struct FindingRow {
  AssetId asset = 0;
  MatchId match = 0;
  VulnerabilityId vulnerability = 0;
  PackageId package = 0;
  FindingState state = FindingState::kOpen;
  double score = 0;
  model::Usage::Level usage = model::Usage::Level::kUnknown;
  TimeMs first_seen = 0, resolved_at = 0;
  std::string resolved_reason;  // "package removed", "advisory changed" ...
  std::string asset_name, vulnerability_name, summary;
  model::AssetKind asset_kind = model::AssetKind::kHost;
  std::string package_name, package_version;
  model::PackageType package_type = model::PackageType::kUnknown;
  model::Severity severity = model::Severity::kUnknown;
  bool known_exploited = false, fixable = false;
  std::string fixed_in;  // first fixed version
  std::optional<double> epss;
  double cvss = 0;
};

struct FindingQuery {
  FindingState state = FindingState::kOpen;
  SeverityBits severity_bits = 0;  // 0: all
  std::string q;                   // part of a vulnerability's name or alias, or of a package's name
  AssetId asset = 0;
  VulnerabilityId vulnerability = 0;
  PackageId package = 0;
  std::optional<bool> known_exploited, fixable;
  bool loaded = false;  // only those in use by a running process
  bool newest = false;  // first seen last comes first, instead of the highest score
  PageRequest page;
};
/// Highest score first, or newest first (resolved ones always). TOTAL is exact.
Result<Page<FindingRow>> ListFindings(Reader& r, const FindingQuery& query);

Result<FindingRow> GetFindingRow(Reader& r, AssetId asset, MatchId match);

struct FindingDetail {
  FindingRow row;
  model::Finding finding;       // as matching made it; location of the first instance in this asset; no rank
  std::string usage_text;       // JSON as given to SetAssetUsage
  std::uint32_t usage_key = 0;  // packages.h UsageKey: what the score reads
  std::vector<model::Location> locations;  // of all instances in this asset
  std::int64_t mask = 0;                   // that hides it; 0 = none
};
Result<FindingDetail> GetFinding(Reader& r, AssetId asset, MatchId match);

}  // namespace weir::store
