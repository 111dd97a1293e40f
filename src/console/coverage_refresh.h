// Which of an asset's packages the advisories in use can say anything about. It is
// told with each scan; here it follows an index with other sources, so that an
// asset is not called unchecked, or checked, by what was known weeks ago.
// Threading: called outside of any transaction; makes small ones of its own.
#pragma once

#include <atomic>
#include <string>

#include "advisory/index.h"
#include "base/result.h"
#include "model/scan_result.h"
#include "store/store.h"

namespace weir::console {

/// The coverage as an asset's facts and a scan's history hold it: a JSON array.
std::string CoverageText(const std::vector<model::Coverage>& coverage);

/// Brings the facts of all assets up to INDEX. Does nothing where the last call was for an index with the
/// same sources.
Result<void> RefreshCoverage(store::Store& store, const advisory::Index& index,
                             const std::atomic<bool>& cancel);

}  // namespace weir::console
