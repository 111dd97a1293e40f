// Tells other systems of new findings by POST, each batch signed.
//
// A webhook's place in the outbox is in the store and moves when a delivery was
// taken, so a console that is killed sends at most the last one again, with the
// same X-Weir-Delivery. Failures are tried again with growing delay for a day.
// Only addresses that a webhook may reach are connected to, whatever its name
// leads to by then.
// Threading: safe from every thread; one thread of its own sends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "console/answer.h"
#include "model/severity.h"
#include "store/outbox.h"
#include "store/store.h"

namespace weir::console {

class Settings;

/// What the console keeps of a webhook besides the store's columns, as JSON in Webhook::filter.
struct WebhookFilter {
  std::string name;
  model::Severity min_severity = model::Severity::kUnknown;
  double min_score = 0;
  std::int64_t delivered = 0;
  std::int64_t last_status = 0;  // 0: no answer yet
  store::TimeMs failing_since = 0;
  bool given_up = false;  // after a day of failures: what waited was skipped
};
WebhookFilter ReadFilter(const std::string& json);
std::string WriteFilter(const WebhookFilter& filter);

/// Where a URL leads, if webhooks may go there.
struct WebhookTarget {
  std::string connect_to;  // "ADDRESS:PORT"
};
/// kInvalidArgument for a URL that cannot be one; kPermissionDenied for an address that is not allowed.
Result<WebhookTarget> ResolveWebhook(const std::string& url, bool allow_internal);
/// Without looking the name up.
Result<void> CheckWebhookUrl(const std::string& url);
/// Link-local, metadata services, multicast, unspecified: what a webhook has no business with.
bool IsInternalAddress(std::string_view address);

struct WebhookResult {
  bool ok = false;
  int status = 0;  // 0: no answer
  std::string error;
  double elapsed_ms = 0;
};
/// One POST; SIGNED_AT in Unix seconds.
WebhookResult PostWebhook(const store::Webhook& webhook, std::string_view event, std::string_view delivery,
                          const std::string& body, std::int64_t signed_at, bool allow_internal);
/// The value of X-Weir-Signature.
std::string WebhookSignature(std::string_view secret, std::int64_t signed_at, std::string_view body);

class WebhookSender {
 public:
  WebhookSender(store::Store& store, Settings& settings);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;
  void Stop();
  /// Findings that events after the webhook's place speak of.
  Result<std::int64_t> Pending(store::Reader& r, const store::Webhook& webhook);

 private:
  void Run();
  /// Whether there is more to send at once.
  bool Serve(store::Webhook webhook);
  Result<void> Record(const store::Webhook& webhook);

  store::Store& store_;
  Settings& settings_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace weir::console
