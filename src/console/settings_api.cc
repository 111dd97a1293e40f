// Settings and webhooks.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/query_words.h"
#include "console/request_fields.h"
#include "console/rule_service.h"
#include "console/secrets.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/settings.h"
#include "console/time_text.h"
#include "console/webhooks.h"

namespace weir::console {

wire::Command SettingsCommand(const SettingValues& settings, std::string rules_digest);

namespace {

bool IsHostName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '.' || c == '-' || c == '_';
  });
}

Result<Json> WebhookJson(Services& services, store::Reader& r, const store::Webhook& webhook) {
  WebhookFilter filter = ReadFilter(webhook.filter);
  WEIR_ASSIGN(std::int64_t pending, services.webhooks.Pending(r, webhook));
  return Json{{"id", std::to_string(webhook.id)},
              {"name", filter.name},
              {"url", webhook.url},
              {"min_severity", model::SeverityName(filter.min_severity)},
              {"min_score", filter.min_score},
              {"created_at", TimeText(webhook.created_at)},
              {"created_by", webhook.author},
              {"pending", pending},
              {"delivered", filter.delivered},
              {"state", filter.given_up        ? "failing"
                        : webhook.failures > 0 ? "retrying"
                                               : "ok"},
              {"last_status", filter.last_status == 0 ? Json(nullptr) : Json(filter.last_status)},
              {"last_error", webhook.last_error},
              {"last_delivery_at", TimeOrNull(webhook.last_success)}};
}

}  // namespace

Answer GetSettings(Services& services, Call&) { return JsonAnswer(ToJson(*services.settings.Now())); }

Answer PutSettings(Services& services, Call& call) {
  BodyFields body(call.request);
  SettingValues values = *services.settings.Now();
  for (const NumberSetting& number : NumberSettings())
    if (auto value = body.OptionalNumber(number.name, number.min, number.max)) values.*number.member = *value;
  if (auto mirror = body.OptionalText("feed_mirror", 0, 500)) values.feed_mirror = *mirror;
  if (auto url = body.OptionalText("public_url", 0, 300)) {
    if (!url->empty() && !(url->starts_with("https://") && CheckWebhookUrl(*url)))
      body.Complain("public_url", "must begin with https://");
    while (url->ends_with('/')) url->pop_back();
    values.public_url = *url;
  }
  if (auto allow = body.OptionalBool("webhook_allow_internal")) values.webhook_allow_internal = *allow;
  if (auto hosts = body.OptionalTexts("allowed_hosts", 50, 253)) {
    for (std::string& host : *hosts) {
      host = ToLower(host);
      if (!IsHostName(host)) body.Complain("allowed_hosts", "holds something that is not a host name");
    }
    values.allowed_hosts = *hosts;
  }
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  call.target = call.request.body.substr(0, 500);
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_TRY(services.settings.Save(t, values));
    return services.events.Emit(t, "settings", Json::object());
  });
  WEIR_TRY(done);
  services.sensors.SendToAll(SettingsCommand(values, services.rules.Digest()));
  return JsonAnswer(ToJson(values));
}

Answer ListWebhooks(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(std::vector<store::Webhook> webhooks, store::ListWebhooks(r));
    Json items = Json::array();
    for (const store::Webhook& webhook : webhooks) {
      WEIR_ASSIGN(Json item, WebhookJson(services, r, webhook));
      items.push_back(std::move(item));
    }
    return JsonAnswer(SlicedPage(std::move(items), page));
  });
}

Answer CreateWebhook(Services& services, Call& call) {
  BodyFields body(call.request);
  store::Webhook webhook;
  WebhookFilter filter;
  webhook.url = body.Text("url", 1, 2000);
  filter.name = body.OptionalText("name", 0, 100).value_or("");
  filter.min_severity =
      model::ParseSeverity(body.OptionalWord("min_severity", kSeverityWords).value_or("unknown"));
  filter.min_score = body.OptionalReal("min_score", 0, 100).value_or(0);
  webhook.secret = body.OptionalText("secret", 16, 200).value_or(RandomSecret());
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  if (auto good = CheckWebhookUrl(webhook.url); !good) return BadField("url", good.error().message);
  // A name that cannot be looked up now may be one later; an address that is not allowed is told at once.
  auto target = ResolveWebhook(webhook.url, services.settings.Now()->webhook_allow_internal);
  if (!target && target.error().code == Code::kPermissionDenied)
    return BadField("url", target.error().message);
  webhook.author = call.who.user;
  webhook.filter = WriteFilter(filter);
  WEIR_ASSIGN(Json json, services.store.Write([&](store::Transaction& t) -> Result<Json> {
    webhook.created_at = t.now();
    WEIR_ASSIGN(webhook.cursor, store::LastEventId(t));
    WEIR_ASSIGN(webhook.id, store::AddWebhook(t, webhook));
    return WebhookJson(services, t, webhook);
  }));
  call.target = std::to_string(webhook.id);
  call.detail = webhook.url.substr(0, webhook.url.find('?'));
  json["secret"] = webhook.secret;
  return JsonAnswer(json, 201);
}

Answer DeleteWebhook(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("webhook", call.id());
  WEIR_TRY(services.store.Write([&](store::Transaction& t) { return store::RemoveWebhook(t, *id); }));
  return NoContent();
}

Answer TestWebhook(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  WEIR_ASSIGN(std::vector<store::Webhook> webhooks,
              services.store.Read([](store::Reader& r) { return store::ListWebhooks(r); }));
  auto found = std::find_if(webhooks.begin(), webhooks.end(),
                            [&](const store::Webhook& webhook) { return id && webhook.id == *id; });
  if (found == webhooks.end()) return NoSuch("webhook", call.id());
  std::string delivery = "test-" + RandomHex(8);
  Json body = {{"delivery", delivery},
               {"event", "test"},
               {"sent_at", TimeText(services.store.Now())},
               {"findings", Json::array()},
               {"content_findings", Json::array()}};
  WebhookResult result = PostWebhook(*found, "test", delivery, body.dump(), services.store.Now() / 1000,
                                     services.settings.Now()->webhook_allow_internal);
  return JsonAnswer({{"ok", result.ok},
                     {"status", result.status == 0 ? Json(nullptr) : Json(result.status)},
                     {"error", result.error},
                     {"elapsed_ms", result.elapsed_ms}});
}

}  // namespace weir::console
