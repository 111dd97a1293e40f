// Events for open pages and webhooks, stored with what they tell of: an event is
// there if and only if its cause is. Threading: as Reader and Transaction.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct Event {
  std::int64_t id = 0;  // rising; Last-Event-ID
  std::string type;     // "finding", "scan", "asset", "inventory", "job", "advisory", "mask" ...
  std::string json;
  TimeMs at = 0;
};
/// The newest 100,000 are kept, and those that a webhook still waits for.
Result<std::int64_t> AddEvent(Transaction& t, std::string_view type, std::string_view json);
/// Up to LIMIT after AFTER, oldest first.
Result<std::vector<Event>> EventsAfter(Reader& r, std::int64_t after, std::size_t limit);
Result<std::int64_t> LastEventId(Reader& r);
/// The oldest id that is kept; a reader that asks for an older one has missed something.
Result<std::int64_t> FirstEventId(Reader& r);
Result<void> PruneEvents(Transaction& t);

struct Webhook {
  std::int64_t id = 0;
  std::string url, secret, filter;  // FILTER: JSON of the console
  std::string author;
  bool enabled = true;
  TimeMs created_at = 0;
  std::int64_t cursor = 0;    // last event that was dealt with
  std::int64_t failures = 0;  // in a row
  TimeMs next_try = 0, last_success = 0;
  std::string last_error;
};
/// Starts with the next event.
Result<std::int64_t> AddWebhook(Transaction& t, const Webhook& webhook);
/// All but id, created_at.
Result<void> UpdateWebhook(Transaction& t, const Webhook& webhook);
Result<void> RemoveWebhook(Transaction& t, std::int64_t id);
Result<std::vector<Webhook>> ListWebhooks(Reader& r);

/// Settings of the console: short texts by name.
Result<std::string> GetSetting(Reader& r, std::string_view name, std::string_view fallback);
Result<void> SetSetting(Transaction& t, std::string_view name, std::string_view value);
Result<std::vector<std::pair<std::string, std::string>>> AllSettings(Reader& r);

struct TrendDay {
  std::string day;      // YYYY-MM-DD, UTC
  SeverityCounts open;  // at the day's end, or now
  std::int64_t opened = 0, resolved = 0, assets = 0;
};
/// Oldest first, days without a row left out.
Result<std::vector<TrendDay>> Trend(Reader& r, std::size_t days);
/// Writes today's open counts; about once a minute and when the day ends.
Result<void> UpdateTrend(Transaction& t);

}  // namespace weir::store
