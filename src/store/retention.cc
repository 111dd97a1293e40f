#include "store/retention.h"

#include "store/assets.h"

namespace weir::store {

Result<void> PruneAudit(Transaction& t, TimeMs before) {
  return t.db().Run("DELETE FROM audit WHERE at < ?", before);
}

Result<void> PruneResolved(Transaction& t, TimeMs before) {
  return t.db().Run("DELETE FROM resolved_finding WHERE resolved_at < ?", before);
}

Result<void> PruneScans(Transaction& t, std::size_t keep) {
  return t.db().Run(
      "DELETE FROM scan WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY asset ORDER "
      "BY id DESC) "
      "AS place FROM scan) WHERE place > ?) AND id NOT IN (SELECT last_scan FROM asset)",
      keep);
}

Result<void> PruneGoneAssets(Transaction& t, TimeMs before, std::size_t limit) {
  std::vector<AssetId> gone;
  {
    WEIR_ASSIGN(Statement rows, t.db().Query("SELECT id FROM asset WHERE state = ? AND last_seen < ? LIMIT ?",
                                             AssetState::kGone, before, limit));
    while (rows.Next()) gone.push_back(rows.U32(0));
    WEIR_TRY(rows.Finish());
  }
  for (AssetId asset : gone) WEIR_TRY(DeleteAsset(t, asset));
  return {};
}

}  // namespace weir::store
