// Entry header of the room: everything the console remembers, in one SQLite file.
//
// Work is done in units: Write runs a function inside one transaction, so that all
// effects of a sensor's batch and the batch's own number are stored together or not
// at all; Read runs one on a consistent snapshot. The functions that read and write
// rows are in the other headers and take a Reader or a Transaction.
//
//   WEIR_ASSIGN(AssetId id, store.Write([&](Transaction& t) -> Result<AssetId> {
//     WEIR_ASSIGN(AssetId asset, UpsertAsset(t, input));
//     ...
//     return asset;
//   }));
//
//   distinct package ──match──▶ vulnerability      one row for each, whatever the number of assets
//     │ postings (in memory, from one blob an asset)
//   asset ───────────finding(match, asset)         narrow rows: score, usage, state
//
// Threading: a Store is safe from every thread; one Write at a time, Reads in parallel.
// Neither may be called from inside the other, nor from itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/ids.h"
#include "store/postings.h"

namespace weir::store {

/// Reads of one moment. Belongs to the thread it was handed to.
class Reader {
 public:
  Reader(Connection& connection, const Postings& postings) : connection_(connection), postings_(postings) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  Connection& db() { return connection_; }
  /// Which assets hold a distinct package, as of the last commit.
  const Postings& postings() const { return postings_; }

 private:
  Connection& connection_;
  const Postings& postings_;
};

/// A unit of work that is not yet stored.
class Transaction : public Reader {
 public:
  Transaction(Connection& connection, Postings& postings, TimeMs now)
      : Reader(connection, postings), changes_(postings), now_(now) {}
  /// The moment of this unit, the same for all its rows.
  TimeMs now() const { return now_; }
  /// Postings with what this unit has changed.
  PostingChanges& posting_changes() { return changes_; }
  /// FN runs after the commit, on the committing thread; never after a rollback.
  void AfterCommit(std::function<void()> fn) { after_commit_.push_back(std::move(fn)); }

 private:
  friend class Store;
  PostingChanges changes_;
  TimeMs now_;
  std::vector<std::function<void()>> after_commit_;
};

struct StoreOptions {
  std::function<TimeMs()> now;  // empty: the system's clock
  unsigned readers = 4;         // connections for Read; a Read beyond them waits
  int writer_cache_kib = 65536;
  int reader_cache_kib = 8192;
};

struct StoreStats {
  std::uint64_t file_bytes = 0, log_bytes = 0;       // state.db, state.db-wal
  std::uint64_t cache_bytes = 0, posting_bytes = 0;  // memory
};

class Store {
 public:
  /// DATA_DIR/state.db, made where it is not there.
  static Result<std::unique_ptr<Store>> Open(const std::string& data_dir, StoreOptions options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// FN(Transaction&) gives a Result<T>: its value is committed, its error rolls everything back.
  template <class Fn>
  auto Write(Fn&& fn) -> decltype(fn(std::declval<Transaction&>())) {
    WriteScope scope(*this);
    WEIR_TRY(scope.begun());
    auto result = fn(scope.transaction());
    if (!result) return result;
    WEIR_TRY(scope.Commit());
    return result;
  }
  /// FN(Reader&) gives a Result<T>.
  template <class Fn>
  auto Read(Fn&& fn) -> decltype(fn(std::declval<Reader&>())) {
    ReadScope scope(*this);
    WEIR_TRY(scope.begun());
    return fn(scope.reader());
  }

  TimeMs Now() const;
  Result<StoreStats> Stats();

 private:
  struct Impl;
  class WriteScope {
   public:
    explicit WriteScope(Store& store);
    ~WriteScope();
    WriteScope(const WriteScope&) = delete;
    WriteScope& operator=(const WriteScope&) = delete;
    const Result<void>& begun() const { return begun_; }
    Transaction& transaction();
    Result<void> Commit();

   private:
    struct State;
    std::unique_ptr<State> state_;
    Result<void> begun_;
  };
  class ReadScope {
   public:
    explicit ReadScope(Store& store);
    ~ReadScope();
    ReadScope(const ReadScope&) = delete;
    ReadScope& operator=(const ReadScope&) = delete;
    const Result<void>& begun() const { return begun_; }
    Reader& reader();

   private:
    struct State;
    std::unique_ptr<State> state_;
    Result<void> begun_;
  };
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::store
