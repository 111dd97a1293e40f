// Dropping what is older than the settings keep. Threading: as Transaction.
#pragma once

#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

Result<void> PruneAudit(Transaction& t, TimeMs before);
/// Findings that were resolved before.
Result<void> PruneResolved(Transaction& t, TimeMs before);
/// Keeps the newest KEEP scans of each asset, and always its last one.
Result<void> PruneScans(Transaction& t, std::size_t keep);
/// Assets that have gone and were last seen before; at most LIMIT of them.
Result<void> PruneGoneAssets(Transaction& t, TimeMs before, std::size_t limit);

}  // namespace weir::store
