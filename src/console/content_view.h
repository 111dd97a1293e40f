// Secrets and malware in the form of the interface. Threading: as the Reader they are
// given.
#pragma once

#include <string>
#include <vector>

#include "console/json_views.h"
#include "console/request_fields.h"
#include "model/content_finding.h"
#include "store/content.h"

namespace weir::console {

/// What is stored of ROW; a finding without places where it cannot be read.
model::ContentFinding FindingOf(const store::ContentRow& row);
Json ContentPlaceJson(const model::ContentPlace& place);
Result<Json> ContentFindingJson(store::Reader& r, const store::ContentRow& row, Names& names);
/// As they are stored with a scan: an array of ContentScan.
std::string ContentScansText(const std::vector<model::ContentScan>& scans);
/// An empty array for what cannot be read.
Json ContentScansJson(const std::string& stored);

/// kind, status, severity, confidence, q, asset, rule, origin, fingerprint.
store::ContentQuery ContentQueryOf(QueryFields& query);

}  // namespace weir::console
