// What matching says of a finding as bytes: the vulnerability, which many matches
// share, apart from what is the match's own. Threading: pure functions.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/finding.h"

namespace weir::store {

std::string EncodeVulnerability(const model::Vulnerability& value);
Result<model::Vulnerability> DecodeVulnerability(Bytes bytes);

/// Kind, names, range, fixes, status: without vulnerability, package and location.
std::string EncodeMatch(const model::Finding& finding);
/// Into FINDING.
Result<void> DecodeMatch(Bytes bytes, model::Finding& finding);

}  // namespace weir::store
