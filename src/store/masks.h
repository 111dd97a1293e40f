// Masks: findings that people have decided not to work on. A mask names the
// vulnerability and the package, or the fingerprint of a secret or of malware, and
// the asset or image by what does not change when they are scanned again. Threading: as Reader and
// Transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/content_finding.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

enum class MaskScope : std::uint8_t { kFinding, kImage, kEverywhere };
std::string_view MaskScopeName(MaskScope scope);  // "finding", "image", "everywhere"

struct Mask {
  std::int64_t id = 0;
  MaskScope scope = MaskScope::kFinding;
  std::string vulnerability;               // id or alias
  std::string package;                     // name; empty: every package
  std::optional<model::ContentKind> kind;  // of a secret or malware, named by FINGERPRINT instead
  std::string fingerprint;
  std::string rule, title;  // of the finding that was masked; for people
  std::string asset_key;    // kFinding: Asset::key
  std::string image;        // kImage: Asset::image of a container or an image
  std::string reason, author;
  TimeMs created_at = 0, expires_at = 0;  // 0: never expires
  bool active = true;                     // false: expired
  std::int64_t findings = 0;              // that it hides, when listed
};

/// Stores MASK and hides what it names; gives its id.
Result<std::int64_t> AddMask(Transaction& t, const Mask& mask);
/// Removes it; what no other mask hides is open again.
Result<void> RemoveMask(Transaction& t, std::int64_t id);
/// Ends masks that have expired by now; gives their ids. To be called about once a minute.
Result<std::vector<std::int64_t>> ExpireMasks(Transaction& t);
/// Tests the findings of ASSET against all masks: its image has another name now.
Result<void> RecheckMasks(Transaction& t, AssetId asset);
/// kNotFound. Without the count of findings.
Result<Mask> GetMask(Reader& r, std::int64_t id);
Result<Page<Mask>> ListMasks(Reader& r, const PageRequest& page);

}  // namespace weir::store
