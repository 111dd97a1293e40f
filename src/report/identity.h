// Identities that reports need and that must be the same for the same result.
// Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/scan_result.h"
#include "report/report.h"

namespace weir::report {

/// A UUID (version 8: our own scheme) from the asset, the time and the packages.
std::string DocumentUuid(const model::ScanResult& result);
/// Packages that SBOM formats list, in order.
std::vector<const model::Package*> ListedPackages(const model::ScanResult& result,
                                                  const ReportOptions& options);
/// started_at, or the epoch where a result has none: formats require a time.
std::string Timestamp(const model::ScanResult& result);
/// RFC 3339 with a time; "" where TEXT is neither a date nor a time.
std::string AsDateTime(std::string_view text);

}  // namespace weir::report
