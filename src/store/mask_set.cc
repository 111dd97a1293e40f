#include "store/mask_set.h"

namespace weir::store {

Result<MaskSet> MaskSet::Load(Reader& r) {
  MaskSet out;
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT id, scope, vulnerability, package, asset_key, image FROM mask "
                           "WHERE active = 1 AND kind < 0 ORDER BY id"));
  while (rows.Next()) {
    Mask mask;
    mask.id = rows.Int(0);
    mask.scope = static_cast<MaskScope>(rows.Int(1));
    mask.vulnerability = rows.Text(2);
    mask.package = rows.Text(3);
    mask.asset_key = rows.Text(4);
    mask.image = rows.Text(5);
    out.by_name_[mask.vulnerability].push_back(out.masks_.size());
    out.masks_.push_back(std::move(mask));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<const std::vector<const Mask*>*> MaskSet::MasksOf(Reader& r, VulnerabilityId vulnerability) {
  if (auto known = by_vulnerability_.find(vulnerability); known != by_vulnerability_.end())
    return &known->second;
  std::vector<const Mask*> masks;
  WEIR_ASSIGN(Statement names, r.db().Query("SELECT name FROM vulnerability WHERE id = ?1 UNION "
                                            "SELECT name FROM vulnerability_alias WHERE vulnerability = ?1",
                                            vulnerability));
  while (names.Next())
    if (auto found = by_name_.find(names.String(0)); found != by_name_.end())
      for (std::size_t index : found->second) masks.push_back(&masks_[index]);
  WEIR_TRY(names.Finish());
  return &by_vulnerability_.emplace(vulnerability, std::move(masks)).first->second;
}

Result<const MaskSet::AssetNames*> MaskSet::NamesOf(Reader& r, AssetId asset) {
  if (auto known = assets_.find(asset); known != assets_.end()) return &known->second;
  AssetNames names;
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT key, image FROM asset WHERE id = ?", asset));
  if (row.Next()) names = {row.String(0), row.String(1)};
  WEIR_TRY(row.Finish());
  return &assets_.emplace(asset, std::move(names)).first->second;
}

Result<const std::string*> MaskSet::PackageName(Reader& r, PackageId package) {
  if (auto known = packages_.find(package); known != packages_.end()) return &known->second;
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT name FROM package WHERE id = ?", package));
  std::string name = row.Next() ? row.String(0) : "";
  WEIR_TRY(row.Finish());
  return &packages_.emplace(package, std::move(name)).first->second;
}

Result<std::int64_t> MaskSet::Find(Reader& r, VulnerabilityId vulnerability, PackageId package,
                                   AssetId asset) {
  if (empty()) return 0;
  WEIR_ASSIGN(const std::vector<const Mask*>* masks, MasksOf(r, vulnerability));
  for (const Mask* mask : *masks) {
    if (!mask->package.empty()) {
      WEIR_ASSIGN(const std::string* name, PackageName(r, package));
      if (*name != mask->package) continue;
    }
    if (mask->scope == MaskScope::kEverywhere) return mask->id;
    WEIR_ASSIGN(const AssetNames* names, NamesOf(r, asset));
    bool finding = mask->scope == MaskScope::kFinding && names->key == mask->asset_key;
    bool image = mask->scope == MaskScope::kImage && !names->image.empty() && names->image == mask->image;
    if (finding || image) return mask->id;
  }
  return 0;
}

}  // namespace weir::store
