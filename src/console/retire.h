// An asset that is no longer there: it keeps its history, and nothing of it is
// open work any more. Threading: as its transaction.
#pragma once

#include "base/result.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::console {

class EventHub;
class MatchService;

/// State gone, no packages, its findings resolved; a host takes its containers with it. Nothing where it has
/// gone before.
Result<void> RetireAsset(store::Transaction& t, MatchService& match, EventHub& events, store::AssetId id);

}  // namespace weir::console
