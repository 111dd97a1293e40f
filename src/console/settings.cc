#include "console/settings.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace weir::console {
namespace {

constexpr NumberSetting kNumbers[] = {
    {"scan_interval_hours", &SettingValues::scan_interval_hours, 0, 8760},
    {"update_interval_hours", &SettingValues::update_interval_hours, 0, 8760},
    {"resolved_retention_days", &SettingValues::resolved_retention_days, 1, 3650},
    {"gone_asset_retention_days", &SettingValues::gone_asset_retention_days, 1, 3650},
    {"connection_retention_days", &SettingValues::connection_retention_days, 1, 3650},
    {"audit_retention_days", &SettingValues::audit_retention_days, 1, 3650},
    {"scans_kept", &SettingValues::scans_kept, 2, 1000},
    {"session_idle_minutes", &SettingValues::session_idle_minutes, 5, 10080},
    {"session_max_hours", &SettingValues::session_max_hours, 1, 720},
};

}  // namespace

std::span<const NumberSetting> NumberSettings() { return kNumbers; }

Result<void> Settings::Load() {
  WEIR_ASSIGN(auto stored, store_.Read([](store::Reader& r) { return store::AllSettings(r); }));
  SettingValues values;
  for (const auto& [name, text] : stored) {
    for (const NumberSetting& number : kNumbers)
      if (number.name == name)
        if (auto value = ParseUint(text); value && static_cast<std::int64_t>(*value) >= number.min &&
                                          *value <= static_cast<std::uint64_t>(number.max))
          values.*number.member = static_cast<std::int64_t>(*value);
    if (name == "feed_mirror") values.feed_mirror = text;
    if (name == "public_url") values.public_url = text;
    if (name == "webhook_allow_internal") values.webhook_allow_internal = text == "true";
    if (name == "allowed_hosts" && !text.empty())
      for (std::string_view host : Split(text, '\n')) values.allowed_hosts.emplace_back(host);
  }
  std::lock_guard lock(mutex_);
  values_ = std::make_shared<const SettingValues>(std::move(values));
  return {};
}

std::shared_ptr<const SettingValues> Settings::Now() const {
  std::lock_guard lock(mutex_);
  return values_;
}

Result<void> Settings::Save(store::Transaction& t, SettingValues values) {
  for (const NumberSetting& number : kNumbers)
    WEIR_TRY(store::SetSetting(t, number.name, std::to_string(values.*number.member)));
  WEIR_TRY(store::SetSetting(t, "feed_mirror", values.feed_mirror));
  WEIR_TRY(store::SetSetting(t, "public_url", values.public_url));
  WEIR_TRY(store::SetSetting(t, "webhook_allow_internal", values.webhook_allow_internal ? "true" : "false"));
  WEIR_TRY(store::SetSetting(t, "allowed_hosts", Join(values.allowed_hosts, "\n")));
  t.AfterCommit([this, stored = std::make_shared<const SettingValues>(std::move(values))] {
    std::lock_guard lock(mutex_);
    values_ = stored;
  });
  return {};
}

Json ToJson(const SettingValues& values) {
  Json json = Json::object();
  for (const NumberSetting& number : kNumbers) json[std::string(number.name)] = values.*number.member;
  json["feed_mirror"] = values.feed_mirror;
  json["allowed_hosts"] = values.allowed_hosts;
  json["webhook_allow_internal"] = values.webhook_allow_internal;
  json["public_url"] = values.public_url;
  return json;
}

}  // namespace weir::console
