#include "console/accounts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/secrets.h"

namespace weir::console {
namespace {

constexpr std::string_view kTokenPrefix = "weir_";
constexpr std::int64_t kTouchEveryMs = 60'000;

tl::unexpected<Problem> NotLoggedIn(std::string detail) {
  return Refuse(401, "unauthenticated", std::move(detail));
}

Principal PrincipalOf(const store::User& user, const store::Session& session) {
  Principal who;
  who.kind = Principal::Kind::kSession;
  who.role = ParseRole(user.role);
  who.user_id = user.id;
  who.user = user.name;
  who.session_hash = session.token_hash;
  who.csrf_token = session.csrf_token;
  who.must_change_password = user.must_change_password;
  who.expires_at = session.expires_at;
  return who;
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAdmin:
      return "admin";
    case Role::kUser:
      return "user";
    case Role::kReadOnly:
      return "read-only";
    case Role::kNone:
      break;
  }
  return "none";
}

Role ParseRole(std::string_view name) {
  for (Role role : {Role::kAdmin, Role::kUser, Role::kReadOnly})
    if (RoleName(role) == name) return role;
  return Role::kNone;
}

Result<std::optional<std::string>> Accounts::EnsureFirstAdmin() {
  WEIR_ASSIGN(std::vector<store::User> users,
              store_.Read([](store::Reader& r) { return store::ListUsers(r); }));
  if (!users.empty()) return std::optional<std::string>();
  std::string password = OneTimePassword();
  store::User admin;
  admin.name = "admin";
  admin.role = "admin";
  admin.must_change_password = true;
  WEIR_ASSIGN(admin.password_hash, HashPassword(password));
  WEIR_TRY(store_.Write([&](store::Transaction& t) -> Result<std::int64_t> {
    admin.created_at = t.now();
    return store::AddUser(t, admin);
  }));
  return std::optional<std::string>(std::move(password));
}

Result<std::optional<std::string>> Accounts::ResetAdmin() {
  std::string password = OneTimePassword();
  WEIR_ASSIGN(std::string hash, HashPassword(password));
  auto written = store_.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(std::optional<store::User> found, store::FindUser(t, "admin"));
    store::User admin = found.value_or(store::User{});
    admin.name = "admin";
    admin.role = "admin";
    admin.disabled = false;
    admin.must_change_password = true;
    admin.password_hash = hash;
    if (found) {
      WEIR_TRY(store::UpdateUser(t, admin));
      WEIR_TRY(store::RemoveSessionsOf(t, admin.id, {}));
      WEIR_ASSIGN(std::vector<store::Token> tokens, store::ListTokens(t, store::TokenKind::kApi, admin.id));
      for (const store::Token& token : tokens)
        if (auto removed = store::RemoveToken(t, store::TokenKind::kApi, token.id, 0); !removed)
          return Err(removed.error());
    } else {
      admin.created_at = t.now();
      WEIR_TRY(store::AddUser(t, admin));
    }
    return WriteAudit(t, {}, "", "resetAdmin", "admin", "ok", "asked for on the command line");
  });
  if (!written) return Err(written.error());
  return std::optional<std::string>(std::move(password));
}

tl::expected<Principal, Problem> Accounts::Authenticate(const net::ServerRequest& request,
                                                        const SessionTimes& times) {
  if (std::string_view header = request.Header("authorization"); !header.empty()) {
    std::string_view scheme = NextPiece(header, ' ');
    if (!EqualsIgnoreCase(scheme, "bearer")) return NotLoggedIn("only bearer tokens are taken");
    return ByToken(Trim(header));
  }
  std::string_view cookie = CookieOf(request, "weir_session");
  if (cookie.empty()) return Principal{};
  return ByCookie(cookie, times);
}

tl::expected<Principal, Problem> Accounts::ByToken(std::string_view secret) {
  if (!secret.starts_with(kTokenPrefix) || secret.size() > 200) return NotLoggedIn("this token is not known");
  struct Found {
    std::optional<store::Token> token;
    store::User user;
  };
  store::TimeMs now = store_.Now();
  WEIR_ASSIGN(Found found, store_.Read([&](store::Reader& r) -> Result<Found> {
    Found out;
    WEIR_ASSIGN(out.token, store::FindToken(r, store::TokenKind::kApi, HashSecret(secret), now));
    if (out.token) {
      WEIR_ASSIGN(out.user, store::GetUser(r, out.token->user));
    }
    return out;
  }));
  if (!found.token || found.user.disabled) return NotLoggedIn("this token is not known, or has expired");
  Principal who;
  who.kind = Principal::Kind::kToken;
  who.user_id = found.user.id;
  who.user = found.user.name;
  who.role = std::min(ParseRole(found.user.role), ParseRole(found.token->role));
  who.token_name = found.token->name;
  who.session_hash = found.token->token_hash;
  who.expires_at = found.token->expires_at;
  if (now - found.token->last_used > kTouchEveryMs)
    WEIR_TRY(store_.Write(
        [&](store::Transaction& t) { return store::UseToken(t, store::TokenKind::kApi, found.token->id); }));
  return who;
}

tl::expected<Principal, Problem> Accounts::ByCookie(std::string_view secret, const SessionTimes& times) {
  if (secret.size() > 200) return Principal{};
  std::string hash = HashSecret(secret);
  store::TimeMs now = store_.Now();
  struct Found {
    std::optional<store::Session> session;
    store::User user;
  };
  WEIR_ASSIGN(Found found, store_.Read([&](store::Reader& r) -> Result<Found> {
    Found out;
    WEIR_ASSIGN(out.session, store::FindSession(r, hash, now));
    if (out.session) {
      WEIR_ASSIGN(out.user, store::GetUser(r, out.session->user));
    }
    return out;
  }));
  if (!found.session || found.user.disabled) return NotLoggedIn("the session has ended: log in again");
  store::TimeMs end = found.session->created_at + times.longest_ms;
  if (now >= end || now - found.session->last_used >= times.idle_ms)
    return NotLoggedIn("the session has ended: log in again");
  if (now - found.session->last_used > kTouchEveryMs) {
    found.session->expires_at = std::min(end, now + times.idle_ms);
    WEIR_TRY(store_.Write(
        [&](store::Transaction& t) { return store::TouchSession(t, hash, found.session->expires_at); }));
  }
  return PrincipalOf(found.user, *found.session);
}

bool Accounts::IsStillGood(const Principal& who) {
  auto good = store_.Read([&](store::Reader& r) -> Result<bool> {
    WEIR_ASSIGN(store::User user, store::GetUser(r, who.user_id));
    if (user.disabled || ParseRole(user.role) < who.role) return false;
    if (who.kind == Principal::Kind::kToken) {
      WEIR_ASSIGN(auto token, store::FindToken(r, store::TokenKind::kApi, who.session_hash, store_.Now()));
      return token.has_value();
    }
    WEIR_ASSIGN(auto session, store::FindSession(r, who.session_hash, store_.Now()));
    return session.has_value();
  });
  return good && *good;
}

tl::expected<NewSession, Problem> Accounts::Login(const std::string& name, const std::string& password,
                                                  const net::ServerRequest& request,
                                                  const SessionTimes& times) {
  std::string folded = ToLower(name);
  if (auto wait = guard_.Begin(folded, request.remote_address, store_.Now()); wait.count() > 0) {
    Problem problem(429, "rate-limited",
                    "too many failed logins: wait " + std::to_string(wait.count()) + " s");
    problem.retry_after_seconds = static_cast<int>(wait.count());
    return tl::unexpected<Problem>(std::move(problem));
  }
  WEIR_ASSIGN(std::optional<store::User> user,
              store_.Read([&](store::Reader& r) { return store::FindUser(r, name); }));
  bool right = VerifyPassword(password, user ? user->password_hash : std::string());
  if (!user || !right || user->disabled) return NotLoggedIn("user or password is wrong");
  guard_.Succeeded(folded, request.remote_address);
  WEIR_ASSIGN(NewSession session, store_.Write([&](store::Transaction& t) -> Result<NewSession> {
    // Read again: it may have been changed or disabled while the password was checked.
    WEIR_ASSIGN(store::User current, store::GetUser(t, user->id));
    if (current.disabled || current.password_hash != user->password_hash)
      return Err(Code::kUnauthenticated, "user or password is wrong");
    // A login from a page that had a session ends that one: nothing of before goes on.
    if (std::string_view old = CookieOf(request, "weir_session"); !old.empty() && old.size() <= 200)
      WEIR_TRY(store::RemoveSession(t, HashSecret(old)));
    return Begin(t, current, request, times);
  }));
  return session;
}

Result<NewSession> Accounts::Begin(store::Transaction& t, store::User& user,
                                   const net::ServerRequest& request, const SessionTimes& times) {
  NewSession made;
  made.secret = RandomSecret();
  store::Session session;
  session.token_hash = HashSecret(made.secret);
  session.user = user.id;
  session.csrf_token = RandomSecret();
  session.address = request.remote_address;
  session.agent = ToValidUtf8(request.Header("user-agent").substr(0, 200));
  session.created_at = session.last_used = t.now();
  session.expires_at = t.now() + std::min(times.idle_ms, times.longest_ms);
  WEIR_TRY(store::AddSession(t, session));
  user.last_login = t.now();
  WEIR_TRY(store::UpdateUser(t, user));
  made.who = PrincipalOf(user, session);
  return made;
}

tl::expected<NewSession, Problem> Accounts::ChangePassword(const Principal& who,
                                                           const std::string& old_password,
                                                           const std::string& new_password,
                                                           const net::ServerRequest& request,
                                                           const SessionTimes& times) {
  if (who.kind != Principal::Kind::kSession)
    return Refuse(403, "permission-denied", "a password is changed in the browser, not with a token");
  WEIR_ASSIGN(store::User user,
              store_.Read([&](store::Reader& r) { return store::GetUser(r, who.user_id); }));
  std::string folded = ToLower(user.name);
  if (auto wait = guard_.Begin(folded, request.remote_address, store_.Now()); wait.count() > 0) {
    Problem problem(429, "rate-limited", "too many wrong passwords");
    problem.retry_after_seconds = static_cast<int>(wait.count());
    return tl::unexpected<Problem>(std::move(problem));
  }
  if (!VerifyPassword(old_password, user.password_hash)) return BadField("old", "the old password is wrong");
  guard_.Succeeded(folded, request.remote_address);
  if (std::string fault = PasswordFault(new_password, user.name); !fault.empty())
    return BadField("new", fault);
  if (new_password == old_password) return BadField("new", "the new password is the old one");
  WEIR_ASSIGN(std::string hash, HashPassword(new_password));
  WEIR_ASSIGN(NewSession session, store_.Write([&](store::Transaction& t) -> Result<NewSession> {
    WEIR_ASSIGN(store::User current, store::GetUser(t, who.user_id));
    if (current.password_hash != user.password_hash)
      return Err(Code::kUnauthenticated, "the password was changed meanwhile");
    current.password_hash = hash;
    current.must_change_password = false;
    WEIR_TRY(store::UpdateUser(t, current));
    WEIR_TRY(store::RemoveSessionsOf(t, current.id, {}));
    return Begin(t, current, request, times);
  }));
  return session;
}

Result<void> Accounts::Logout(const Principal& who) {
  return store_.Write([&](store::Transaction& t) { return store::RemoveSession(t, who.session_hash); });
}

std::string SessionCookie(std::string_view secret, std::int64_t max_age_seconds) {
  return "weir_session=" + std::string(secret) + "; Path=/; Max-Age=" + std::to_string(max_age_seconds) +
         "; HttpOnly; Secure; SameSite=Strict";
}

std::string_view CookieOf(const net::ServerRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key != "cookie") continue;
    for (std::string_view pair : Split(value, ';')) {
      std::string_view cookie = NextPiece(pair, '=');
      if (Trim(cookie) == name) return Trim(pair);
    }
  }
  return {};
}

Result<void> WriteAudit(store::Transaction& t, const Principal& who, std::string_view address,
                        std::string_view action, std::string_view target, std::string_view outcome,
                        std::string_view detail) {
  constexpr std::string_view kKinds[] = {"user", "user", "token", "sensor"};
  store::AuditEntry entry;
  entry.at = t.now();
  entry.user = ToValidUtf8(std::string_view(who.user).substr(0, 200));
  entry.address = address;
  entry.action = action;
  entry.object = ToValidUtf8(target.substr(0, 500));
  entry.allowed = outcome != "denied";
  Json extra = {{"kind", kKinds[static_cast<std::size_t>(who.kind)]}, {"outcome", outcome}};
  if (!who.token_name.empty()) extra["token"] = who.token_name;
  if (!detail.empty()) extra["text"] = std::string(detail.substr(0, 1000));
  entry.detail = extra.dump(-1, ' ', false, Json::error_handler_t::replace);
  return store::AddAudit(t, entry);
}

}  // namespace weir::console
