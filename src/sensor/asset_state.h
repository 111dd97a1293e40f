// What the console was last told of an asset: the whole scan record with its usage,
// and which file belongs to which package, so that the next scan is a difference and
// usage can be joined anew without a scan. Kept as one zstd file an asset.
// Threading: values and functions independent of each other.
#pragma once

#include <string>

#include "base/result.h"
#include "model/sbom.h"
#include "wire/messages.h"

namespace weir::sensor {

struct AssetState {
  wire::ScanRecord record;  // whole: base and gone_* empty, usage full
  model::FileOwners owners;
};

/// Not of an asset of this room's making: kMalformed. The caller then goes on as if there were none.
Result<AssetState> ReadAssetState(const std::string& path);
Result<void> WriteAssetState(const std::string& path, AssetState& state);

// Pure parts, apart for tests and fuzzing.
std::string PackAssetState(AssetState& state);
Result<AssetState> UnpackAssetState(std::string_view text);

/// What turns BEFORE into AFTER. AFTER's owners and usage are left alone.
wire::ScanRecord ScanDifference(const wire::ScanRecord& before, const wire::ScanRecord& after);
/// As ScanDifference, of usage. Without MINOR, a package whose evidence alone changed (another pid) counts as
/// unchanged.
wire::UsageChange UsageDifference(const wire::UsageChange& before, const wire::UsageChange& after,
                                  bool minor);
bool IsEmpty(const wire::UsageChange& change);
/// BEFORE with CHANGE applied, whole: what the console knows then.
wire::UsageChange ApplyUsage(const wire::UsageChange& before, const wire::UsageChange& change);

}  // namespace weir::sensor
