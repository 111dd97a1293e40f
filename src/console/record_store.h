// What one record of a sensor does to the store. Threading: one thread, inside its
// transaction.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "console/ingest.h"
#include "store/assets.h"
#include "store/content.h"
#include "store/sensors.h"

namespace weir::console {

/// Applies the records of one batch.
class RecordStore {
 public:
  RecordStore(Ingest::Parts& parts, store::Transaction& t, const store::Sensor& sensor)
      : parts_(parts), t_(t), sensor_(sensor) {}

  /// An Error only where the store failed. What makes no sense is left out.
  Result<void> Apply(const wire::Record& record);
  /// A record's base was not known.
  bool needs_full() const { return needs_full_; }
  /// To be done after the commit, outside the transaction.
  std::vector<std::function<void()>>& afterwards() { return afterwards_; }

 private:
  Result<void> ApplyInventory(const wire::InventoryRecord& record);
  Result<void> ApplyScan(const wire::ScanRecord& record);
  /// What is wrong with it is added to PROBLEMS.
  Result<store::ContentChange> ApplyContent(const store::Asset& asset, const wire::ScanRecord& record,
                                            std::vector<model::Problem>& problems);
  Result<void> ApplyUsage(const wire::UsageRecord& record);
  Result<void> ApplyFailure(const wire::ScanFailedRecord& record);

  Result<store::AssetId> Host();
  Result<void> PutHost(const wire::InventoryRecord& record);
  Result<void> ReplaceOlderSelf(const std::string& machine_id);
  Result<void> PutContainer(const model::Container& container);
  Result<void> PutImage(const model::ImageInfo& image);
  Result<void> DropImage(const std::string& id);
  Result<void> PutTraffic(const wire::InventoryRecord& record);
  Result<void> UpdateExposure(store::AssetId asset);
  /// The asset that REF names, if this sensor may speak of it.
  Result<std::optional<store::Asset>> Find(const wire::AssetRef& ref);
  Result<store::Asset> FindOrMake(const wire::ScanRecord& record, bool& taken);
  Result<void> TellAsset(store::AssetId id, std::string_view change);
  Result<void> EndJob(const std::string& trigger, store::ScanId scan, const std::string& error);
  store::TimeMs Time(std::string_view text) const;

  Ingest::Parts& parts_;
  store::Transaction& t_;
  store::Sensor sensor_;
  bool needs_full_ = false;
  std::vector<std::function<void()>> afterwards_;
};

}  // namespace weir::console
