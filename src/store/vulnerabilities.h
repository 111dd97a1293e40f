// Vulnerabilities over all assets: "what to fix first". Threading: as Reader.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/finding.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct VulnerabilityRow {
  VulnerabilityId id = 0;
  std::string name, summary, published;
  model::Severity severity = model::Severity::kUnknown;  // the highest word any match has
  double cvss = 0;
  std::optional<double> epss;
  bool known_exploited = false, ransomware = false, fixable = false;
  std::int64_t open = 0, masked = 0;  // findings
  std::int64_t assets = 0;            // with an open finding of it
  double max_score = 0;               // of open findings
};

enum class VulnerabilitySort : std::uint8_t { kScore, kAssets, kPublished };
struct VulnerabilityQuery {
  SeverityBits severity_bits = 0;  // 0: all
  std::string q;                   // part of its name, an alias or its summary
  std::optional<bool> known_exploited, fixable;
  bool include_masked = false;  // also those that have only masked findings
  VulnerabilitySort sort = VulnerabilitySort::kScore;
  PageRequest page;
};
/// Those with open findings.
Result<Page<VulnerabilityRow>> ListVulnerabilities(Reader& r, const VulnerabilityQuery& query);

struct AffectedPackageRow {
  MatchId match = 0;
  PackageId package = 0;
  std::string name, version, affected_range;
  model::PackageType type = model::PackageType::kUnknown;
  std::vector<std::string> fixed_versions;
  std::int64_t open = 0;
};
struct VulnerabilityDetail {
  VulnerabilityRow row;
  model::Vulnerability vulnerability;  // of its match with the highest severity
  std::vector<AffectedPackageRow> packages;
};
/// NAME: an id or an alias. kNotFound where no package was ever matched to it.
Result<std::optional<VulnerabilityId>> FindVulnerability(Reader& r, std::string_view name);
/// All that are known by one of NAMES, as id or alias.
Result<std::vector<VulnerabilityId>> VulnerabilitiesNamed(Reader& r, std::span<const std::string> names);
Result<VulnerabilityDetail> GetVulnerability(Reader& r, VulnerabilityId id);

}  // namespace weir::store
