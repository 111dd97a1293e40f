// One advisory in our own form: what every feed parser makes and the index
// builder takes. Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "advisory/version.h"
#include "model/finding.h"
#include "model/severity.h"

namespace weir::advisory {

/// One interval of versions. Empty INTRODUCED: from the first version. Empty FIXED and LAST_AFFECTED: no end.
struct VersionRange {
  std::string introduced;             // inclusive
  std::string fixed;                  // exclusive end
  std::string last_affected;          // inclusive end, used where FIXED is empty
  bool introduced_exclusive = false;  // NVD versionStartExcluding
};

struct GoImport {
  std::string path;
  std::vector<std::string> symbols;  // empty: any use of the package
};

/// A package that an advisory speaks of.
struct AffectedPackage {
  /// OSV spelling with release: "Debian:12", "Ubuntu:22.04:LTS", "Alpine:v3.18", "AlmaLinux:9", "Rocky
  /// Linux:9", "Red Hat:enterprise_linux:9", "npm", "PyPI", "Maven", "Go", "crates.io", "RubyGems", "NuGet",
  /// "Packagist", "Bitnami", "WordPress" or "CPE". The index folds product spellings (distro_ecosystem.h):
  /// "Red Hat:enterprise_linux:9::baseos" and the like are "Red Hat:9" there, SUSE's modules "SUSE:15.5".
  std::string ecosystem;
  /// Name as model::Package::name or source_name spells it; for "CPE" "vendor:product".
  std::string name;
  Scheme scheme = Scheme::kSemver;
  std::vector<VersionRange> ranges;   // any may hold
  std::vector<std::string> versions;  // exact versions, besides the ranges
  bool unaffected = false;  // a statement that the package never had it; removes other sources' matches
  model::FixState fix_state = model::FixState::kUnknown;  // kFixed follows from a range with FIXED
  model::Severity severity = model::Severity::kUnknown;   // the source's own word for this package
  std::string rpm_module;                                 // "name:stream" where the advisory is for a module
  std::vector<std::string> arches;                        // empty = every
  std::vector<GoImport> go_imports;
  std::string cpe_target_software;  // "CPE": target_sw where not '*'
};

struct Advisory {
  std::string id;
  std::vector<std::string> aliases;  // other names of the same weakness (OSV aliases)
  std::vector<std::string>
      related;         // CVEs that a vendor advisory fixes (OSV upstream/related of DSA, RHSA ...)
  std::string source;  // "osv:PyPI", "debian-tracker", "alpine-secdb", "nvd", "debian-archive", "starter"
  std::string summary;
  std::string published, modified;  // RFC 3339
  bool withdrawn = false;
  model::Severity severity = model::Severity::kUnknown;
  std::vector<std::string> cvss;  // vectors
  std::vector<std::string> cwes;
  std::vector<std::string> references;
  std::vector<AffectedPackage> affected;
};

struct KevEntry {
  std::string cve, date_added;
  bool ransomware = false;
};

struct EpssEntry {
  std::string cve;
  float probability = 0, percentile = 0;
};

}  // namespace weir::advisory
