// Logging in and out.
#include <nlohmann/json.hpp>

#include "console/console.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "console/settings.h"
#include "console/time_text.h"

namespace weir::console {
namespace {

SessionTimes TimesOf(Services& services) {
  auto settings = services.settings.Now();
  return {settings->session_idle_minutes * 60'000, settings->session_max_hours * 3'600'000};
}

Json SessionJson(Services& services, const Principal& who) {
  return {{"user", who.user},
          {"user_id", std::to_string(who.user_id)},
          {"role", RoleName(who.role)},
          {"csrf_token", who.csrf_token},
          {"must_change_password", who.must_change_password},
          {"expires_at", TimeText(who.expires_at)},
          {"version", services.options.version}};
}

net::ServerResponse SessionAnswer(Services& services, const NewSession& session) {
  net::ServerResponse response = JsonAnswer(SessionJson(services, session.who));
  response.headers.emplace_back("set-cookie",
                                SessionCookie(session.secret, TimesOf(services).longest_ms / 1000));
  return response;
}

}  // namespace

Answer Login(Services& services, Call& call) {
  BodyFields body(call.request);
  std::string user = body.Text("user", 1, 100), password = body.Text("password", 1, 1000);
  call.target = user;
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  auto session = services.accounts.Login(user, password, call.request, TimesOf(services));
  if (!session) return tl::unexpected<Problem>(session.error());
  call.who = session->who;
  return SessionAnswer(services, *session);
}

Answer GetSession(Services& services, Call& call) { return JsonAnswer(SessionJson(services, call.who)); }

Answer Logout(Services& services, Call& call) {
  if (call.who.kind != Principal::Kind::kSession)
    return Refuse(403, "permission-denied", "a token has no session to end");
  WEIR_TRY(services.accounts.Logout(call.who));
  services.events.CloseStreamsOf(call.who.session_hash);
  net::ServerResponse response = NoContent();
  response.headers.emplace_back("set-cookie", SessionCookie({}, 0));
  return response;
}

Answer ChangePassword(Services& services, Call& call) {
  BodyFields body(call.request);
  std::string old_password = body.Text("old", 1, 1000), new_password = body.Text("new", 1, 1000);
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  call.target = call.who.user;
  auto session =
      services.accounts.ChangePassword(call.who, old_password, new_password, call.request, TimesOf(services));
  if (!session) return tl::unexpected<Problem>(session.error());
  services.events.CloseStreamsOf(call.who.session_hash);
  return SessionAnswer(services, *session);
}

}  // namespace weir::console
