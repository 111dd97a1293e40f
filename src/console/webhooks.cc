#include "console/webhooks.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/strings.h"
#include "console/content_view.h"
#include "console/json_views.h"
#include "console/settings.h"
#include "console/time_text.h"
#include "store/findings.h"
#include "store/vulnerabilities.h"

namespace weir::console {
namespace {

constexpr std::size_t kFindingsAtOnce = 500;
constexpr std::size_t kEventsAtOnce = 200;
constexpr store::TimeMs kGiveUpMs = 86'400'000;
constexpr auto kPoll = std::chrono::milliseconds(500);

/// The findings that EVENT says are new, as they stand now: still open, and over the filter.
Result<std::vector<store::FindingRow>> NewFindings(store::Reader& r, const store::Event& event,
                                                   const WebhookFilter& filter) {
  std::vector<store::FindingRow> out;
  nlohmann::json told = nlohmann::json::parse(event.json, nullptr, false);
  if (!told.is_object() || told.value("opened", std::int64_t{0}) <= 0) return out;
  std::string cause = told.value("cause", "");
  store::FindingQuery query;
  query.page.limit = kFindingsAtOnce;
  if (cause == "advisory") {
    WEIR_ASSIGN(auto id, store::FindVulnerability(r, told.value("vulnerability", "")));
    if (!id) return out;
    query.vulnerability = *id;
  } else if (auto asset = told.find("asset"); asset != told.end() && asset->is_number_unsigned()) {
    query.asset = asset->get<store::AssetId>();
  } else {
    // A whole new index: its event names the highest; the rest is for the page.
    auto top = told.find("top");
    if (top == told.end() || !top->is_array()) return out;
    for (const nlohmann::json& finding : *top) {
      std::string id = finding.value("id", "");
      std::string_view rest = id;
      std::optional<std::uint64_t> a = ParseUint(NextPiece(rest, '-')), m = ParseUint(rest);
      if (!a || !m) continue;
      auto detail = store::GetFinding(r, static_cast<store::AssetId>(*a), static_cast<store::MatchId>(*m));
      if (!detail) continue;
      if (detail->row.state == store::FindingState::kOpen && detail->row.score >= filter.min_score &&
          detail->row.severity >= filter.min_severity)
        out.push_back(std::move(detail->row));
    }
    return out;
  }
  while (true) {
    WEIR_ASSIGN(store::Page<store::FindingRow> page, store::ListFindings(r, query));
    for (store::FindingRow& row : page.items) {
      if (row.score < filter.min_score) return out;  // in order of score
      if (row.first_seen >= event.at && row.severity >= filter.min_severity) out.push_back(std::move(row));
    }
    if (page.next_cursor.empty() || out.size() >= 20'000) return out;
    query.page.cursor = page.next_cursor;
  }
}

/// The same of secrets and malware.
Result<std::vector<store::ContentRow>> NewContent(store::Reader& r, const store::Event& event,
                                                  const WebhookFilter& filter) {
  std::vector<store::ContentRow> out;
  nlohmann::json told = nlohmann::json::parse(event.json, nullptr, false);
  if (!told.is_object()) return out;
  auto ids = told.find("ids");
  if (ids == told.end() || !ids->is_array()) return out;
  for (const nlohmann::json& id : *ids) {
    if (!id.is_string()) continue;
    auto row = store::GetContent(
        r, static_cast<store::ContentId>(ParseUint(id.get_ref<const std::string&>()).value_or(0)));
    if (!row && row.error().code == Code::kNotFound) continue;
    WEIR_TRY(row);
    if (row->state == store::ContentState::kOpen && row->score >= filter.min_score &&
        row->severity >= filter.min_severity)
      out.push_back(std::move(*row));
  }
  return out;
}

/// What is to be delivered, in batches.
struct Gathered {
  struct Batch {
    std::string members;  // JSON: "findings":[...],"content_findings":[...]
    std::size_t size = 0;
  };
  std::vector<Batch> batches;
  std::int64_t through = 0;
  bool any = false, more = false;
};

class Gatherer {
 public:
  Gatherer(store::Reader& r, const WebhookFilter& filter) : r_(r), filter_(filter), names_(r) {}

  Result<void> Add(const store::Event& event) {
    if (event.type == "finding") {
      WEIR_ASSIGN(std::vector<store::FindingRow> rows, NewFindings(r_, event, filter_));
      for (const store::FindingRow& row : rows) {
        WEIR_ASSIGN(Json finding, FindingJson(r_, row, names_));
        Put(findings_, std::move(finding));
      }
    } else if (event.type == "content") {
      WEIR_ASSIGN(std::vector<store::ContentRow> rows, NewContent(r_, event, filter_));
      for (const store::ContentRow& row : rows) {
        WEIR_ASSIGN(Json finding, ContentFindingJson(r_, row, names_));
        Put(content_, std::move(finding));
      }
    }
    return {};
  }
  void Close() {
    if (findings_.empty() && content_.empty()) return;
    auto text = [](const Json& list) { return list.dump(-1, ' ', false, Json::error_handler_t::replace); };
    batches_.push_back({R"("findings":)" + text(findings_) + R"(,"content_findings":)" + text(content_),
                        findings_.size() + content_.size()});
    findings_ = content_ = Json::array();
  }
  std::vector<Gathered::Batch>& batches() { return batches_; }

 private:
  void Put(Json& list, Json finding) {
    list.push_back(std::move(finding));
    if (list.size() == kFindingsAtOnce) Close();
  }
  store::Reader& r_;
  const WebhookFilter& filter_;
  Names names_;
  Json findings_ = Json::array(), content_ = Json::array();
  std::vector<Gathered::Batch> batches_;
};

store::TimeMs Backoff(std::int64_t failures) {
  return std::min<store::TimeMs>(1000 * (std::int64_t{1} << std::min<std::int64_t>(failures, 12)), 3'600'000);
}

}  // namespace

WebhookFilter ReadFilter(const std::string& text) {
  WebhookFilter filter;
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return filter;
  filter.name = json.value("name", "");
  filter.min_severity = model::ParseSeverity(json.value("min_severity", "unknown"));
  filter.min_score = json.value("min_score", 0.0);
  filter.delivered = json.value("delivered", std::int64_t{0});
  filter.last_status = json.value("last_status", std::int64_t{0});
  filter.failing_since = json.value("failing_since", store::TimeMs{0});
  filter.given_up = json.value("given_up", false);
  return filter;
}

std::string WriteFilter(const WebhookFilter& filter) {
  return Json{{"name", filter.name},
              {"min_severity", model::SeverityName(filter.min_severity)},
              {"min_score", filter.min_score},
              {"delivered", filter.delivered},
              {"last_status", filter.last_status},
              {"failing_since", filter.failing_since},
              {"given_up", filter.given_up}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

WebhookSender::WebhookSender(store::Store& store, Settings& settings)
    : store_(store), settings_(settings), thread_([this] { Run(); }) {}

WebhookSender::~WebhookSender() { Stop(); }

void WebhookSender::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::int64_t> WebhookSender::Pending(store::Reader& r, const store::Webhook& webhook) {
  std::int64_t count = 0, after = webhook.cursor;
  for (int round = 0; round < 50; ++round) {
    WEIR_ASSIGN(std::vector<store::Event> events, store::EventsAfter(r, after, kEventsAtOnce));
    for (const store::Event& event : events) {
      after = event.id;
      if (event.type != "finding" && event.type != "content") continue;
      nlohmann::json told = nlohmann::json::parse(event.json, nullptr, false);
      if (told.is_object()) count += told.value(event.type == "finding" ? "opened" : "new", std::int64_t{0});
    }
    if (events.size() < kEventsAtOnce) break;
  }
  return count;
}

void WebhookSender::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    bool more = false;
    auto webhooks = store_.Read([](store::Reader& r) { return store::ListWebhooks(r); });
    if (webhooks)
      for (store::Webhook& webhook : *webhooks) {
        {
          std::lock_guard inner(mutex_);
          if (stopping_) return;
        }
        if (webhook.enabled && webhook.next_try <= store_.Now()) more |= Serve(std::move(webhook));
      }
    lock.lock();
    if (!more) wake_.wait_for(lock, kPoll, [this] { return stopping_; });
  }
}

Result<void> WebhookSender::Record(const store::Webhook& webhook) {
  auto written = store_.Write([&](store::Transaction& t) -> Result<void> {
    // It may have been removed meanwhile; then there is nothing to note.
    WEIR_ASSIGN(std::vector<store::Webhook> all, store::ListWebhooks(t));
    bool there =
        std::any_of(all.begin(), all.end(), [&](const store::Webhook& w) { return w.id == webhook.id; });
    return there ? store::UpdateWebhook(t, webhook) : Result<void>();
  });
  if (!written) Log(LogLevel::kError, "webhook.failed", {{"error", written.error().message}});
  return written;
}

bool WebhookSender::Serve(store::Webhook webhook) {
  WebhookFilter filter = ReadFilter(webhook.filter);
  auto gathered = store_.Read([&](store::Reader& r) -> Result<Gathered> {
    Gathered out;
    out.through = webhook.cursor;
    WEIR_ASSIGN(std::vector<store::Event> events, store::EventsAfter(r, webhook.cursor, kEventsAtOnce));
    out.more = events.size() == kEventsAtOnce;
    Gatherer gatherer(r, filter);
    for (const store::Event& event : events) {
      out.any = true;
      out.through = event.id;
      WEIR_TRY(gatherer.Add(event));
      if (gatherer.batches().size() >= 4) {
        out.more = true;
        break;
      }
    }
    gatherer.Close();
    out.batches = std::move(gatherer.batches());
    return out;
  });
  if (!gathered) {
    Log(LogLevel::kError, "webhook.failed", {{"error", gathered.error().message}});
    return false;
  }
  if (!gathered->any) return false;
  bool allow = settings_.Now()->webhook_allow_internal;
  for (std::size_t i = 0; i < gathered->batches.size(); ++i) {
    std::string delivery =
        std::to_string(webhook.id) + "-" + std::to_string(gathered->through) + "-" + std::to_string(i);
    std::string body = R"({"delivery":")" + delivery + R"(","event":"findings","sent_at":")" +
                       TimeText(store_.Now()) + R"(",)" + gathered->batches[i].members + "}";
    WebhookResult result = PostWebhook(webhook, "findings", delivery, body, store_.Now() / 1000, allow);
    filter.last_status = result.status;
    if (result.ok) {
      filter.delivered += static_cast<std::int64_t>(gathered->batches[i].size);
      continue;
    }
    ++webhook.failures;
    webhook.last_error = result.error;
    if (filter.failing_since == 0) filter.failing_since = store_.Now();
    if (store_.Now() - filter.failing_since > kGiveUpMs) {
      filter.given_up = true;
      webhook.cursor = gathered->through;
    }
    webhook.next_try = store_.Now() + Backoff(webhook.failures);
    webhook.filter = WriteFilter(filter);
    static_cast<void>(Record(webhook));
    return false;
  }
  bool sent = !gathered->batches.empty();
  webhook.cursor = gathered->through;
  if (sent) {
    webhook.failures = 0;
    webhook.last_error.clear();
    webhook.last_success = store_.Now();
    webhook.next_try = 0;
    filter.failing_since = 0;
    filter.given_up = false;
  }
  webhook.filter = WriteFilter(filter);
  return Record(webhook) && gathered->more;
}

}  // namespace weir::console
