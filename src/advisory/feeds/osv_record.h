// One OSV record. Threading: pure functions.
#pragma once

#include "advisory/feed.h"
#include "advisory/feeds/json.h"

namespace weir::advisory {

/// Fills ADVISORY; false where the record is right but has nothing to hold packages against
/// (commits alone, or a bug-fix advisory). kMalformed where it is no OSV record.
Result<bool> ReadOsvRecord(JsonValue record, Advisory& advisory);
/// Reads, counts and hands on one record; NAME is its file's, for messages.
void TakeOsvRecord(JsonValue record, std::string_view name, FeedStats& stats, RecordSink& sink);

}  // namespace weir::advisory
