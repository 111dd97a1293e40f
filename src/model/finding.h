// A weakness that an asset has: a vulnerability matched to a package, with the
// evidence for it and its place in the order of work.
// Threading: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/package.h"
#include "model/severity.h"

namespace weir::model {

enum class FixState : std::uint8_t { kUnknown, kFixed, kNotFixed, kWontFix };
std::string_view FixStateName(FixState state);  // "unknown", "fixed", "not-fixed", "wont-fix"

/// Why a finding is not open. Closed findings are kept and shown, never dropped.
enum class FindingStatus : std::uint8_t { kOpen, kIgnored, kNotAffected, kFixedByVex, kUnderInvestigation };
std::string_view FindingStatusName(FindingStatus status);

enum class MatchKind : std::uint8_t {
  kDirect,    // the advisory names the package
  kIndirect,  // it names the source package or origin
  kCpe,
};
std::string_view MatchKindName(MatchKind kind);

struct Vulnerability {
  std::string id;                    // as its main source names it: CVE-..., GHSA-..., DSA-...
  std::vector<std::string> aliases;  // sorted; CVE ids of a DSA or GHSA are here
  std::string source;                // feed and record set, e.g. "osv:PyPI", "debian-tracker", "starter"
  std::string summary;
  Severity severity = Severity::kUnknown;  // the most specific word there is (distro, then vendor, then CVSS)
  std::string severity_source;
  std::vector<Cvss> cvss;  // best first
  std::vector<std::string> cwes;
  std::vector<std::string> references;    // URLs
  std::string published, modified;        // RFC 3339, may be empty
  bool known_exploited = false;           // in the KEV catalogue
  bool ransomware = false;                // KEV: known ransomware use
  std::string known_exploited_since;      // YYYY-MM-DD
  std::optional<double> epss;             // probability, 0..1
  std::optional<double> epss_percentile;  // 0..1
  /// The first CVE id among id and aliases, else id.
  const std::string& CveId() const;
};

struct RankReason {
  std::string factor;  // stable name: "severity", "known-exploited", "epss", "network-vector", "loaded", ...
  double points = 0;   // what it adds to (or takes from) the score
  std::string detail;  // one sentence for people, with the evidence
};

struct Rank {
  double score = 0;                 // 0..100
  std::vector<RankReason> reasons;  // in the order in which they were applied
};

struct Finding {
  Vulnerability vulnerability;
  std::string package_id;
  // The package as shown in reports, so that a finding reads alone.
  std::string package_name, package_version;
  PackageType package_type = PackageType::kUnknown;
  Location location;
  MatchKind match = MatchKind::kDirect;
  std::string matched_name;       // what the advisory calls it (source package, CPE)
  std::string matched_ecosystem;  // OSV spelling: "Debian:12", "PyPI", "CPE"
  std::string affected_range;     // human text: "< 2.17.1", ">= 1.0, < 1.0.2k"
  FixState fix_state = FixState::kUnknown;
  std::vector<std::string> fixed_versions;
  FindingStatus status = FindingStatus::kOpen;
  std::string status_reason;  // rule or VEX statement that closed it
  Rank rank;
};

}  // namespace weir::model
