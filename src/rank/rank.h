// What to fix first: a number from 0 to 100 for each finding, with its reasons.
//
// Pure: from findings, packages and a snapshot of what runs. The formula is in
// docs/ranking.md, every factor is one row there and one function here.
// Threading: pure functions.
#pragma once

#include <string>
#include <vector>

#include "model/scan_result.h"
#include "model/usage.h"

namespace weir::rank {

using model::Usage;

/// Usage of each package of RESULT.sbom, in its order.
std::vector<Usage> PackageUsage(const model::ScanResult& result);

/// The score of one finding; its reasons' points add up to it.
model::Rank ScoreFinding(const model::Finding& finding, const Usage& usage);

/// The score of a secret or of malware. RESULT's snapshot tells who could read or run it.
model::Rank ScoreContent(const model::ContentFinding& finding, const model::ScanResult& result);
/// Sets ContentFinding::rank of every one, and sorts them (open first, then score down, kind, rule,
/// fingerprint).
void RankContent(model::ScanResult& result);

/// Sets Finding::rank of every finding, and sorts findings (open first, then score down, id, package,
/// location).
void RankFindings(model::ScanResult& result);

}  // namespace weir::rank
