#include "store/outbox.h"

#include "store/day.h"

namespace weir::store {
namespace {

constexpr std::int64_t kKeptEvents = 100'000;
constexpr std::int64_t kMostEvents = 1'000'000;  // beyond it a webhook that never answers loses the oldest

constexpr std::string_view kWebhookColumns =
    "id, url, secret, filter, author, enabled, created_at, cursor, failures, next_try, last_success, "
    "last_error";

}  // namespace

Result<std::int64_t> AddEvent(Transaction& t, std::string_view type, std::string_view json) {
  WEIR_TRY(t.db().Run("INSERT INTO event (at, type, json) VALUES (?, ?, ?)", t.now(), type, json));
  return t.db().last_insert_id();
}

Result<std::vector<Event>> EventsAfter(Reader& r, std::int64_t after, std::size_t limit) {
  WEIR_ASSIGN(
      Statement rows,
      r.db().Query("SELECT id, type, json, at FROM event WHERE id > ? ORDER BY id LIMIT ?", after, limit));
  std::vector<Event> out;
  while (rows.Next()) out.push_back({rows.Int(0), rows.String(1), rows.String(2), rows.Int(3)});
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::int64_t> LastEventId(Reader& r) {
  return r.db().Value(0,
                      "SELECT coalesce((SELECT max(id) FROM event), (SELECT seq FROM sqlite_sequence WHERE "
                      "name = 'event'))");
}
Result<std::int64_t> FirstEventId(Reader& r) { return r.db().Value(0, "SELECT min(id) FROM event"); }

Result<void> PruneEvents(Transaction& t) {
  WEIR_ASSIGN(std::int64_t last, LastEventId(t));
  WEIR_ASSIGN(std::int64_t waiting, t.db().Value(last, "SELECT min(cursor) FROM webhook WHERE enabled = 1"));
  std::int64_t until = std::max(std::min(last - kKeptEvents, waiting), last - kMostEvents);
  return t.db().Run("DELETE FROM event WHERE id <= ?", until);
}

Result<std::int64_t> AddWebhook(Transaction& t, const Webhook& w) {
  WEIR_ASSIGN(std::int64_t last, LastEventId(t));
  WEIR_TRY(
      t.db().Run("INSERT INTO webhook (url, secret, filter, author, enabled, created_at, cursor, failures, "
                 "next_try, last_success, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '')",
                 w.url, w.secret, w.filter, w.author, w.enabled, t.now(), last));
  return t.db().last_insert_id();
}

Result<void> UpdateWebhook(Transaction& t, const Webhook& w) {
  WEIR_TRY(t.db().Run(
      "UPDATE webhook SET url = ?2, secret = ?3, filter = ?4, author = ?5, enabled = ?6, cursor = ?7, "
      "failures = ?8, next_try = ?9, last_success = ?10, last_error = ?11 WHERE id = ?1",
      w.id, w.url, w.secret, w.filter, w.author, w.enabled, w.cursor, w.failures, w.next_try, w.last_success,
      w.last_error));
  if (t.db().changes() == 0) return Err(Code::kNotFound, "there is no webhook " + std::to_string(w.id));
  return {};
}

Result<void> RemoveWebhook(Transaction& t, std::int64_t id) {
  WEIR_TRY(t.db().Run("DELETE FROM webhook WHERE id = ?", id));
  if (t.db().changes() == 0) return Err(Code::kNotFound, "there is no webhook " + std::to_string(id));
  return {};
}

Result<std::vector<Webhook>> ListWebhooks(Reader& r) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kWebhookColumns) + " FROM webhook ORDER BY id"));
  std::vector<Webhook> out;
  while (rows.Next()) {
    Webhook w;
    w.id = rows.Int(0);
    w.url = rows.Text(1);
    w.secret = rows.Text(2);
    w.filter = rows.Text(3);
    w.author = rows.Text(4);
    w.enabled = rows.Bool(5);
    w.created_at = rows.Int(6);
    w.cursor = rows.Int(7);
    w.failures = rows.Int(8);
    w.next_try = rows.Int(9);
    w.last_success = rows.Int(10);
    w.last_error = rows.Text(11);
    out.push_back(std::move(w));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::string> GetSetting(Reader& r, std::string_view name, std::string_view fallback) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT value FROM setting WHERE name = ?", name));
  std::string out = row.Next() ? row.String(0) : std::string(fallback);
  WEIR_TRY(row.Finish());
  return out;
}

Result<void> SetSetting(Transaction& t, std::string_view name, std::string_view value) {
  return t.db().Run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, value);
}

Result<std::vector<std::pair<std::string, std::string>>> AllSettings(Reader& r) {
  WEIR_ASSIGN(Statement rows, r.db().Query("SELECT name, value FROM setting ORDER BY name"));
  std::vector<std::pair<std::string, std::string>> out;
  while (rows.Next()) out.emplace_back(rows.String(0), rows.String(1));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<std::vector<TrendDay>> Trend(Reader& r, std::size_t days) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT * FROM (SELECT day, open0, open1, open2, open3, open4, open5, opened, "
                           "resolved, assets FROM trend ORDER BY day DESC LIMIT ?) ORDER BY day",
                           days));
  std::vector<TrendDay> out;
  while (rows.Next()) {
    TrendDay day;
    day.day = rows.Text(0);
    for (std::size_t i = 0; i < SeverityCounts::kCount; ++i)
      day.open.by[i] = rows.Int(1 + static_cast<int>(i));
    day.opened = rows.Int(7);
    day.resolved = rows.Int(8);
    day.assets = rows.Int(9);
    out.push_back(std::move(day));
  }
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> UpdateTrend(Transaction& t) {
  return t.db().Run(
      "INSERT INTO trend (day, open0, open1, open2, open3, open4, open5, assets) SELECT ?1, "
      "coalesce(sum(open0), 0), coalesce(sum(open1), 0), coalesce(sum(open2), 0), "
      "coalesce(sum(open3), 0), coalesce(sum(open4), 0), coalesce(sum(open5), 0), "
      "(SELECT count(*) FROM asset WHERE state <> 2) FROM asset_count WHERE 1 ON CONFLICT (day) DO UPDATE "
      "SET open0 = excluded.open0, open1 = excluded.open1, open2 = excluded.open2, "
      "open3 = excluded.open3, open4 = excluded.open4, open5 = excluded.open5, assets = excluded.assets",
      DayOf(t.now()));
}

}  // namespace weir::store
