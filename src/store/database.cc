#include "store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <unordered_map>
#include <utility>

#include "base/fd.h"

namespace weir::store {
namespace {

constexpr std::int64_t kApplicationId = 0x57656972;  // "Weir"
constexpr std::size_t kMaxCachedStatements = 400;

struct Slot {
  sqlite3_stmt* statement = nullptr;
  bool in_use = false;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

Code CodeOf(int status) {
  switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Code::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
      return Code::kLimitExceeded;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kMalformed;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Code::kPermissionDenied;
    case SQLITE_INTERRUPT:
      return Code::kCancelled;
    default:
      return Code::kInternal;
  }
}

sqlite3_stmt* AsStatement(void* handle) { return static_cast<sqlite3_stmt*>(handle); }

/// SQLite would create the file by the umask; what is in it is nobody else's to read.
Result<void> MakePrivate(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Err(ErrnoError(errno, path));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(status.st_mode)) return Err(Code::kInvalidArgument, path + ": not a regular file");
  if ((status.st_mode & 0077U) != 0 && ::fchmod(fd.get(), 0600) != 0) return Err(ErrnoError(errno, path));
  return {};
}

}  // namespace

struct Connection::Impl {
  sqlite3* db = nullptr;
  std::string path;
  std::unordered_map<std::string, Slot, TextHash, std::equal_to<>> cache;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    for (auto& [sql, slot] : cache) sqlite3_finalize(slot.statement);
    sqlite3_close_v2(db);
  }
};

Statement::~Statement() {
  if (handle_ == nullptr) return;
  if (slot_ == nullptr) {
    sqlite3_finalize(AsStatement(handle_));
    return;
  }
  Reset();
  sqlite3_clear_bindings(AsStatement(handle_));
  static_cast<Slot*>(slot_)->in_use = false;
}

Statement::Statement(Statement&& other) noexcept
    : owner_(other.owner_),
      handle_(std::exchange(other.handle_, nullptr)),
      slot_(std::exchange(other.slot_, nullptr)),
      status_(other.status_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(handle_, other.handle_);
  std::swap(slot_, other.slot_);
  std::swap(status_, other.status_);
  return *this;
}

void Statement::Reset() {
  sqlite3_reset(AsStatement(handle_));
  status_ = SQLITE_OK;
}

bool Statement::Next() {
  if (status_ != SQLITE_OK && status_ != SQLITE_ROW) return false;
  status_ = sqlite3_step(AsStatement(handle_));
  return status_ == SQLITE_ROW;
}

Result<void> Statement::Finish() {
  int status = status_;
  Error error;
  bool failed = status != SQLITE_OK && status != SQLITE_ROW && status != SQLITE_DONE;
  if (failed) error = owner_->Fail(status, sqlite3_sql(AsStatement(handle_)));
  Reset();
  if (failed) return Err(std::move(error));
  return {};
}

Result<void> Statement::RunBound() {
  while (Next()) {
  }
  return Finish();
}

void Statement::BindInt(int at, std::int64_t value) {
  if (int status = sqlite3_bind_int64(AsStatement(handle_), at, value); status != SQLITE_OK) status_ = status;
}
void Statement::BindReal(int at, double value) {
  if (int status = sqlite3_bind_double(AsStatement(handle_), at, value); status != SQLITE_OK)
    status_ = status;
}
void Statement::BindText(int at, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  int status =
      sqlite3_bind_text64(AsStatement(handle_), at, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (status != SQLITE_OK) status_ = status;
}
void Statement::BindBlob(int at, Bytes value) {
  const void* data = value.data() == nullptr ? static_cast<const void*>("") : value.data();
  int status = sqlite3_bind_blob64(AsStatement(handle_), at, data, value.size(), SQLITE_TRANSIENT);
  if (status != SQLITE_OK) status_ = status;
}
void Statement::BindNull(int at) {
  if (int status = sqlite3_bind_null(AsStatement(handle_), at); status != SQLITE_OK) status_ = status;
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(AsStatement(handle_), column); }
double Statement::Real(int column) const { return sqlite3_column_double(AsStatement(handle_), column); }
std::string_view Statement::Text(int column) const {
  const void* text = sqlite3_column_text(AsStatement(handle_), column);
  if (text == nullptr) return {};
  return {static_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(AsStatement(handle_), column))};
}
Bytes Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(AsStatement(handle_), column);
  if (bytes == nullptr) return {};
  return {static_cast<const std::byte*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(AsStatement(handle_), column))};
}
bool Statement::IsNull(int column) const {
  return sqlite3_column_type(AsStatement(handle_), column) == SQLITE_NULL;
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Error Connection::Fail(int status, std::string_view what) const {
  std::string message = impl_->path + ": " + sqlite3_errmsg(impl_->db);
  if (!what.empty()) message += " in \"" + std::string(what.substr(0, 200)) + "\"";
  return {CodeOf(status), std::move(message)};
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                     const ConnectionOptions& options) {
  bool write = options.mode == OpenMode::kReadWrite;
  if (write) WEIR_TRY(MakePrivate(path));
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  int flags = (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
  int status = sqlite3_open_v2(path.c_str(), &impl->db, flags, nullptr);
  std::unique_ptr<Connection> out(new Connection(std::move(impl)));
  if (status != SQLITE_OK) return Err(out->Fail(status, "open"));
  sqlite3_extended_result_codes(out->impl_->db, 1);
  sqlite3_busy_timeout(out->impl_->db, options.busy_timeout_ms);
  // Nothing in a database file may run code or reach other files.
  sqlite3_db_config(out->impl_->db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(out->impl_->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(out->impl_->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  WEIR_TRY(out->Script("PRAGMA cache_size = -" + std::to_string(options.cache_kib) +
                       "; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"));
  WEIR_ASSIGN(std::int64_t id, out->Value(0, "PRAGMA application_id"));
  WEIR_ASSIGN(std::int64_t tables, out->Value(0, "SELECT count(*) FROM sqlite_schema"));
  if (id != kApplicationId && (id != 0 || tables != 0))
    return Err(Code::kUnsupported, path + ": not a database of this program");
  if (!write) return out;
  WEIR_TRY(
      out->Script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"));
  if (id == 0) WEIR_TRY(out->Script("PRAGMA application_id = " + std::to_string(kApplicationId)));
  return out;
}

Result<Statement> Connection::Prepare(std::string_view sql) {
  auto found = impl_->cache.find(sql);
  Statement out;
  out.owner_ = this;
  if (found != impl_->cache.end() && !found->second.in_use) {
    found->second.in_use = true;
    out.handle_ = found->second.statement;
    out.slot_ = &found->second;
    return out;
  }
  bool keep = found == impl_->cache.end() && impl_->cache.size() < kMaxCachedStatements;
  sqlite3_stmt* statement = nullptr;
  int status = sqlite3_prepare_v3(impl_->db, sql.data(), static_cast<int>(sql.size()),
                                  keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  if (status != SQLITE_OK) return Err(Fail(status, sql));
  out.handle_ = statement;
  if (keep) out.slot_ = &impl_->cache.emplace(std::string(sql), Slot{statement, true}).first->second;
  return out;
}

Result<void> Connection::Script(const std::string& sql) {
  int status = sqlite3_exec(impl_->db, sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return Err(Fail(status, std::string_view(sql).substr(0, 100)));
  return {};
}

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(impl_->db); }
std::int64_t Connection::changes() const { return sqlite3_changes64(impl_->db); }
void Connection::ReleaseMemory() { sqlite3_db_release_memory(impl_->db); }
void Connection::Interrupt() { sqlite3_interrupt(impl_->db); }
std::string Connection::error_text() const { return sqlite3_errmsg(impl_->db); }

std::uint64_t Connection::memory_bytes() const {
  std::uint64_t total = 0;
  for (int what : {SQLITE_DBSTATUS_CACHE_USED, SQLITE_DBSTATUS_SCHEMA_USED, SQLITE_DBSTATUS_STMT_USED}) {
    int current = 0, high = 0;
    if (sqlite3_db_status(impl_->db, what, &current, &high, 0) == SQLITE_OK && current > 0)
      total += static_cast<std::uint64_t>(current);
  }
  return total;
}

Result<void> Connection::Checkpoint(bool truncate) {
  int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int status = sqlite3_wal_checkpoint_v2(impl_->db, nullptr, mode, nullptr, nullptr);
  if (status != SQLITE_OK && (status & 0xff) != SQLITE_BUSY) return Err(Fail(status, "checkpoint"));
  return {};
}

Result<SqlTransaction> SqlTransaction::Begin(Connection& connection, bool write) {
  WEIR_TRY(connection.Run(write ? "BEGIN IMMEDIATE" : "BEGIN"));
  return SqlTransaction(&connection);
}

SqlTransaction::SqlTransaction(SqlTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

SqlTransaction::~SqlTransaction() {
  // Fails where SQLite has rolled back by itself, after which nothing is left to do.
  if (connection_ != nullptr) static_cast<void>(connection_->Run("ROLLBACK"));
}

Result<void> SqlTransaction::Commit() {
  WEIR_TRY(connection_->Run("COMMIT"));
  connection_ = nullptr;
  return {};
}

Result<void> Migrate(Connection& connection, std::span<const Migration> steps) {
  WEIR_ASSIGN(std::int64_t version, connection.Value(0, "PRAGMA user_version"));
  if (version < 0 || static_cast<std::size_t>(version) > steps.size())
    return Err(Code::kUnsupported, "the database was written by a newer version of this program (schema " +
                                       std::to_string(version) + ", this one knows " +
                                       std::to_string(steps.size()) + ")");
  for (auto at = static_cast<std::size_t>(version); at < steps.size(); ++at) {
    WEIR_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
    Result<void> done = connection.Script(std::string(steps[at].sql));
    if (!done) return Err(done.error().Context("migration " + std::string(steps[at].name)));
    WEIR_TRY(connection.Script("PRAGMA user_version = " + std::to_string(at + 1)));
    WEIR_TRY(transaction.Commit());
  }
  return {};
}

}  // namespace weir::store
