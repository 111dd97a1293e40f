// The active masks, as findings are tested against them. Threading: as its transaction.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "store/ids.h"
#include "store/masks.h"

namespace weir::store {

class MaskSet {
 public:
  static Result<MaskSet> Load(Reader& r);
  bool empty() const { return by_name_.empty(); }
  /// The mask that hides a finding; 0 = none.
  Result<std::int64_t> Find(Reader& r, VulnerabilityId vulnerability, PackageId package, AssetId asset);

 private:
  struct AssetNames {
    std::string key, image;
  };
  Result<const std::vector<const Mask*>*> MasksOf(Reader& r, VulnerabilityId vulnerability);
  Result<const AssetNames*> NamesOf(Reader& r, AssetId asset);
  Result<const std::string*> PackageName(Reader& r, PackageId package);

  std::vector<Mask> masks_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;  // of the vulnerability
  std::unordered_map<VulnerabilityId, std::vector<const Mask*>> by_vulnerability_;
  std::unordered_map<AssetId, AssetNames> assets_;
  std::unordered_map<PackageId, std::string> packages_;
};

}  // namespace weir::store
