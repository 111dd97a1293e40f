#include "store/content_masks.h"

#include "store/masks.h"

namespace weir::store {

Result<ContentMasks> ContentMasks::Load(Reader& r) {
  ContentMasks out;
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT kind, rule FROM disabled_rule"));
  while (rows.Next()) out.disabled_.emplace(static_cast<model::ContentKind>(rows.Int(0) & 1), rows.String(1));
  WEIR_TRY(rows.Finish());
  WEIR_ASSIGN(std::int64_t masks,
              r.db().Value(0, "SELECT 1 FROM mask WHERE fingerprint <> '' AND active = 1 LIMIT 1"));
  out.any_ = masks != 0;
  return out;
}

Result<std::int64_t> ContentMasks::Find(Reader& r, model::ContentKind kind, std::string_view fingerprint,
                                        AssetId asset) {
  if (!any_) return 0;
  return r.db().Value(0,
                      "SELECT m.id FROM mask m, asset a WHERE a.id = ?1 AND m.fingerprint = ?2 AND "
                      "m.fingerprint <> '' AND m.kind = ?3 AND m.active = 1 AND (m.scope = ?6 OR "
                      "(m.scope = ?4 AND m.asset_key = a.key) OR "
                      "(m.scope = ?5 AND a.image <> '' AND m.image = a.image)) ORDER BY m.id LIMIT 1",
                      asset, fingerprint, kind, MaskScope::kFinding, MaskScope::kImage,
                      MaskScope::kEverywhere);
}

Result<ContentState> ContentMasks::StateOf(Reader& r, model::ContentKind kind, std::string_view rule,
                                           std::string_view fingerprint, AssetId asset, bool ignored) {
  WEIR_ASSIGN(std::int64_t mask, Find(r, kind, fingerprint, asset));
  if (mask != 0) return ContentState::kMasked;
  return ignored || IsDisabled(kind, rule) ? ContentState::kIgnored : ContentState::kOpen;
}

}  // namespace weir::store
