// How old what the feeds told is. Threading: safe from every thread.
#pragma once

#include <vector>

#include "advisory/updater.h"
#include "console/answer.h"
#include "store/ids.h"

namespace weir::console {

struct Services;

struct FeedAge {
  advisory::SourceStatus source;
  store::TimeMs fetched = 0;
  bool stale = false;  // older than two intervals of updates (two days where there is none), or failed
};
Result<std::vector<FeedAge>> FeedAges(Services& services);
Json FeedAgeJson(const FeedAge& age);

}  // namespace weir::console
