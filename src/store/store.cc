#include "store/store.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "store/fair_mutex.h"
#include "store/package_ids.h"
#include "store/schema.h"

namespace weir::store {
namespace {

constexpr std::uint64_t kCheckpointBytes = 4U << 20U;  // the log is moved into the file from here on
constexpr std::uint64_t kRestartBytes = 32U << 20U;    // and started anew from here on
constexpr std::uint64_t kTruncateBytes = 128U << 20U;  // and cut from here on
constexpr std::chrono::milliseconds kCheckpointPause{500};
constexpr int kQuietPauses = 60;

TimeMs SystemNow() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::uint64_t SizeOf(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// Two processes on one folder would each have postings that miss what the other one wrote.
Result<UniqueFd> LockFolder(const std::string& folder) {
  std::string path = folder + "/state.lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Err(ErrnoError(errno, path));
  // One that was just killed may still be on its way out.
  constexpr int kTries = 30;
  constexpr std::chrono::milliseconds kPause{100};
  for (int i = 0; i < kTries; ++i) {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    std::this_thread::sleep_for(kPause);
  }
  return Err(Code::kUnavailable, "another console runs with " + folder + " (--data-dir names another place)");
}

}  // namespace

struct Store::Impl {
  std::string path;
  UniqueFd folder_lock;  // held, while the store is open
  StoreOptions options;
  Postings postings;

  FairMutex write_mutex;  // guards writer
  std::unique_ptr<Connection> writer;

  std::mutex reader_mutex;  // guards idle_readers and open_readers
  std::condition_variable reader_free;
  std::vector<std::unique_ptr<Connection>> idle_readers;
  unsigned open_readers = 0;

  std::unique_ptr<Connection> checkpointer;
  std::mutex stop_mutex;  // guards stopping
  std::condition_variable stop;
  bool stopping = false;
  std::thread checkpoint_thread;  // last: it uses all of the above

  Result<void> LoadPostings();
  Result<std::unique_ptr<Connection>> TakeReader();
  void GiveReader(std::unique_ptr<Connection> connection);
  void Checkpoints();
  void ReleaseMemory();
};

Result<void> Store::Impl::LoadPostings() {
  WEIR_ASSIGN(Statement rows, writer->Query("SELECT asset, ids FROM asset_package ORDER BY asset"));
  std::vector<PackageId> ids;
  while (rows.Next()) {
    WEIR_TRY(DecodeIds(rows.Blob(1), ids));
    postings.Append(rows.U32(0), ids);
  }
  return rows.Finish();
}

Result<std::unique_ptr<Connection>> Store::Impl::TakeReader() {
  std::unique_lock lock(reader_mutex);
  reader_free.wait(lock, [&] { return !idle_readers.empty() || open_readers < options.readers; });
  if (!idle_readers.empty()) {
    std::unique_ptr<Connection> out = std::move(idle_readers.back());
    idle_readers.pop_back();
    return out;
  }
  ++open_readers;
  lock.unlock();
  ConnectionOptions how;
  how.mode = OpenMode::kReadOnly;
  how.cache_kib = options.reader_cache_kib;
  Result<std::unique_ptr<Connection>> opened = Connection::Open(path, how);
  if (!opened) GiveReader(nullptr);
  return opened;
}

void Store::Impl::GiveReader(std::unique_ptr<Connection> connection) {
  {
    std::lock_guard lock(reader_mutex);
    if (connection == nullptr) {
      --open_readers;
    } else {
      idle_readers.push_back(std::move(connection));
    }
  }
  reader_free.notify_one();
}

/// After a burst of work caches are full; while little happens they are not needed.
void Store::Impl::ReleaseMemory() {
  {
    std::lock_guard lock(write_mutex);
    writer->ReleaseMemory();
  }
  {
    std::lock_guard lock(reader_mutex);
    for (const auto& reader : idle_readers) reader->ReleaseMemory();
  }
  ::malloc_trim(0);
}

/// SQLite would do this within the commit that makes the log too long; a new advisory must not wait for it.
/// While units follow each other closely, the log starts anew only after a moment without one: most of it is
/// moved first, then the little that came meanwhile, with the writers held.
void Store::Impl::Checkpoints() {
  std::unique_lock lock(stop_mutex);
  std::uint64_t last_size = 0;
  int quiet = 0;
  while (!stop.wait_for(lock, kCheckpointPause, [&] { return stopping; })) {
    std::uint64_t size = SizeOf(path + "-wal");
    bool grows = size != last_size || size >= kTruncateBytes;
    if (size < kCheckpointBytes || !grows) {
      if (++quiet == kQuietPauses) ReleaseMemory();
      continue;
    }
    quiet = 0;
    lock.unlock();
    Result<void> done = checkpointer->Checkpoint(false);
    if (done && size >= kRestartBytes) {
      std::lock_guard hold(write_mutex);
      done = checkpointer->Checkpoint(size >= kTruncateBytes);
    }
    if (!done) Log(LogLevel::kWarn, "store.checkpoint", {{"error", done.error().message}});
    last_size = SizeOf(path + "-wal");
    lock.lock();
  }
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  {
    std::lock_guard lock(impl_->stop_mutex);
    impl_->stopping = true;
  }
  impl_->stop.notify_all();
  if (impl_->checkpoint_thread.joinable()) impl_->checkpoint_thread.join();
}

Result<std::unique_ptr<Store>> Store::Open(const std::string& data_dir, StoreOptions options) {
  WEIR_TRY(MakeDirectories(data_dir));
  auto impl = std::make_unique<Impl>();
  impl->path = data_dir + "/state.db";
  WEIR_ASSIGN(impl->folder_lock, LockFolder(data_dir));
  impl->options = std::move(options);
  if (!impl->options.now) impl->options.now = SystemNow;
  ConnectionOptions how;
  how.cache_kib = impl->options.writer_cache_kib;
  WEIR_ASSIGN(impl->writer, Connection::Open(impl->path, how));
  WEIR_TRY(Migrate(*impl->writer, Schema()));
  WEIR_TRY(impl->LoadPostings());
  how.cache_kib = 256;
  how.busy_timeout_ms = 100;  // it may hold the writers while it waits for readers
  WEIR_ASSIGN(impl->checkpointer, Connection::Open(impl->path, how));
  impl->checkpoint_thread = std::thread([raw = impl.get()] { raw->Checkpoints(); });
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

TimeMs Store::Now() const { return impl_->options.now(); }

Result<StoreStats> Store::Stats() {
  StoreStats out;
  out.file_bytes = SizeOf(impl_->path);
  out.log_bytes = SizeOf(impl_->path + "-wal");
  out.posting_bytes = impl_->postings.memory_bytes();
  {
    std::lock_guard lock(impl_->write_mutex);
    out.cache_bytes = impl_->writer->memory_bytes();
  }
  std::lock_guard lock(impl_->reader_mutex);
  for (const auto& reader : impl_->idle_readers) out.cache_bytes += reader->memory_bytes();
  return out;
}

struct Store::WriteScope::State {
  Impl& impl;
  std::unique_lock<FairMutex> lock;
  std::optional<SqlTransaction> sql;
  Transaction transaction;
  explicit State(Impl& store)
      : impl(store),
        lock(store.write_mutex),
        transaction(*store.writer, store.postings, store.options.now()) {}
};

Store::WriteScope::WriteScope(Store& store) : state_(std::make_unique<State>(*store.impl_)) {
  Result<SqlTransaction> sql = SqlTransaction::Begin(*state_->impl.writer);
  if (!sql) {
    begun_ = Err(sql.error());
    return;
  }
  state_->sql.emplace(std::move(*sql));
}

Store::WriteScope::~WriteScope() = default;

Transaction& Store::WriteScope::transaction() { return state_->transaction; }

Result<void> Store::WriteScope::Commit() {
  WEIR_TRY(state_->sql->Commit());
  state_->sql.reset();
  Transaction& transaction = state_->transaction;
  transaction.changes_.Apply();
  std::vector<std::function<void()>> after = std::move(transaction.after_commit_);
  state_->lock.unlock();
  for (const auto& fn : after) fn();
  return {};
}

struct Store::ReadScope::State {
  Impl& impl;
  std::unique_ptr<Connection> connection;
  std::optional<SqlTransaction> sql;
  std::optional<Reader> reader;
  explicit State(Impl& store) : impl(store) {}
  ~State() {
    sql.reset();
    if (connection != nullptr) impl.GiveReader(std::move(connection));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Store::ReadScope::ReadScope(Store& store) : state_(std::make_unique<State>(*store.impl_)) {
  Result<std::unique_ptr<Connection>> connection = store.impl_->TakeReader();
  if (!connection) {
    begun_ = Err(connection.error());
    return;
  }
  state_->connection = std::move(*connection);
  Result<SqlTransaction> sql = SqlTransaction::Begin(*state_->connection, false);
  if (!sql) {
    begun_ = Err(sql.error());
    return;
  }
  state_->sql.emplace(std::move(*sql));
  state_->reader.emplace(*state_->connection, store.impl_->postings);
}

Store::ReadScope::~ReadScope() = default;

Reader& Store::ReadScope::reader() { return *state_->reader; }

}  // namespace weir::store
