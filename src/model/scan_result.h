// Everything one scan found: what reports are made of. Threading: plain values.
#pragma once

#include <string>
#include <vector>

#include "model/content_finding.h"
#include "model/finding.h"
#include "model/runtime.h"
#include "model/sbom.h"

namespace weir::model {

/// One advisory source in the index that was used.
struct SourceInfo {
  std::string name;        // "osv:PyPI", "debian-tracker", "kev", "starter"
  std::string fetched_at;  // RFC 3339
  std::string data_date;   // newest record's date, or the feed's own stamp
  std::uint64_t records = 0;
  std::string url;
};

/// An ecosystem that the SBOM has packages of, and whether anything could be said about it.
struct Coverage {
  std::string ecosystem;  // "Debian:12", "PyPI", ...
  std::uint64_t packages = 0;
  std::vector<std::string> sources;  // empty: none of these packages was checked
  bool starter_only = false;         // only the embedded starter set knows it
};

struct ScanResult {
  std::string tool_version;
  std::string started_at;  // RFC 3339
  Sbom sbom;
  std::vector<Finding> findings;  // highest rank first, then id, package, location
  std::vector<ContentFinding>
      content;  // secrets and malware: highest rank first, then kind, rule, fingerprint
  std::vector<ContentScan> content_scans;  // what was looked for, and at how much
  RuntimeSnapshot runtime;
  std::vector<SourceInfo> sources;
  std::vector<Coverage> coverage;
  bool matched = false;  // false: no matching was asked for (an SBOM alone)
  /// false: packages were not looked for (secrets or malware alone), so that an empty SBOM says nothing.
  bool packages_listed = true;
  /// The walk ended early (its time was over, or it was cancelled): what is not in the SBOM may still be
  /// there.
  bool cut_short = false;
};

}  // namespace weir::model
