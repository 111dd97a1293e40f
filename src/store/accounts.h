// Users, sessions, tokens and the audit log. Secrets are stored as hashes that the
// console makes. Threading: as Reader and Transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

struct User {
  std::int64_t id = 0;
  std::string name, password_hash;
  std::string role;  // "admin", "user", "read-only"
  bool must_change_password = false, disabled = false;
  TimeMs created_at = 0, last_login = 0;
};
/// kInvalidArgument where the name is taken.
Result<std::int64_t> AddUser(Transaction& t, const User& user);
Result<void> UpdateUser(Transaction& t, const User& user);
/// With sessions and tokens.
Result<void> RemoveUser(Transaction& t, std::int64_t id);
Result<User> GetUser(Reader& r, std::int64_t id);
Result<std::optional<User>> FindUser(Reader& r, std::string_view name);
Result<std::vector<User>> ListUsers(Reader& r);

struct Session {
  std::string token_hash;  // names it
  std::int64_t user = 0;
  std::string csrf_token, address, agent;
  TimeMs created_at = 0, last_used = 0, expires_at = 0;
};
Result<void> AddSession(Transaction& t, const Session& session);
Result<void> TouchSession(Transaction& t, std::string_view token_hash, TimeMs expires_at);
Result<void> RemoveSession(Transaction& t, std::string_view token_hash);
/// All of USER but the one named KEEP (may be empty).
Result<void> RemoveSessionsOf(Transaction& t, std::int64_t user, std::string_view keep);
/// Not expired.
Result<std::optional<Session>> FindSession(Reader& r, std::string_view token_hash, TimeMs now);

/// API tokens and enrolment tokens.
struct Token {
  std::int64_t id = 0;
  std::string token_hash;
  std::string name;
  std::int64_t user = 0;  // API: its owner; enrolment: who made it
  std::string public_id;  // enrolment: the id inside the token; API: its first characters, to tell it by
  std::string role;       // API: the most it may do, whatever its owner may
  TimeMs created_at = 0, last_used = 0, expires_at = 0;  // expires_at 0: never
  std::int64_t uses_left = -1;                           // -1: any number
  std::int64_t uses = 0;
};
enum class TokenKind : std::uint8_t { kApi, kEnrolment };
Result<std::int64_t> AddToken(Transaction& t, TokenKind kind, const Token& token);
/// OWNER 0: whoever's it is. kNotFound.
Result<void> RemoveToken(Transaction& t, TokenKind kind, std::int64_t id, std::int64_t owner);
/// Not expired, uses left.
Result<std::optional<Token>> FindToken(Reader& r, TokenKind kind, std::string_view token_hash, TimeMs now);
/// Counts a use; kUnauthenticated where none is left.
Result<void> UseToken(Transaction& t, TokenKind kind, std::int64_t id);
/// USER 0: of all.
Result<std::vector<Token>> ListTokens(Reader& r, TokenKind kind, std::int64_t user);

struct AuditEntry {
  std::int64_t id = 0;
  TimeMs at = 0;
  std::string user, address, action, object, detail;  // DETAIL: JSON or text
  bool allowed = true;
};
/// Entries are kept for a year.
Result<void> AddAudit(Transaction& t, const AuditEntry& entry);
/// Newest first; Q: part of user, action or object.
Result<Page<AuditEntry>> ListAudit(Reader& r, std::string_view q, const PageRequest& page);
/// Expired sessions and tokens, audit entries older than a year.
Result<void> PruneAccounts(Transaction& t);

}  // namespace weir::store
