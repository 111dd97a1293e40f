#include <algorithm>

#include "store/packages.h"

namespace weir::store {
namespace {

using model::Usage;

constexpr unsigned kListens = 3;  // first bit of three
constexpr std::pair<unsigned, bool Usage::*> kFlags[] = {
    {2, &Usage::listening},       {6, &Usage::reached_from_outside}, {7, &Usage::reached_from_private},
    {8, &Usage::runs_as_root},    {9, &Usage::privileged},           {10, &Usage::reached_indirectly},
    {11, &Usage::reached_locally}};

}  // namespace

UsageKey KeyOf(const Usage& usage) {
  UsageKey key = static_cast<UsageKey>(usage.level) & 3U;
  if (usage.level != Usage::Level::kLoaded) return key;  // the rest counts only for what runs
  for (const auto& [bit, member] : kFlags)
    if (usage.*member) key |= 1U << bit;
  if (usage.listening) key |= static_cast<UsageKey>(usage.listens) << kListens;
  return key;
}

Usage UsageOf(UsageKey key) {
  Usage out;
  out.level = LevelOf(key);
  for (const auto& [bit, member] : kFlags) out.*member = ((key >> bit) & 1U) != 0;
  out.listens = static_cast<model::AddressScope>(
      std::min<UsageKey>((key >> kListens) & 7U, static_cast<UsageKey>(model::AddressScope::kAny)));
  return out;
}

Result<void> SetAssetUsage(Transaction& t, AssetId asset, UsageKey others, std::string_view others_text,
                           std::span<const PackageUsage> usage) {
  WEIR_TRY(
      t.db().Run("INSERT INTO asset_usage_state (asset, others, others_text) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT (asset) DO UPDATE SET others = excluded.others, "
                 "others_text = excluded.others_text",
                 asset, others, others_text));
  WEIR_ASSIGN(std::vector<PackageId> packages, PackageIdsOf(t, asset));
  WEIR_ASSIGN(std::vector<PackageUsage> before, AssetUsage(t, asset, packages));
  auto less = [](const PackageUsage& a, const PackageUsage& b) { return a.package < b.package; };
  std::vector<PackageUsage> now(usage.begin(), usage.end());
  std::ranges::sort(now, less);
  for (const PackageUsage& old : before)
    if (!std::binary_search(now.begin(), now.end(), old, less))
      WEIR_TRY(t.db().Run("DELETE FROM asset_usage WHERE package = ? AND asset = ?", old.package, asset));
  for (const PackageUsage& row : now) {
    auto old = std::lower_bound(before.begin(), before.end(), row, less);
    bool same =
        old != before.end() && old->package == row.package && old->key == row.key && old->text == row.text;
    if (!same)
      WEIR_TRY(
          t.db().Run("INSERT OR REPLACE INTO asset_usage (package, asset, key, text) VALUES (?, ?, ?, ?)",
                     row.package, asset, row.key, row.text));
  }
  return {};
}

Result<PackageUsage> GetUsage(Reader& r, AssetId asset, PackageId package) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT key, text FROM asset_usage WHERE package = ?1 AND asset = ?2 "
                           "UNION ALL SELECT others, others_text FROM asset_usage_state "
                           "WHERE asset = ?2 LIMIT 1",
                           package, asset));
  PackageUsage out{package, 0, ""};
  if (row.Next()) out = {package, row.U32(0), row.String(1)};
  WEIR_TRY(row.Finish());
  return out;
}

Result<std::vector<std::pair<AssetId, UsageKey>>> UsageOfPackage(Reader& r, PackageId package) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT asset, key FROM asset_usage WHERE package = ?", package));
  std::vector<std::pair<AssetId, UsageKey>> out;
  while (rows.Next()) out.emplace_back(rows.U32(0), rows.U32(1));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<UsageKey> DefaultUsage(Reader& r, AssetId asset) {
  WEIR_ASSIGN(std::int64_t key,
              r.db().Value(0, "SELECT others FROM asset_usage_state WHERE asset = ?", asset));
  return static_cast<UsageKey>(key);
}

Result<std::vector<UsageKey>> DefaultUsages(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT asset, others FROM asset_usage_state WHERE others <> 0"));
  std::vector<UsageKey> out;
  while (rows.Next()) {
    if (rows.U32(0) >= out.size()) out.resize(rows.U32(0) + 1);
    out[rows.U32(0)] = rows.U32(1);
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<PackageUsage>> AssetUsage(Reader& r, AssetId asset, std::span<const PackageId> packages) {
  WEIR_ASSIGN(Statement row,
              r.db().Prepare("SELECT key, text FROM asset_usage WHERE package = ? AND asset = ?"));
  std::vector<PackageUsage> out;
  for (PackageId package : packages) {
    row.Restart(package, asset);
    if (row.Next()) out.push_back({package, row.U32(0), row.String(1)});
    WEIR_TRY(row.Finish());
  }
  std::ranges::sort(out, {}, &PackageUsage::package);
  return out;
}

Result<void> SetUsageState(Transaction& t, AssetId asset, std::string_view bytes) {
  return t.db().Run("UPDATE asset_usage_state SET state = ? WHERE asset = ?", AsBytes(bytes), asset);
}

Result<std::string> GetUsageState(Reader& r, AssetId asset) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT state FROM asset_usage_state WHERE asset = ?", asset));
  std::string out;
  if (row.Next()) out = AsText(row.Blob(0));
  WEIR_TRY(row.Finish());
  return out;
}

}  // namespace weir::store
