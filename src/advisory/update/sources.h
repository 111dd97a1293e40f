// The table of sources, and which files each is made of. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisory/update/feed_file.h"
#include "advisory/updater.h"

namespace weir::advisory {

struct PlannedFile {
  FeedFile file;
  bool may_be_absent = false;  // a release or year that need not be there
  std::string digest_url;      // where the SHA-256 is published; empty: nowhere
};

/// Every file to fetch, in the order of the table; the collector "debian-archive" has none.
/// kInvalidArgument for the name of a source that there is not. YEAR is the present one.
Result<std::vector<PlannedFile>> PlanFetches(const UpdateOptions& options, int year);
/// Whether the options ask for source NAME.
bool IsWanted(const UpdateOptions& options, std::string_view name);

}  // namespace weir::advisory
