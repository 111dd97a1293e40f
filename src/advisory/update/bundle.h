// Bundles: feeds for machines without a network. A tar whose first member,
// "weir-feeds.json", lists the others with their SHA-256.
// Threading: each call on one thread.
#pragma once

#include <string>

#include "advisory/update/feed_file.h"
#include "base/result.h"

namespace weir::advisory {

bool IsBundle(const std::string& path);
/// Unpacks into FOLDER (which must be there) what the manifest lists, each member checked; the manifest is
/// returned.
Result<FeedState> UnpackBundle(const std::string& path, const std::string& folder);
/// Packs STATE's files, found below FOLDER.
Result<void> PackBundle(const FeedState& state, const std::string& folder, const std::string& out_path);

}  // namespace weir::advisory
