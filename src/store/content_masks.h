// What hides a secret or malware: a mask that names its fingerprint, or that its rule
// is disabled. Threading: as its transaction.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "model/content_finding.h"
#include "store/content.h"
#include "store/ids.h"

namespace weir::store {

class ContentMasks {
 public:
  static Result<ContentMasks> Load(Reader& r);
  /// The mask that hides it; 0: none.
  Result<std::int64_t> Find(Reader& r, model::ContentKind kind, std::string_view fingerprint, AssetId asset);
  bool IsDisabled(model::ContentKind kind, std::string_view rule) const {
    return !disabled_.empty() && disabled_.contains({kind, std::string(rule)});
  }
  /// What a finding that stands is.
  Result<ContentState> StateOf(Reader& r, model::ContentKind kind, std::string_view rule,
                               std::string_view fingerprint, AssetId asset, bool ignored);

 private:
  std::set<std::pair<model::ContentKind, std::string>> disabled_;
  bool any_ = false;  // a mask of a fingerprint
};

}  // namespace weir::store
