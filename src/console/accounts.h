// Who is calling: sessions of the page, API tokens, and the log of what they did.
//
// A session's secret is in the cookie weir_session, its hash in the store; it ends
// after a time without use and after a time in all. A token's secret begins with
// "weir_". Roles are looked up with each request, so a change counts at once.
// Threading: safe from every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "console/answer.h"
#include "console/rate_limit.h"
#include "store/accounts.h"
#include "store/store.h"

namespace weir::console {

enum class Role : std::uint8_t { kNone, kReadOnly, kUser, kAdmin };
std::string_view RoleName(Role role);
/// kNone for other words.
Role ParseRole(std::string_view name);

struct Principal {
  enum class Kind : std::uint8_t { kNobody, kSession, kToken, kSensor };
  Kind kind = Kind::kNobody;
  Role role = Role::kNone;
  std::int64_t user_id = 0;
  std::string user;          // name; of a sensor: its id
  std::string session_hash;  // kSession
  std::string csrf_token;    // kSession
  std::string token_name;    // kToken
  bool must_change_password = false;
  store::TimeMs expires_at = 0;
  bool logged_in() const { return kind == Kind::kSession || kind == Kind::kToken; }
};

struct SessionTimes {
  std::int64_t idle_ms = 0, longest_ms = 0;
};

/// A session just made: its principal and the cookie's value, which is not stored.
struct NewSession {
  Principal who;
  std::string secret;
};

class Accounts {
 public:
  explicit Accounts(store::Store& store) : store_(store) {}

  /// Makes the user "admin" where there is none at all; gives the one-time password then.
  Result<std::optional<std::string>> EnsureFirstAdmin();
  /// For who is locked out and may write the data folder: "admin", made where it is not there, is an admin
  /// with a new one-time password, which this gives. Its sessions and API tokens end.
  Result<std::optional<std::string>> ResetAdmin();
  /// Nobody where there are no credentials; a Problem where they are wrong.
  tl::expected<Principal, Problem> Authenticate(const net::ServerRequest& request, const SessionTimes& times);
  /// Whether a session or token that was good when a stream began still is.
  bool IsStillGood(const Principal& who);

  tl::expected<NewSession, Problem> Login(const std::string& user, const std::string& password,
                                          const net::ServerRequest& request, const SessionTimes& times);
  /// Ends all sessions of the user and begins a new one.
  tl::expected<NewSession, Problem> ChangePassword(const Principal& who, const std::string& old_password,
                                                   const std::string& new_password,
                                                   const net::ServerRequest& request,
                                                   const SessionTimes& times);
  Result<void> Logout(const Principal& who);

 private:
  Result<NewSession> Begin(store::Transaction& t, store::User& user, const net::ServerRequest& request,
                           const SessionTimes& times);
  tl::expected<Principal, Problem> ByToken(std::string_view secret);
  tl::expected<Principal, Problem> ByCookie(std::string_view secret, const SessionTimes& times);

  store::Store& store_;
  LoginGuard guard_;
};

/// Set-Cookie for SECRET; empty ends it.
std::string SessionCookie(std::string_view secret, std::int64_t max_age_seconds);
/// The value of a cookie; empty where it is not there.
std::string_view CookieOf(const net::ServerRequest& request, std::string_view name);

/// One line of the audit log. OUTCOME: "ok", "denied", "failed".
Result<void> WriteAudit(store::Transaction& t, const Principal& who, std::string_view address,
                        std::string_view action, std::string_view target, std::string_view outcome,
                        std::string_view detail);

}  // namespace weir::console
