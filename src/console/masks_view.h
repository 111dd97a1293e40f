// Masks in the form of the interface. Threading: as the Reader they are given.
#pragma once

#include "console/json_views.h"
#include "store/masks.h"

namespace weir::console {

Result<Json> MaskJson(store::Reader& r, const store::Mask& mask, Names& names);
/// Null where ID is 0 or the mask is gone.
Result<Json> MaskOrNull(store::Reader& r, std::int64_t id, Names& names);

}  // namespace weir::console
