#include "console/gate.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/strings.h"
#include "console/handlers.h"
#include "console/secrets.h"
#include "console/sensor_hub.h"
#include "console/settings.h"
#include "wire/messages.h"

namespace weir::console {
namespace {

// The page brings everything with it. Inline styles are needed by charts that set sizes.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src "
    "'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void AddSecurityHeaders(net::ServerResponse& response, bool is_api, bool is_named) {
  auto has = [&](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return EqualsIgnoreCase(header.first, name); });
  };
  response.headers.emplace_back("content-security-policy", kContentPolicy);
  // Not for localhost: it would turn every other server there to HTTPS, too.
  if (is_named) response.headers.emplace_back("strict-transport-security", "max-age=31536000");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  response.headers.emplace_back("x-frame-options", "DENY");
  response.headers.emplace_back("referrer-policy", "no-referrer");
  response.headers.emplace_back("cross-origin-opener-policy", "same-origin");
  response.headers.emplace_back("cross-origin-resource-policy", "same-origin");
  response.headers.emplace_back("permissions-policy", "camera=(), microphone=(), geolocation=()");
  if (is_api && !has("cache-control")) response.headers.emplace_back("cache-control", "no-store");
}

bool IsWrite(std::string_view method) { return method != "GET" && method != "HEAD"; }

/// The host of a Host field, without its port, lower case.
std::string HostName(std::string_view field) {
  if (field.starts_with('[')) return ToLower(field.substr(0, field.find(']') + 1));
  return ToLower(field.substr(0, field.rfind(':')));
}

bool IsAddress(std::string_view host) {
  if (host.starts_with('[')) return true;
  return !host.empty() &&
         std::all_of(host.begin(), host.end(), [](char c) { return IsDigit(c) || c == '.'; });
}

bool IsApi(std::string_view path) {
  return path.starts_with("/api/") || path.starts_with("/sensor/") || path == "/api" || path == "/sensor" ||
         path == "/healthz" || path == "/readyz" || path == "/metrics";
}

bool IsLoopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

/// The least role of a principal that may call.
Role RoleFor(Access access) {
  switch (access) {
    case Access::kAdmin:
      return Role::kAdmin;
    case Access::kUser:
      return Role::kUser;
    default:
      return Role::kReadOnly;
  }
}

tl::expected<void, Problem> Within(std::chrono::milliseconds wait) {
  if (wait.count() == 0) return {};
  Problem problem(429, "rate-limited", "too many requests");
  problem.retry_after_seconds = static_cast<int>((wait.count() + 999) / 1000);
  return tl::unexpected<Problem>(std::move(problem));
}

tl::expected<void, Problem> CheckCrossSite(const net::ServerRequest& request, const Principal& who) {
  if (std::string_view origin = request.Header("origin"); !origin.empty()) {
    std::string_view host = origin.starts_with("https://") ? origin.substr(8) : std::string_view();
    if (!EqualsIgnoreCase(host, request.Header("host")))
      return Refuse(403, "csrf", "the request comes from another site");
  }
  if (who.kind == Principal::Kind::kSession &&
      !EqualInConstantTime(request.Header("x-csrf-token"), who.csrf_token))
    return Refuse(403, "csrf", "the header X-CSRF-Token is missing or not that of this session");
  return {};
}

}  // namespace

Gate::Gate(Services& services) : services_(services) {}

std::size_t Gate::BodyLimit(const net::ServerRequest& head) {
  constexpr std::size_t kStranger = 64U << 10U;
  RouteMatch match = FindRoute(head.method, head.path);
  if (match.route == nullptr || !IsWrite(head.method)) return 4096;
  if (match.route->access == Access::kSensor) return head.peer ? match.route->body_limit : 4096;
  // Whether the login is a good one is looked at once the body is there; without any there is no large body.
  bool has_login = !head.Header("authorization").empty() || !CookieOf(head, "weir_session").empty();
  return has_login ? match.route->body_limit : std::min(match.route->body_limit, kStranger);
}

void Gate::Handle(net::ServerRequest request, net::Responder responder) {
  bool answered = false;
  Answer answer = Dispatch(request, responder, answered);
  if (answered) return;
  net::ServerResponse response = answer ? std::move(*answer) : ProblemAnswer(answer.error());
  std::string host = HostName(request.Header("host"));
  AddSecurityHeaders(response, IsApi(request.path), host != "localhost" && !IsAddress(host));
  responder.Send(std::move(response));
}

tl::expected<void, Problem> Gate::CheckHost(const net::ServerRequest& request) const {
  std::string host = HostName(request.Header("host"));
  if (host == "localhost" || IsAddress(host)) return {};
  const auto& own = services_.host_names;
  if (std::find(own.begin(), own.end(), host) != own.end()) return {};
  auto settings = services_.settings.Now();
  for (const std::string& allowed : settings->allowed_hosts)
    if (EqualsIgnoreCase(allowed, host)) return {};
  if (std::string_view url = settings->public_url; url.starts_with("https://")) {
    url.remove_prefix(8);
    if (HostName(url.substr(0, url.find('/'))) == host) return {};
  }
  return Refuse(
      421, "misdirected",
      "this console is not known under that name: open it by address or as localhost, or add the name to "
      "the setting allowed_hosts or to --hostname");
}

tl::expected<void, Problem> Gate::CheckSensor(const net::ServerRequest& request, const Route& route,
                                              Principal& who) {
  if (route.access == Access::kEnrol) {
    if (request.server_name != wire::kEnrolHost) return Refuse(404, "not-found", "there is nothing here");
    return {};
  }
  if (request.server_name != wire::kSensorHost || !request.peer)
    return Refuse(404, "not-found", "there is nothing here");
  who.kind = Principal::Kind::kSensor;
  who.user = request.peer->common_name;
  return services_.sensors.CheckCertificate(*request.peer);
}

tl::expected<void, Problem> Gate::CheckRate(const net::ServerRequest& request, const Principal& who) {
  if (!services_.options.rate_limits) return {};
  std::int64_t now = services_.store.Now();
  return Within(who.logged_in() ? callers_.Take(std::to_string(who.user_id) + "\n" + who.token_name, now)
                                : strangers_.Take(request.remote_address, now));
}

tl::expected<void, Problem> Gate::CheckEnrolRate(const net::ServerRequest& request) {
  if (!services_.options.rate_limits) return {};
  return Within(enrolling_.Take(request.remote_address, services_.store.Now()));
}

Answer Gate::Dispatch(const net::ServerRequest& request, net::Responder& responder, bool& answered) {
  RouteMatch match = FindRoute(request.method, request.path);
  bool sensor_name = request.server_name == wire::kSensorHost || request.server_name == wire::kEnrolHost;
  const Route* route = match.route;
  Call call{request, {}, std::move(match.params), {}, {}};
  if (route != nullptr && (route->access == Access::kSensor || route->access == Access::kEnrol)) {
    if (auto good = CheckSensor(request, *route, call.who); !good)
      return tl::unexpected<Problem>(good.error());
    if (route->access == Access::kEnrol)
      if (auto rate = CheckEnrolRate(request); !rate) return tl::unexpected<Problem>(rate.error());
  } else {
    if (sensor_name) return Refuse(404, "not-found", "there is nothing here");
    if (auto host = CheckHost(request); !host) return tl::unexpected<Problem>(host.error());
    if (route == nullptr && !IsApi(request.path)) {
      if (request.method != "GET" && request.method != "HEAD")
        return Refuse(405, "method-not-allowed", "only GET works here");
      return ServePage(services_, request);
    }
    if (route == nullptr) {
      if (match.allowed.empty()) return Refuse(404, "not-found", "there is nothing here");
      net::ServerResponse response =
          ProblemAnswer(Problem(405, "method-not-allowed", "works here: " + match.allowed));
      response.headers.emplace_back("allow", match.allowed);
      return response;
    }
    auto settings = services_.settings.Now();
    SessionTimes times{settings->session_idle_minutes * 60'000, settings->session_max_hours * 3'600'000};
    if (route->access != Access::kNone) {
      auto who = services_.accounts.Authenticate(request, times);
      if (!who) {
        if (auto rate = CheckRate(request, {}); !rate) return tl::unexpected<Problem>(rate.error());
        return tl::unexpected<Problem>(who.error());
      }
      call.who = std::move(*who);
    }
    if (route->operation != "healthz")
      if (auto rate = CheckRate(request, call.who); !rate) return tl::unexpected<Problem>(rate.error());
    bool free = route->access == Access::kNone || (route->operation == "metrics" && !call.who.logged_in() &&
                                                   IsLoopback(request.remote_address));
    if (!free) {
      if (!call.who.logged_in()) return Refuse(401, "unauthenticated", "log in first");
      if (IsWrite(request.method))
        if (auto good = CheckCrossSite(request, call.who); !good)
          return tl::unexpected<Problem>(good.error());
      if (call.who.role < RoleFor(route->access)) {
        if (IsWrite(request.method)) Audit(*route, call, 403);
        return Refuse(403, "permission-denied",
                      "this needs the role " + std::string(AccessName(route->access)));
      }
      if (call.who.must_change_password && !request.path.starts_with("/api/v1/session"))
        return Refuse(403, "password-change-required", "change the one-time password first");
    } else if (IsWrite(request.method)) {
      if (auto good = CheckCrossSite(request, {}); !good) return tl::unexpected<Problem>(good.error());
    }
  }
  if (route->open != nullptr) {
    answered = true;
    route->open(services_, call, responder);
    return NoContent();
  }
  Answer answer = route->handler(services_, call);
  // Logins that were held up are not logged, so that nobody can fill the disk with them.
  bool held_up = !answer && answer.error().status == 429;
  if (IsWrite(request.method) && route->audited && !held_up)
    Audit(*route, call, answer ? answer->status : answer.error().status);
  return answer;
}

void Gate::Audit(const Route& route, const Call& call, int status) {
  std::string target = call.target.empty() ? Join(call.params, "/") : call.target;
  std::string_view outcome = status < 400                                      ? "ok"
                             : status == 401 || status == 403 || status == 429 ? "denied"
                                                                               : "failed";
  auto written = services_.store.Write([&](store::Transaction& t) {
    return WriteAudit(t, call.who, call.request.remote_address, route.operation, target, outcome,
                      call.detail);
  });
  if (!written) Log(LogLevel::kError, "audit.failed", {{"error", written.error().message}});
}

std::string OriginOf(Services& services, const net::ServerRequest& request) {
  if (std::string url = services.settings.Now()->public_url; !url.empty()) return url;
  return "https://" + std::string(request.Header("host"));
}

}  // namespace weir::console
