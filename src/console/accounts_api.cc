// Users, tokens, sensors and the audit log.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/enrolment.h"
#include "console/event_hub.h"
#include "console/gate.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/request_fields.h"
#include "console/secrets.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/time_text.h"
#include "store/sensors.h"

namespace weir::console {
namespace {

constexpr std::array<std::string_view, 3> kRoles = {"read-only", "user", "admin"};
constexpr store::TimeMs kHour = 3'600'000;

Json UserJson(const store::User& user) {
  return {{"id", std::to_string(user.id)},
          {"name", user.name},
          {"role", user.role},
          {"disabled", user.disabled},
          {"must_change_password", user.must_change_password},
          {"created_at", TimeText(user.created_at)},
          {"last_login_at", TimeOrNull(user.last_login)}};
}

bool IsGoodName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || std::string_view("._@+-").find(c) != std::string_view::npos;
  });
}

/// Whether somebody else than ID could still administer.
Result<bool> AnotherAdmin(store::Reader& r, std::int64_t id) {
  WEIR_ASSIGN(std::vector<store::User> users, store::ListUsers(r));
  return std::any_of(users.begin(), users.end(), [&](const store::User& user) {
    return user.id != id && user.role == "admin" && !user.disabled;
  });
}

Json TokenJson(const store::Token& token) {
  return {{"id", std::to_string(token.id)},
          {"name", token.name},
          {"role", token.role},
          {"hint", token.public_id},
          {"created_at", TimeText(token.created_at)},
          {"expires_at", TimeText(token.expires_at)},
          {"last_used_at", TimeOrNull(token.last_used)}};
}

Json EnrolmentJson(const store::Token& token, const std::string& author) {
  std::int64_t left = std::max<std::int64_t>(token.uses_left, 0);
  return {{"id", std::to_string(token.id)},
          {"name", token.name},
          {"max_uses", left + token.uses},
          {"uses", token.uses},
          {"created_at", TimeText(token.created_at)},
          {"created_by", author},
          {"expires_at", TimeText(token.expires_at)}};
}

}  // namespace

Answer ListUsers(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(std::vector<store::User> users,
              services.store.Read([](store::Reader& r) { return store::ListUsers(r); }));
  Json items = Json::array();
  for (const store::User& user : users) items.push_back(UserJson(user));
  return JsonAnswer(SlicedPage(std::move(items), page));
}

Answer CreateUser(Services& services, Call& call) {
  BodyFields body(call.request);
  store::User user;
  user.name = body.Text("name", 1, 100);
  user.role = body.OptionalWord("role", kRoles).value_or("");
  std::optional<std::string> password = body.OptionalText("password", 1, 1000);
  if (!body.Has("role")) body.Complain("role", "is missing");
  if (!IsGoodName(user.name)) body.Complain("name", "may have letters, digits and . _ @ + - only");
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  call.target = user.name;
  call.detail = user.role;
  if (password)
    if (std::string fault = PasswordFault(*password, user.name); !fault.empty())
      return BadField("password", fault);
  std::string one_time = password ? std::string() : OneTimePassword();
  user.must_change_password = true;
  WEIR_ASSIGN(user.password_hash, HashPassword(password ? *password : one_time));
  auto added = services.store.Write([&](store::Transaction& t) -> Result<store::User> {
    WEIR_ASSIGN(auto known, store::FindUser(t, user.name));
    if (known) return Err(Code::kInvalidArgument, "taken");
    user.created_at = t.now();
    WEIR_ASSIGN(user.id, store::AddUser(t, user));
    return user;
  });
  if (!added && added.error().code == Code::kInvalidArgument)
    return Refuse(409, "conflict", "there is a user of this name", "name");
  WEIR_TRY(added);
  Json json = UserJson(*added);
  if (!password) json["one_time_password"] = one_time;
  return JsonAnswer(json, 201);
}

Answer UpdateUser(Services& services, Call& call) {
  BodyFields body(call.request);
  std::optional<std::string> role = body.OptionalWord("role", kRoles);
  std::optional<bool> disabled = body.OptionalBool("disabled"), reset = body.OptionalBool("reset_password");
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("user", call.id());
  call.detail = std::string(role ? "role " + *role + " " : "") +
                (disabled ? *disabled ? "disabled " : "enabled " : "") +
                (reset && *reset ? "password reset" : "");
  std::string one_time = reset && *reset ? OneTimePassword() : std::string(), hash;
  if (!one_time.empty()) {
    WEIR_ASSIGN(hash, HashPassword(one_time));
  }
  bool last_admin = false;
  WEIR_ASSIGN(store::User changed, services.store.Write([&](store::Transaction& t) -> Result<store::User> {
    WEIR_ASSIGN(store::User user, store::GetUser(t, *id));
    bool was_admin = user.role == "admin" && !user.disabled;
    if (role) user.role = *role;
    if (disabled) user.disabled = *disabled;
    if (was_admin && (user.role != "admin" || user.disabled)) {
      WEIR_ASSIGN(bool another, AnotherAdmin(t, user.id));
      last_admin = !another;
      if (last_admin) return user;
    }
    if (!hash.empty()) {
      user.password_hash = hash;
      user.must_change_password = true;
    }
    WEIR_TRY(store::UpdateUser(t, user));
    if (!hash.empty() || user.disabled) WEIR_TRY(store::RemoveSessionsOf(t, user.id, {}));
    return user;
  }));
  if (last_admin) return Refuse(409, "conflict", "this is the last admin");
  call.target = changed.name;
  services.events.Wake();
  Json json = UserJson(changed);
  if (!one_time.empty()) json["one_time_password"] = one_time;
  return JsonAnswer(json);
}

Answer DeleteUser(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("user", call.id());
  bool last_admin = false;
  WEIR_TRY(services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::User user, store::GetUser(t, *id));
    call.target = user.name;
    WEIR_ASSIGN(bool another, AnotherAdmin(t, user.id));
    last_admin = user.role == "admin" && !user.disabled && !another;
    return last_admin ? Result<void>() : store::RemoveUser(t, user.id);
  }));
  if (last_admin) return Refuse(409, "conflict", "this is the last admin");
  return NoContent();
}

Answer ListTokens(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(std::vector<store::Token> tokens, services.store.Read([&](store::Reader& r) {
    return store::ListTokens(r, store::TokenKind::kApi, call.who.user_id);
  }));
  Json items = Json::array();
  for (const store::Token& token : tokens)
    if (token.expires_at > services.store.Now()) items.push_back(TokenJson(token));
  return JsonAnswer(SlicedPage(std::move(items), page));
}

Answer CreateToken(Services& services, Call& call) {
  if (call.who.kind != Principal::Kind::kSession)
    return Refuse(403, "permission-denied", "tokens are made in the browser, not with a token");
  BodyFields body(call.request);
  store::Token token;
  token.name = body.Text("name", 1, 100);
  token.role = body.OptionalWord("role", kRoles).value_or(std::string(RoleName(call.who.role)));
  std::int64_t days = body.OptionalNumber("expires_in_days", 1, 366).value_or(90);
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  if (ParseRole(token.role) > call.who.role)
    return Refuse(403, "permission-denied", "a token cannot do more than its owner", "role");
  std::string secret = "weir_" + RandomSecret();
  token.token_hash = HashSecret(secret);
  token.public_id = secret.substr(0, 10);
  token.user = call.who.user_id;
  call.detail = token.name + ", " + token.role;
  WEIR_ASSIGN(std::vector<store::Token> owned, services.store.Read([&](store::Reader& r) {
    return store::ListTokens(r, store::TokenKind::kApi, call.who.user_id);
  }));
  if (owned.size() >= 200) return Refuse(409, "conflict", "there are 200 tokens: revoke some first");
  WEIR_TRY(services.store.Write([&](store::Transaction& t) -> Result<void> {
    token.created_at = t.now();
    token.expires_at = t.now() + days * 24 * kHour;
    WEIR_ASSIGN(token.id, store::AddToken(t, store::TokenKind::kApi, token));
    return {};
  }));
  call.target = std::to_string(token.id);
  Json json = TokenJson(token);
  json["secret"] = secret;
  return JsonAnswer(json, 201);
}

Answer DeleteToken(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("token", call.id());
  WEIR_TRY(services.store.Write([&](store::Transaction& t) {
    return store::RemoveToken(t, store::TokenKind::kApi, *id, call.who.user_id);
  }));
  return NoContent();
}

Answer ListEnrolmentTokens(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  Json items = Json::array();
  WEIR_TRY(services.store.Read([&](store::Reader& r) -> Result<void> {
    WEIR_ASSIGN(std::vector<store::Token> tokens, store::ListTokens(r, store::TokenKind::kEnrolment, 0));
    for (const store::Token& token : tokens) {
      if (token.expires_at <= services.store.Now() || token.uses_left == 0) continue;
      auto author = store::GetUser(r, token.user);
      items.push_back(EnrolmentJson(token, author ? author->name : std::string()));
    }
    return {};
  }));
  return JsonAnswer(SlicedPage(std::move(items), page));
}

Answer CreateEnrolmentToken(Services& services, Call& call) {
  BodyFields body(call.request);
  std::string name = body.OptionalText("name", 0, 100).value_or("");
  std::int64_t uses = body.OptionalNumber("max_uses", 1, 100'000).value_or(1);
  std::int64_t hours = body.OptionalNumber("expires_in_hours", 1, 8760).value_or(24);
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(MadeEnrolment made,
              MakeEnrolment(services.store, services.authority, call.who.user_id, name, uses, hours));
  call.target = std::to_string(made.token.id);
  call.detail = name;
  Json json = EnrolmentJson(made.token, call.who.user);
  json["token"] = made.text;
  json["command"] = "weir sensor --console " + OriginOf(services, call.request) + " --token " + made.text;
  return JsonAnswer(json, 201);
}

Answer DeleteEnrolmentToken(Services& services, Call& call) {
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("enrolment token", call.id());
  WEIR_TRY(services.store.Write(
      [&](store::Transaction& t) { return store::RemoveToken(t, store::TokenKind::kEnrolment, *id, 0); }));
  return NoContent();
}

Answer ListSensors(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(std::vector<store::Sensor> sensors,
              services.store.Read([](store::Reader& r) { return store::ListSensors(r); }));
  std::sort(sensors.begin(), sensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  Json items = Json::array();
  for (const store::Sensor& sensor : sensors) {
    std::string address = services.sensors.AddressOf(sensor.id);
    if (address.empty()) {
      Json status = Json::parse(sensor.status, nullptr, false);
      if (status.is_object()) address = status.value("address", "");
    }
    std::string_view state = sensor.revoked                         ? "revoked"
                             : services.sensors.IsOnline(sensor.id) ? "online"
                                                                    : "offline";
    items.push_back({{"id", sensor.id},
                     {"host_name", sensor.name},
                     {"host_id", IdOrNull(sensor.host)},
                     {"state", state},
                     {"version", sensor.version},
                     {"address", address},
                     {"enrolled_at", TimeText(sensor.enrolled_at)},
                     {"last_seen", TimeOrNull(sensor.last_seen)},
                     {"certificate_expires_at", TimeText(sensor.certificate_not_after)},
                     {"revoked", sensor.revoked}});
  }
  return JsonAnswer(SlicedPage(std::move(items), page));
}

Answer RevokeSensor(Services& services, Call& call) {
  WEIR_TRY(services.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(store::Sensor sensor, store::GetSensor(t, call.id()));
    call.detail = sensor.name;
    return store::RevokeSensor(t, sensor.id);
  }));
  services.sensors.Revoke(call.id());
  services.events.Broadcast("sensor", {{"sensor_id", call.id()}, {"state", "revoked"}});
  return NoContent();
}

Answer ListAudit(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest page = query.Page();
  std::string q = query.Text("q", 200);
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  WEIR_ASSIGN(store::Page<store::AuditEntry> entries,
              services.store.Read([&](store::Reader& r) { return store::ListAudit(r, q, page); }));
  Json items = Json::array();
  for (const store::AuditEntry& entry : entries.items) {
    Json extra = Json::parse(entry.detail, nullptr, false);
    if (!extra.is_object()) extra = Json::object();
    std::string detail = extra.value("text", "");
    if (extra.contains("token"))
      detail = "with token " + extra.value("token", "") + (detail.empty() ? "" : "; ") + detail;
    items.push_back({{"id", std::to_string(entry.id)},
                     {"at", TimeText(entry.at)},
                     {"actor", entry.user},
                     {"actor_kind", extra.value("kind", "system")},
                     {"action", entry.action},
                     {"target", entry.object},
                     {"address", entry.address},
                     {"outcome", extra.value("outcome", entry.allowed ? "ok" : "denied")},
                     {"detail", detail}});
  }
  return JsonAnswer(PageJson(entries, std::move(items)));
}

}  // namespace weir::console
