// Events of type "finding", as match_service.h describes them. Threading: as the transaction.
#pragma once

#include <string>
#include <vector>

#include "console/match_changes.h"

namespace weir::console {

struct AssetEvent {
  std::string_view cause;
  store::AssetId asset = 0;
  std::int64_t opened = 0, resolved = 0;
  std::vector<NewFinding> top;
};
Result<void> AddAssetEvent(store::Transaction& t, const AssetEvent& event);
/// One for each vulnerability that has opened something.
Result<void> AddAdvisoryEvents(store::Transaction& t, const MatchChanges& changes);
Result<void> AddIndexEvent(store::Transaction& t, const RematchOutcome& outcome);

}  // namespace weir::console
