// Dropping what is older than the settings keep. Threading: as Transaction.
#pragma once

#include <vector>

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

/// Hosts that nothing was heard of since, and that have not gone yet.
Result<std::vector<AssetId>> SilentHosts(Reader& r, TimeMs since);
/// Scan jobs that nobody has done since: failed. Ended jobs of before FORGET are dropped.
Result<void> EndOldJobs(Transaction& t, TimeMs since, TimeMs forget);
/// Jobs of the console itself that ran when it ended.
Result<void> FailInterruptedUpdates(Transaction& t);

}  // namespace weir::store
