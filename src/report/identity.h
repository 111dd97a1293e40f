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
/// Digests of known algorithms that look like ones, in lower case; one for each algorithm.
std::vector<model::Digest> ValidDigests(const model::Package& package);
/// What a reader must know before taking the findings for the whole answer: ecosystems that were
/// not or barely checked, one line each; that nothing was matched at all. Empty where all was checked.
std::vector<std::string> CoverageGaps(const model::ScanResult& result);
/// Processes that belong to the asset: those of a container for a container, else all.
std::vector<const model::Process*> ShownProcesses(const model::ScanResult& result);
/// started_at, to the second, or the epoch where a result has none: formats require a time.
std::string Timestamp(const model::ScanResult& result);
/// RFC 3339 with a time; "" where TEXT is neither a date nor a time.
std::string AsDateTime(std::string_view text);

}  // namespace weir::report
