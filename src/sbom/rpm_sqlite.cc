#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "base/bytes.h"
#include "sbom/rpm_database.h"

namespace weir::sbom {
namespace {

// SQLite reads through a read-only file system of ours, made for one source: the
// scanned file's path is never resolved again (it may mean another file in this
// mount namespace), no journal beside it is touched, and sources in memory or in
// an image's layer need no copy.

struct SourceFile {
  sqlite3_file base;  // first: SQLite's view of it
  target::ByteSource* source;
};

SourceFile& AsSource(sqlite3_file* file) { return *static_cast<SourceFile*>(static_cast<void*>(file)); }

int Close(sqlite3_file*) { return SQLITE_OK; }
int ReadBytes(sqlite3_file* file, void* buffer, int amount, sqlite3_int64 offset) {
  std::size_t wanted = amount < 0 ? 0 : static_cast<std::size_t>(amount);
  std::span<std::byte> out(static_cast<std::byte*>(buffer), wanted);
  if (offset < 0) return SQLITE_IOERR_READ;
  Result<std::size_t> got = AsSource(file).source->ReadAt(static_cast<std::uint64_t>(offset), out);
  if (!got) return SQLITE_IOERR_READ;
  if (*got == wanted) return SQLITE_OK;
  std::memset(buffer, 0, wanted);  // SQLite asks for zeros where a read is short
  return SQLITE_IOERR_SHORT_READ;
}
int Write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int Truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int Sync(sqlite3_file*, int) { return SQLITE_OK; }
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(AsSource(file).source->size());
  return SQLITE_OK;
}
int Lock(sqlite3_file*, int) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_IMMUTABLE; }

constexpr sqlite3_io_methods kMethods = {
    1,
    Close,
    ReadBytes,
    Write,
    Truncate,
    Sync,
    FileSize,
    Lock,
    Lock,
    CheckReservedLock,
    FileControl,
    SectorSize,
    DeviceCharacteristics,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

int Open(sqlite3_vfs* vfs, const char*, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
  new (static_cast<void*>(file)) SourceFile{{&kMethods}, static_cast<target::ByteSource*>(vfs->pAppData)};
  if (out_flags != nullptr) *out_flags = SQLITE_OPEN_READONLY;
  return SQLITE_OK;
}
int Delete(sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; }
int Access(sqlite3_vfs*, const char*, int, int* result) {
  *result = 0;  // there are no other files: no journal, no write-ahead log
  return SQLITE_OK;
}
int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}
int Randomness(sqlite3_vfs*, int size, char* out) {
  std::memset(out, 0, static_cast<std::size_t>(size));
  return size;
}
int Sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
int CurrentTime(sqlite3_vfs*, double* out) {
  *out = 0;
  return SQLITE_OK;
}

/// Registers the file system for as long as one database is open.
class SourceVfs {
 public:
  explicit SourceVfs(target::ByteSource& source) {
    static std::atomic<unsigned> counter{0};
    sqlite3_snprintf(static_cast<int>(name_.size()), name_.data(), "weir-source-%u", ++counter);
    vfs_.iVersion = 1;
    vfs_.szOsFile = static_cast<int>(sizeof(SourceFile));
    vfs_.mxPathname = 256;
    vfs_.zName = name_.data();
    vfs_.pAppData = &source;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
    vfs_.xAccess = Access;
    vfs_.xFullPathname = FullPathname;
    vfs_.xRandomness = Randomness;
    vfs_.xSleep = Sleep;
    vfs_.xCurrentTime = CurrentTime;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~SourceVfs() { sqlite3_vfs_unregister(&vfs_); }
  SourceVfs(const SourceVfs&) = delete;
  SourceVfs& operator=(const SourceVfs&) = delete;
  const char* name() const { return name_.data(); }

 private:
  std::array<char, 32> name_{};
  sqlite3_vfs vfs_{};
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

Error SqliteError(sqlite3* database) {
  return {Code::kMalformed,
          std::string("SQLite: ") + (database == nullptr ? "no memory" : sqlite3_errmsg(database))};
}

/// The schema is the scanned system's word: nothing in it may run.
void Harden(sqlite3* database, const RpmDatabaseLimits& limits) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, static_cast<int>(limits.max_blob_bytes));
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_VDBE_OP, 10'000);
  sqlite3_exec(database, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON;", nullptr,
               nullptr, nullptr);
}

/// SQLite does not miss pages that nothing points to. Source: sqlite.org/fileformat2.html, 1.3.
bool IsCutShort(target::ByteSource& source) {
  Result<std::string> header = source.ReadRange(0, 100);
  if (!header) return true;
  ByteReader reader(*header);
  reader.Seek(16);
  std::uint64_t page_bytes = reader.Be16();
  if (page_bytes == 1) page_bytes = 65536;
  reader.Seek(24);
  std::uint32_t changes = reader.Be32(), pages = reader.Be32();
  reader.Seek(92);
  bool pages_known = reader.Be32() == changes;
  return pages_known && pages * page_bytes > source.size();
}

}  // namespace

Result<void> ReadRpmSqlite(target::ByteSource& source, const RpmDatabaseLimits& limits, const RpmBlobs& blobs,
                           const RpmProblems& problems) {
  SourceVfs vfs(source);
  sqlite3* opened = nullptr;
  int status =
      sqlite3_open_v2("rpmdb.sqlite", &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs.name());
  Database database(opened);
  if (status != SQLITE_OK) return Err(SqliteError(opened));
  Harden(opened, limits);
  sqlite3_stmt* prepared = nullptr;
  status = sqlite3_prepare_v2(opened, "SELECT blob FROM Packages", -1, &prepared, nullptr);
  Statement statement(prepared);
  if (status != SQLITE_OK) return Err(SqliteError(opened));
  if (IsCutShort(source)) problems({Code::kMalformed, "the file ends before its last page"});
  // Overflow pages belong to one row: all rows together are no longer than the file.
  std::uint64_t budget = source.size(), packages = 0;
  while ((status = sqlite3_step(prepared)) == SQLITE_ROW) {
    if (++packages > limits.max_packages) return Err(Code::kLimitExceeded, "too many packages");
    const void* blob = sqlite3_column_blob(prepared, 0);
    std::size_t size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
    if (size > budget) return Err(Code::kMalformed, "packages share their pages");
    budget -= size;
    blobs(std::string_view(static_cast<const char*>(blob), blob == nullptr ? 0 : size));
  }
  if (status != SQLITE_DONE) return Err(SqliteError(opened));
  return {};
}

}  // namespace weir::sbom
