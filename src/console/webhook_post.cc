// Where webhooks may go, and one delivery.
#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>

#include "base/strings.h"
#include "console/secrets.h"
#include "console/webhooks.h"
#include "model/runtime.h"
#include "net/http_client.h"

namespace weir::console {
namespace {

struct Url {
  std::string host;  // without brackets
  std::string port;
};

Result<Url> ParseUrl(std::string_view url) {
  bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://"))
    return Err(Code::kInvalidArgument, "the URL must begin with https:// or http://");
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f || c == '\\'; }))
    return Err(Code::kInvalidArgument, "the URL has characters that do not belong into one");
  std::string_view rest = url.substr(is_https ? 8 : 7);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return Err(Code::kInvalidArgument, "the URL must not have a user or password in it");
  Url out;
  out.port = is_https ? "443" : "80";
  std::string_view port;
  if (authority.starts_with('[')) {
    std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return Err(Code::kInvalidArgument, "the URL's host is not whole");
    out.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return Err(Code::kInvalidArgument, "the URL's port is off");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    std::size_t colon = authority.find(':');
    out.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (!port.empty()) {
    std::optional<std::uint64_t> number = ParseUint(port);
    if (!number || *number == 0 || *number > 65535)
      return Err(Code::kInvalidArgument, "the URL's port is off");
    out.port = std::to_string(*number);
  }
  if (out.host.empty() || out.host.size() > 253) return Err(Code::kInvalidArgument, "the URL has no host");
  return out;
}

std::string TextOf(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace

bool IsInternalAddress(std::string_view address) {
  in6_addr v6{};
  in_addr v4{};
  std::string text(address);
  bool is_v4 = ::inet_pton(AF_INET, text.c_str(), &v4) == 1;
  if (!is_v4) {
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return true;
    // An IPv4 address in an IPv6 coat (::ffff:a.b.c.d, 64:ff9b::a.b.c.d) is the IPv4 address.
    static constexpr unsigned char kNat64[12] = {0, 0x64, 0xff, 0x9b};
    if (IN6_IS_ADDR_V4MAPPED(&v6) || std::memcmp(v6.s6_addr, kNat64, sizeof kNat64) == 0) {
      std::memcpy(&v4, v6.s6_addr + 12, 4);
      is_v4 = true;
    }
  }
  if (is_v4) {
    std::uint32_t host = ntohl(v4.s_addr);
    return host == 0 || (host >> 16U) == 0xa9fe || (host >> 28U) >= 0xe ||
           host == 0x646464c8;  // 100.100.100.200
  }
  static constexpr unsigned char kEc2[16] = {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0,    0,
                                             0,    0,    0,    0,    0, 0, 0x02, 0x54};
  return IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) || IN6_IS_ADDR_MULTICAST(&v6) ||
         std::memcmp(v6.s6_addr, kEc2, sizeof kEc2) == 0;
}

Result<void> CheckWebhookUrl(const std::string& url) {
  WEIR_TRY(ParseUrl(url));
  return {};
}

Result<WebhookTarget> ResolveWebhook(const std::string& url, bool allow_internal) {
  WEIR_ASSIGN(Url parsed, ParseUrl(url));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int status = ::getaddrinfo(parsed.host.c_str(), parsed.port.c_str(), &hints, &found);
  if (status != 0) return Err(Code::kUnavailable, parsed.host + ": " + ::gai_strerror(status));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  std::string chosen;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    std::string address = TextOf(at->ai_addr);
    if (!allow_internal && IsInternalAddress(address))
      return Err(Code::kPermissionDenied, parsed.host + " leads to " + address +
                                              ", where webhooks may not go (setting webhook_allow_internal)");
    if (chosen.empty()) chosen = at->ai_family == AF_INET6 ? "[" + address + "]" : address;
  }
  if (chosen.empty()) return Err(Code::kUnavailable, parsed.host + " has no address");
  return WebhookTarget{chosen + ":" + parsed.port};
}

std::string WebhookSignature(std::string_view secret, std::int64_t signed_at, std::string_view body) {
  std::string at = std::to_string(signed_at);
  return "t=" + at + ",v1=" + HmacSha256(secret, at + "." + std::string(body));
}

WebhookResult PostWebhook(const store::Webhook& webhook, std::string_view event, std::string_view delivery,
                          const std::string& body, std::int64_t signed_at, bool allow_internal) {
  WebhookResult result;
  auto begin = std::chrono::steady_clock::now();
  auto target = ResolveWebhook(webhook.url, allow_internal);
  if (!target) {
    result.error = target.error().message;
    return result;
  }
  net::HttpOptions options;
  options.connect_to = target->connect_to;  // the address that was looked at, not what the name says next
  options.follow_redirects = false;
  options.user_agent = "weir-webhook";
  net::HttpClient client(options);
  net::HttpRequest request;
  request.method = "POST";
  request.url = webhook.url;
  request.headers = {{"Content-Type", "application/json"},
                     {"X-Weir-Event", std::string(event)},
                     {"X-Weir-Delivery", std::string(delivery)},
                     {"X-Weir-Signature", WebhookSignature(webhook.secret, signed_at, body)}};
  request.body = body;
  request.max_body_bytes = 64U << 10U;
  request.connect_timeout_seconds = 5;
  request.total_timeout_seconds = 15;
  auto response = client.Fetch(request);
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
  result.elapsed_ms = elapsed.count();
  if (!response) {
    result.error = ToValidUtf8(response.error().message.substr(0, 300));
    return result;
  }
  result.status = static_cast<int>(response->status);
  result.ok = response->status >= 200 && response->status < 300;
  if (!result.ok) result.error = "answered " + std::to_string(response->status);
  return result;
}

}  // namespace weir::console
