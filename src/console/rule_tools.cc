#include "console/rule_tools.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/strings.h"
#include "console/webhooks.h"
#include "net/http_client.h"

namespace weir::console {

Result<CheckedRules> CheckRuleText(const RuleTools&, model::ContentKind kind, const std::string& name,
                                   const std::string& text) {
  CheckedRules checked;
  std::string_view rest = text, begin = kind == model::ContentKind::kSecret ? "[[rules]]" : "rule ";
  while (!rest.empty())
    if (Trim(NextLine(rest)).starts_with(begin)) ++checked.rules;
  if (checked.rules == 0) return Err(Code::kInvalidArgument, name + " has no rule that can be used");
  return checked;
}

std::vector<KnownRule> AllRules(const RuleTools&, const std::vector<store::RuleFile>&) { return {}; }

Result<std::string> FetchRuleText(const std::string& url, const std::string& sha256, bool allow_internal) {
  if (!url.starts_with("https://")) return Err(Code::kInvalidArgument, "the URL must begin with https://");
  WEIR_ASSIGN(WebhookTarget target, ResolveWebhook(url, allow_internal));
  net::HttpOptions options;
  options.connect_to = target.connect_to;  // the address that was looked at, not what the name says next
  options.follow_redirects = false;
  options.user_agent = "weir";
  net::HttpClient client(options);
  net::HttpRequest request;
  request.url = url;
  request.max_body_bytes = kMaxRuleText;
  request.connect_timeout_seconds = 5;
  request.total_timeout_seconds = 30;
  WEIR_ASSIGN(net::HttpResponse response, client.Fetch(request));
  if (response.status != 200)
    return Err(Code::kUnavailable, "the URL answered " + std::to_string(response.status));
  std::string digest = DigestHex(DigestKind::kSha256, AsBytes(response.body));
  if (digest != ToLower(sha256))
    return Err(Code::kMalformed, "what the URL has is not what was expected: its SHA-256 is " + digest);
  return std::move(response.body);
}

}  // namespace weir::console
