// What the console was last told of an asset: the scan with all its packages and
// which file belongs to which of them, and apart from it, how they are used. So the
// next scan is a difference, and usage is joined anew without a scan and without
// writing the larger part again. Two zstd files an asset.
// Threading: values and functions independent of each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sbom.h"
#include "wire/messages.h"

namespace weir::sensor {

struct AssetState {
  wire::ScanRecord record;           // whole: base and gone_* empty. Without usage and Go symbols
  std::vector<std::string> symbols;  // by package: the id of its Go symbols, or empty
  model::FileOwners owners;
};

/// RECORD whole, as it is told; its usage and symbols stay behind.
AssetState StateOf(const wire::ScanRecord& record, model::FileOwners owners);

/// Not of an asset of this room's making: kMalformed. The caller then goes on as if there were none.
Result<AssetState> ReadAssetState(const std::string& path);
Result<void> WriteAssetState(const std::string& path, AssetState& state);
Result<wire::UsageChange> ReadAssetUsage(const std::string& path);
Result<void> WriteAssetUsage(const std::string& path, const wire::UsageChange& usage);

// Pure parts, apart for tests and fuzzing.
std::string PackAssetState(AssetState& state);
Result<AssetState> UnpackAssetState(std::string_view text);

/// What turns BEFORE into AFTER, a whole record. Its usage is left alone.
wire::ScanRecord ScanDifference(const AssetState& before, const wire::ScanRecord& after);
/// As ScanDifference, of usage. Without MINOR, a package whose evidence alone changed (another pid) counts as
/// unchanged.
wire::UsageChange UsageDifference(const wire::UsageChange& before, const wire::UsageChange& after,
                                  bool minor);
bool IsEmpty(const wire::UsageChange& change);
/// BEFORE with CHANGE applied, whole: what the console knows then.
wire::UsageChange ApplyUsage(const wire::UsageChange& before, const wire::UsageChange& change);

}  // namespace weir::sensor
