#include "store/retention.h"

#include "store/assets.h"
#include "store/content.h"
#include "store/sensors.h"

namespace weir::store {

Result<void> PruneAudit(Transaction& t, TimeMs before) {
  return t.db().Run("DELETE FROM audit WHERE at < ?", before);
}

Result<void> PruneResolved(Transaction& t, TimeMs before) {
  WEIR_TRY(PruneContent(t, before));
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

Result<std::vector<AssetId>> SilentHosts(Reader& r, TimeMs since) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT id FROM asset WHERE kind = ? AND state <> ? AND last_seen < ?",
                           model::AssetKind::kHost, AssetState::kGone, since));
  std::vector<AssetId> out;
  while (rows.Next()) out.push_back(rows.U32(0));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> EndOldJobs(Transaction& t, TimeMs since, TimeMs forget) {
  WEIR_TRY(t.db().Run(
      "UPDATE job SET state = ?, error = 'no sensor has done it', updated_at = ? WHERE state < ? AND "
      "kind = 'scan' AND updated_at < ?",
      JobState::kFailed, t.now(), JobState::kDone, since));
  return t.db().Run("DELETE FROM job WHERE state >= ? AND updated_at < ?", JobState::kDone, forget);
}

Result<void> FailInterruptedUpdates(Transaction& t) {
  return t.db().Run(
      "UPDATE job SET state = ?, error = 'the console was stopped', updated_at = ? WHERE state < ? AND "
      "kind = 'update'",
      JobState::kFailed, t.now(), JobState::kDone);
}

}  // namespace weir::store
