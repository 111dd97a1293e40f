// Rows of the store in the form of the interface: one function a schema of
// docs/openapi.yaml. Threading: as the Reader they are given.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "console/answer.h"
#include "model/finding.h"
#include "model/usage.h"
#include "store/assets.h"
#include "store/findings.h"
#include "store/packages.h"
#include "store/scans.h"
#include "store/sensors.h"
#include "store/vulnerabilities.h"
#include "wire/messages.h"

namespace weir::console {

class SensorHub;

/// Looks up assets and the like once for a whole page of rows.
class Names {
 public:
  explicit Names(store::Reader& r) : r_(r) {}
  /// Empty names where there is no such asset.
  const store::Asset& AssetOf(store::AssetId id);
  std::string HostName(const store::Asset& asset);
  bool Ransomware(store::VulnerabilityId id);

 private:
  store::Reader& r_;
  std::map<store::AssetId, store::Asset> assets_;
  std::map<store::VulnerabilityId, bool> ransomware_;
};

Json IdOrNull(std::uint64_t id);
Json TimeOrNull(store::TimeMs time);
Json SeverityCountsJson(const store::SeverityCounts& counts);
/// What a page of rows says besides its rows.
struct PageFacts {
  template <class T>
  PageFacts(const store::Page<T>& page)  // NOLINT(google-explicit-constructor)
      : next_cursor(page.next_cursor), total(page.total) {}
  std::string next_cursor;
  std::uint64_t total;
};
Json PageJson(const PageFacts& page, Json items);
/// A list that is short enough to be cut into pages here.
Json SlicedPage(Json items, const store::PageRequest& page);

/// SCANNING: a sensor says that it scans it now.
Json AssetJson(const store::Asset& asset, Names& names, bool scanning);
Result<Json> FindingJson(store::Reader& r, const store::FindingRow& row, Names& names);
Json VulnerabilityFactsJson(const model::Vulnerability& vulnerability);
Result<Json> VulnerabilityJson(store::Reader& r, const store::VulnerabilityRow& row);
Result<Json> PackageJson(store::Reader& r, const store::PackageRow& row);
Json ScanJson(const store::Scan& scan, Names& names);
Json RunningScanJson(const wire::ScanProgress& progress, store::AssetId asset, Names& names);
Json JobJson(const store::Job& job, Names& names);
Json ProcessJson(const wire::ProcessRow& row, store::AssetId asset, bool running, std::int64_t connections,
                 Names& names);
/// Why a scan was made: "start", "schedule", "change", "rules", "requested".
std::string_view ScanReason(std::string_view trigger);
/// How far the process that uses a package listens; "none" where it does not.
std::string_view ReachOf(const model::Usage& usage);

}  // namespace weir::console
