#include "store/accounts.h"

#include "base/strings.h"
#include "store/cursor.h"

namespace weir::store {
namespace {

constexpr TimeMs kAuditKeptMs = 366LL * 24 * 3600 * 1000;

constexpr std::string_view kUserColumns =
    "id, name, password_hash, role, must_change_password, disabled, created_at, last_login";
constexpr std::string_view kTokenColumns =
    "id, token_hash, name, user, public_id, created_at, last_used, expires_at, uses_left, uses, role";

User UserFromRow(const Statement& row) {
  return {row.Int(0),  row.String(1), row.String(2), row.String(3),
          row.Bool(4), row.Bool(5),   row.Int(6),    row.Int(7)};
}

Token TokenFromRow(const Statement& row) {
  Token t;
  t.id = row.Int(0);
  t.token_hash = row.Text(1);
  t.name = row.Text(2);
  t.user = row.Int(3);
  t.public_id = row.Text(4);
  t.created_at = row.Int(5);
  t.last_used = row.Int(6);
  t.expires_at = row.Int(7);
  t.uses_left = row.Int(8);
  t.uses = row.Int(9);
  t.role = row.Text(10);
  return t;
}

Result<void> MustChange(Transaction& t, Code code, std::string_view message) {
  if (t.db().changes() == 0) return Err(code, std::string(message));
  return {};
}

Result<std::optional<User>> OneUser(Result<Statement> rows) {
  if (!rows) return Err(rows.error());
  std::optional<User> out;
  if (rows->Next()) out = UserFromRow(*rows);
  WEIR_TRY(rows->Finish());
  return out;
}

}  // namespace

Result<std::int64_t> AddUser(Transaction& t, const User& user) {
  WEIR_ASSIGN(std::optional<User> taken, FindUser(t, user.name));
  if (taken || user.name.empty()) return Err(Code::kInvalidArgument, "the user name is empty or taken");
  WEIR_TRY(t.db().Run(
      "INSERT INTO user (name, password_hash, role, must_change_password, disabled, created_at, "
      "last_login) VALUES (?, ?, ?, ?, ?, ?, 0)",
      user.name, user.password_hash, user.role, user.must_change_password, user.disabled, t.now()));
  return t.db().last_insert_id();
}

Result<void> UpdateUser(Transaction& t, const User& user) {
  WEIR_ASSIGN(std::optional<User> other, FindUser(t, user.name));
  if (other && other->id != user.id) return Err(Code::kInvalidArgument, "the user name is taken");
  WEIR_TRY(
      t.db().Run("UPDATE user SET name = ?2, password_hash = ?3, role = ?4, must_change_password = ?5, "
                 "disabled = ?6, last_login = ?7 WHERE id = ?1",
                 user.id, user.name, user.password_hash, user.role, user.must_change_password, user.disabled,
                 user.last_login));
  return MustChange(t, Code::kNotFound, "there is no such user");
}

Result<void> RemoveUser(Transaction& t, std::int64_t id) {
  WEIR_TRY(t.db().Run("DELETE FROM user WHERE id = ?", id));
  return MustChange(t, Code::kNotFound, "there is no such user");
}

Result<User> GetUser(Reader& r, std::int64_t id) {
  WEIR_ASSIGN(std::optional<User> user,
              OneUser(r.db().Query("SELECT " + std::string(kUserColumns) + " FROM user WHERE id = ?", id)));
  if (!user) return Err(Code::kNotFound, "there is no such user");
  return std::move(*user);
}

Result<std::optional<User>> FindUser(Reader& r, std::string_view name) {
  return OneUser(r.db().Query("SELECT " + std::string(kUserColumns) + " FROM user WHERE name = ?", name));
}

Result<std::vector<User>> ListUsers(Reader& r) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kUserColumns) + " FROM user ORDER BY name"));
  std::vector<User> out;
  while (rows.Next()) out.push_back(UserFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> AddSession(Transaction& t, const Session& s) {
  return t.db().Run(
      "INSERT INTO session (token_hash, user, csrf_token, address, agent, created_at, last_used, "
      "expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
      s.token_hash, s.user, s.csrf_token, s.address, s.agent, t.now(), s.expires_at);
}

Result<void> TouchSession(Transaction& t, std::string_view token_hash, TimeMs expires_at) {
  return t.db().Run("UPDATE session SET last_used = ?2, expires_at = ?3 WHERE token_hash = ?1", token_hash,
                    t.now(), expires_at);
}

Result<void> RemoveSession(Transaction& t, std::string_view token_hash) {
  return t.db().Run("DELETE FROM session WHERE token_hash = ?", token_hash);
}

Result<void> RemoveSessionsOf(Transaction& t, std::int64_t user, std::string_view keep) {
  return t.db().Run("DELETE FROM session WHERE user = ? AND token_hash <> ?", user, keep);
}

Result<std::optional<Session>> FindSession(Reader& r, std::string_view token_hash, TimeMs now) {
  WEIR_ASSIGN(Statement row,
              r.db().Query("SELECT token_hash, user, csrf_token, address, agent, created_at, last_used, "
                           "expires_at FROM session WHERE token_hash = ? AND expires_at > ?",
                           token_hash, now));
  std::optional<Session> out;
  if (row.Next())
    out = Session{row.String(0), row.Int(1), row.String(2), row.String(3),
                  row.String(4), row.Int(5), row.Int(6),    row.Int(7)};
  WEIR_TRY(row.Finish());
  return out;
}

Result<std::int64_t> AddToken(Transaction& t, TokenKind kind, const Token& token) {
  WEIR_TRY(t.db().Run(
      "INSERT INTO token (kind, token_hash, name, user, public_id, role, created_at, last_used, expires_at, "
      "uses_left, uses) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, 0)",
      kind, token.token_hash, token.name, token.user, token.public_id, token.role, t.now(), token.expires_at,
      token.uses_left));
  return t.db().last_insert_id();
}

Result<void> RemoveToken(Transaction& t, TokenKind kind, std::int64_t id, std::int64_t owner) {
  WEIR_TRY(
      t.db().Run("DELETE FROM token WHERE kind = ?1 AND id = ?2 AND (?3 = 0 OR user = ?3)", kind, id, owner));
  return MustChange(t, Code::kNotFound, "there is no such token");
}

Result<std::optional<Token>> FindToken(Reader& r, TokenKind kind, std::string_view token_hash, TimeMs now) {
  WEIR_ASSIGN(Statement row, r.db().Query("SELECT " + std::string(kTokenColumns) +
                                              " FROM token WHERE kind = ? AND token_hash = ? AND "
                                              "(expires_at = 0 OR expires_at > ?) AND uses_left <> 0",
                                          kind, token_hash, now));
  std::optional<Token> out;
  if (row.Next()) out = TokenFromRow(row);
  WEIR_TRY(row.Finish());
  return out;
}

Result<void> UseToken(Transaction& t, TokenKind kind, std::int64_t id) {
  WEIR_TRY(t.db().Run(
      "UPDATE token SET uses = uses + 1, uses_left = iif(uses_left > 0, uses_left - 1, uses_left), "
      "last_used = ?3 WHERE kind = ?1 AND id = ?2 AND uses_left <> 0",
      kind, id, t.now()));
  return MustChange(t, Code::kUnauthenticated, "the token is used up or gone");
}

Result<std::vector<Token>> ListTokens(Reader& r, TokenKind kind, std::int64_t user) {
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT " + std::string(kTokenColumns) +
                               " FROM token WHERE kind = ?1 AND (?2 = 0 OR user = ?2) ORDER BY id",
                           kind, user));
  std::vector<Token> out;
  while (rows.Next()) out.push_back(TokenFromRow(rows));
  WEIR_TRY(rows.Finish());
  return out;
}

Result<void> AddAudit(Transaction& t, const AuditEntry& e) {
  return t.db().Run(
      "INSERT INTO audit (at, user, address, action, object, detail, allowed) VALUES (?, ?, ?, ?, ?, ?, ?)",
      t.now(), e.user, e.address, e.action, e.object, e.detail, e.allowed);
}

Result<Page<AuditEntry>> ListAudit(Reader& r, std::string_view q, const PageRequest& page) {
  WEIR_ASSIGN(std::vector<std::int64_t> cursor, ParseCursor(page.cursor, 1));
  std::optional<std::int64_t> before;
  if (!cursor.empty()) before = cursor[0];
  std::size_t limit = LimitOf(page);
  const std::string where =
      "(?1 = '' OR instr(lower(user), ?1) OR instr(lower(action), ?1) OR instr(lower(object), ?1))";
  std::string wanted = ToLower(q);
  WEIR_ASSIGN(Statement rows,
              r.db().Query("SELECT id, at, user, address, action, object, detail, allowed FROM audit "
                           "WHERE " +
                               where + " AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3",
                           wanted, before, limit + 1));
  Page<AuditEntry> out;
  while (rows.Next())
    out.items.push_back({rows.Int(0), rows.Int(1), rows.String(2), rows.String(3), rows.String(4),
                         rows.String(5), rows.String(6), rows.Bool(7)});
  WEIR_TRY(rows.Finish());
  if (out.items.size() > limit) {
    out.items.pop_back();
    out.next_cursor = MakeCursor({out.items.back().id});
  }
  WEIR_ASSIGN(std::int64_t total, r.db().Value(0, "SELECT count(*) FROM audit WHERE " + where, wanted));
  out.total = static_cast<std::uint64_t>(total);
  return out;
}

Result<void> PruneAccounts(Transaction& t) {
  WEIR_TRY(t.db().Run("DELETE FROM session WHERE expires_at <= ?", t.now()));
  WEIR_TRY(t.db().Run("DELETE FROM token WHERE expires_at <> 0 AND expires_at <= ?", t.now()));
  return t.db().Run("DELETE FROM audit WHERE at < ?", t.now() - kAuditKeptMs);
}

}  // namespace weir::store
