// SQLite behind RAII: one connection, its prepared statements, its file.
//
// The file is created with mode 0600 in WAL mode with synchronous=FULL: what a
// commit has acknowledged survives a power cut. Other programs' files are never
// touched: a database with another application id is an Error.
// Threading: a Connection and its Statements belong to one thread at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/result.h"

namespace weir::store {

class Connection;

/// A prepared statement in use; goes back to its connection's cache when destroyed.
///
///   WEIR_ASSIGN(Statement rows, connection.Query("SELECT a, b FROM t WHERE c = ?", c));
///   while (rows.Next()) Use(rows.Int(0), rows.Text(1));
///   WEIR_TRY(rows.Finish());
///
/// Views returned by Text and Blob are good until the next Next.
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  /// Binds all parameters anew and runs to the end; for statements that give no rows.
  template <class... Args>
  Result<void> Run(const Args&... args) {
    Reset();
    BindAll(args...);
    return RunBound();
  }
  /// Binds all parameters anew; then call Next.
  template <class... Args>
  void Restart(const Args&... args) {
    Reset();
    BindAll(args...);
  }
  /// The next row; false at the end and on an error, which Finish tells apart.
  bool Next();
  Result<void> Finish();

  std::int64_t Int(int column) const;
  double Real(int column) const;
  std::string_view Text(int column) const;
  Bytes Blob(int column) const;
  bool IsNull(int column) const;
  std::string String(int column) const { return std::string(Text(column)); }
  bool Bool(int column) const { return Int(column) != 0; }
  std::uint32_t U32(int column) const { return static_cast<std::uint32_t>(Int(column)); }
  std::uint64_t U64(int column) const { return static_cast<std::uint64_t>(Int(column)); }

 private:
  friend class Connection;
  void Reset();
  Result<void> RunBound();
  void BindInt(int at, std::int64_t value);
  void BindReal(int at, double value);
  void BindText(int at, std::string_view value);
  void BindBlob(int at, Bytes value);
  void BindNull(int at);

  template <class T>
  void BindOne(int at, const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>) {
      BindNull(at);
    } else if constexpr (std::is_enum_v<T>) {
      BindInt(at, static_cast<std::int64_t>(value));
    } else if constexpr (std::integral<T>) {
      BindInt(at, static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      BindReal(at, static_cast<double>(value));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      BindText(at, value);
    } else if constexpr (std::is_convertible_v<const T&, Bytes>) {
      BindBlob(at, value);
    } else {  // std::optional
      value ? BindOne(at, *value) : BindNull(at);
    }
  }
  template <class... Args>
  void BindAll(const Args&... args) {
    int at = 0;
    (BindOne(++at, args), ...);
  }

  Connection* owner_ = nullptr;
  void* handle_ = nullptr;  // sqlite3_stmt
  void* slot_ = nullptr;    // its place in the cache; null: not cached
  int status_ = 0;
};

enum class OpenMode : std::uint8_t { kReadWrite, kReadOnly };

struct ConnectionOptions {
  OpenMode mode = OpenMode::kReadWrite;
  int cache_kib = 8192;          // page cache
  int busy_timeout_ms = 10'000;  // waiting for another process's lock
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const std::string& path, const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The statement for SQL, from the cache where it is not in use.
  Result<Statement> Prepare(std::string_view sql);
  template <class... Args>
  Result<Statement> Query(std::string_view sql, const Args&... args) {
    WEIR_ASSIGN(Statement statement, Prepare(sql));
    statement.Restart(args...);
    return statement;
  }
  template <class... Args>
  Result<void> Run(std::string_view sql, const Args&... args) {
    WEIR_ASSIGN(Statement statement, Prepare(sql));
    return statement.Run(args...);
  }
  /// The first column of the first row; FALLBACK where there is none.
  template <class... Args>
  Result<std::int64_t> Value(std::int64_t fallback, std::string_view sql, const Args&... args) {
    WEIR_ASSIGN(Statement statement, Query(sql, args...));
    std::int64_t value = statement.Next() && !statement.IsNull(0) ? statement.Int(0) : fallback;
    WEIR_TRY(statement.Finish());
    return value;
  }
  /// Several statements, without parameters; for migrations and pragmas.
  Result<void> Script(const std::string& sql);

  std::int64_t last_insert_id() const;
  std::int64_t changes() const;
  /// Bytes of page cache and statements in use.
  std::uint64_t memory_bytes() const;
  /// Gives back what the page cache holds and does not need.
  void ReleaseMemory();
  /// Moves what the log holds into the file. TRUNCATE also cuts the log; it may wait for readers.
  Result<void> Checkpoint(bool truncate);
  /// Makes a running statement of this connection fail soon. Safe from another thread.
  void Interrupt();
  std::string error_text() const;

 private:
  friend class Statement;
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  Error Fail(int status, std::string_view what) const;
  std::unique_ptr<Impl> impl_;
};

/// BEGIN IMMEDIATE now, ROLLBACK when destroyed unless committed.
class SqlTransaction {
 public:
  static Result<SqlTransaction> Begin(Connection& connection, bool write = true);
  SqlTransaction(SqlTransaction&& other) noexcept;
  SqlTransaction& operator=(SqlTransaction&&) = delete;
  ~SqlTransaction();
  Result<void> Commit();

 private:
  explicit SqlTransaction(Connection* connection) : connection_(connection) {}
  Connection* connection_;
};

/// One step of the schema. Steps are numbered from 1 by their place, and never change once released.
struct Migration {
  std::string_view name;
  std::string_view sql;
};
/// Brings the database to the last step, each in a transaction of its own. A database that is newer than
/// this program is kUnsupported: it is not touched.
Result<void> Migrate(Connection& connection, std::span<const Migration> steps);

}  // namespace weir::store
