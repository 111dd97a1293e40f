// Settings of the console, typed, with their bounds and defaults.
//
// Stored as short texts by name; a value that cannot be read falls back to its
// default. Threading: safe from every thread; Now gives one consistent set.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "console/answer.h"
#include "store/outbox.h"
#include "store/store.h"

namespace weir::console {

struct SettingValues {
  std::int64_t scan_interval_hours = 24;
  std::int64_t update_interval_hours = 24;
  std::string feed_mirror;
  std::int64_t resolved_retention_days = 90;
  std::int64_t gone_asset_retention_days = 30;
  std::int64_t connection_retention_days = 7;
  std::int64_t audit_retention_days = 365;
  std::int64_t scans_kept = 100;
  std::int64_t session_idle_minutes = 480;
  std::int64_t session_max_hours = 168;
  std::vector<std::string> allowed_hosts;
  bool webhook_allow_internal = false;
  std::string public_url;
};

/// A whole number among the settings.
struct NumberSetting {
  std::string_view name;
  std::int64_t SettingValues::* member;
  std::int64_t min, max;
};
std::span<const NumberSetting> NumberSettings();

class Settings {
 public:
  explicit Settings(store::Store& store) : store_(store) {}
  Result<void> Load();
  std::shared_ptr<const SettingValues> Now() const;
  /// Stores VALUES and takes them into use once they are.
  Result<void> Save(store::Transaction& t, SettingValues values);

 private:
  store::Store& store_;
  mutable std::mutex mutex_;  // guards values_
  std::shared_ptr<const SettingValues> values_ = std::make_shared<SettingValues>();
};

Json ToJson(const SettingValues& values);

}  // namespace weir::console
