// Sorted lists of package ids as bytes: the difference to the one before, as varint.
// Threading: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/ids.h"

namespace weir::store {

/// IDS must be sorted, each there once.
std::string EncodeIds(std::span<const PackageId> ids);
/// Replaces OUT.
Result<void> DecodeIds(Bytes bytes, std::vector<PackageId>& out);

}  // namespace weir::store
