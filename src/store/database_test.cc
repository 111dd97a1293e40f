#include "store/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "store/testing.h"

namespace weir::store {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Open(OpenMode mode = OpenMode::kReadWrite) {
    ConnectionOptions options;
    options.mode = mode;
    auto connection = Connection::Open(path_, options);
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? std::move(*connection) : nullptr;
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/x.db";
};

TEST_F(DatabaseTest, TheFileIsItsOwnersAlone) {
  std::ofstream(path_).flush();
  ::chmod(path_.c_str(), 0644);
  auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status{};
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(DatabaseTest, SurvivesAPowerCut) {
  auto db = Open();
  EXPECT_EQ(db->Value(-1, "PRAGMA synchronous"), 2);
  Result<Statement> mode = db->Query("PRAGMA journal_mode");
  ASSERT_TRUE(mode && mode->Next());
  EXPECT_EQ(mode->Text(0), "wal");
}

TEST_F(DatabaseTest, LeavesOtherProgramsFilesAlone) {
  ASSERT_TRUE(
      WriteFileAtomically(path_, "this is not a database, but a letter of some length to a friend\n"));
  auto letter = Connection::Open(path_, {});
  ASSERT_FALSE(letter);
  EXPECT_EQ(letter.error().code, Code::kMalformed);
  path_ = folder_.path() + "/other.db";
  {
    auto db = Open();
    ASSERT_TRUE(db->Script("CREATE TABLE theirs (a); PRAGMA application_id = 7"));
  }
  auto other = Connection::Open(path_, {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kUnsupported);
}

TEST_F(DatabaseTest, FollowsNoLink) {
  ASSERT_EQ(::symlink("/etc/hostname", path_.c_str()), 0);
  EXPECT_FALSE(Connection::Open(path_, {}));
}

TEST_F(DatabaseTest, BindsAndReadsEveryKind) {
  auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a, b, c, d, e)"));
  std::string bytes("a\0b", 3);
  ASSERT_TRUE(db->Run("INSERT INTO t VALUES (?, ?, ?, ?, ?)", -5, 0.25, "tëxt", AsBytes(bytes),
                      std::optional<int>()));
  auto row = db->Query("SELECT * FROM t");
  ASSERT_TRUE(row && row->Next());
  EXPECT_EQ(row->Int(0), -5);
  EXPECT_EQ(row->Real(1), 0.25);
  EXPECT_EQ(row->Text(2), "tëxt");
  EXPECT_EQ(AsText(row->Blob(3)), bytes);
  EXPECT_TRUE(row->IsNull(4));
  EXPECT_FALSE(row->Next());
  EXPECT_TRUE(row->Finish());
}

TEST_F(DatabaseTest, OneStatementMayRunInsideItself) {
  auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)"));
  auto outer = db->Query("SELECT a FROM t ORDER BY a");
  std::int64_t sum = 0;
  while (outer->Next()) {
    auto inner = db->Query("SELECT a FROM t ORDER BY a");
    while (inner->Next()) sum += outer->Int(0) * inner->Int(0);
  }
  EXPECT_EQ(sum, 36);
}

TEST_F(DatabaseTest, AnErrorIsNotAnEmptyAnswer) {
  auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(db->Query("SELECT nothing FROM nowhere"));
  EXPECT_FALSE(db->Run("INSERT INTO t VALUES (1)"));
  auto rows = db->Query("SELECT abs(-9223372036854775808) FROM t");
  EXPECT_FALSE(rows->Next());
  EXPECT_FALSE(rows->Finish());
}

TEST_F(DatabaseTest, ATransactionIsRolledBackUnlessCommitted) {
  auto db = Open();
  ASSERT_TRUE(db->Script("CREATE TABLE t (a)"));
  {
    auto lost = SqlTransaction::Begin(*db);
    ASSERT_TRUE(lost && db->Run("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(db->Value(-1, "SELECT count(*) FROM t"), 0);
  {
    auto kept = SqlTransaction::Begin(*db);
    ASSERT_TRUE(kept && db->Run("INSERT INTO t VALUES (1)") && kept->Commit());
  }
  EXPECT_EQ(db->Value(-1, "SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, ReadersDoNotWrite) {
  ASSERT_TRUE(Open()->Script("CREATE TABLE t (a)"));
  auto reader = Open(OpenMode::kReadOnly);
  auto written = reader->Run("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kPermissionDenied);
}

TEST_F(DatabaseTest, MigrationsRunOnceAndInOrder) {
  const Migration first[] = {{"one", "CREATE TABLE t (a); INSERT INTO t VALUES (1)"}};
  const Migration both[] = {first[0],
                            {"two", "ALTER TABLE t ADD COLUMN b DEFAULT 7; UPDATE t SET a = a + 1"}};
  auto db = Open();
  ASSERT_TRUE(Migrate(*db, first));
  ASSERT_TRUE(Migrate(*db, both));
  ASSERT_TRUE(Migrate(*db, both));
  EXPECT_EQ(db->Value(-1, "SELECT a * 10 + b FROM t"), 27);
  EXPECT_EQ(db->Value(-1, "PRAGMA user_version"), 2);
  auto newer = Migrate(*db, first);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
}

TEST_F(DatabaseTest, AFailedMigrationLeavesNothingBehind) {
  const Migration bad[] = {{"one", "CREATE TABLE t (a)"},
                           {"two", "CREATE TABLE u (a); INSERT INTO nowhere VALUES (1)"}};
  auto db = Open();
  EXPECT_FALSE(Migrate(*db, bad));
  EXPECT_EQ(db->Value(-1, "PRAGMA user_version"), 1);
  EXPECT_EQ(db->Value(-1, "SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace weir::store
