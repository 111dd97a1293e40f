// The databases here are written by small writers of their own, from the format
// descriptions; a database written by rpm itself is tests/data/sbom/rpmdb.sqlite.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>

#include "base/file.h"
#include "sbom/catalogers.h"
#include "sbom/rpm_header.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

using model::RelationKind;

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  auto cataloger = MakeRpmCataloger({});
  return RunCataloger(*cataloger, files);
}

std::string Be32(std::uint32_t v) {
  std::string out;
  for (unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>((v >> shift) & 0xffU);
  return out;
}
std::string Le32(std::uint32_t v) {
  std::string out = Be32(v);
  std::reverse(out.begin(), out.end());
  return out;
}
std::string Be16(std::uint32_t v) { return Be32(v).substr(2); }
std::string Le16(std::uint32_t v) { return Le32(v).substr(0, 2); }

class HeaderWriter {
 public:
  HeaderWriter& Text(std::uint32_t tag, std::string_view text) {
    return Add(tag, 6, 1, std::string(text) + '\0');
  }
  HeaderWriter& Texts(std::uint32_t tag, const std::vector<std::string>& texts) {
    std::string data;
    for (const std::string& text : texts) data += text + '\0';
    return Add(tag, 8, static_cast<std::uint32_t>(texts.size()), data);
  }
  HeaderWriter& Numbers(std::uint32_t tag, const std::vector<std::uint32_t>& values) {
    std::string data;
    for (std::uint32_t value : values) data += Be32(value);
    return Add(tag, 4, static_cast<std::uint32_t>(values.size()), data);
  }
  HeaderWriter& Shorts(std::uint32_t tag, const std::vector<std::uint32_t>& values) {
    std::string data;
    for (std::uint32_t value : values) data += Be16(value);
    return Add(tag, 3, static_cast<std::uint32_t>(values.size()), data);
  }
  HeaderWriter& Add(std::uint32_t tag, std::uint32_t type, std::uint32_t count, const std::string& data) {
    while (type < 6 && data_.size() % 4 != 0) data_ += '\0';
    index_ += Be32(tag) + Be32(type) + Be32(static_cast<std::uint32_t>(data_.size())) + Be32(count);
    data_ += data;
    ++entries_;
    return *this;
  }
  std::string Blob() const {
    return Be32(entries_) + Be32(static_cast<std::uint32_t>(data_.size())) + index_ + data_;
  }

 private:
  std::uint32_t entries_ = 0;
  std::string index_, data_;
};

HeaderWriter Minimal(std::string_view name, std::string_view version = "1.0") {
  HeaderWriter writer;
  writer.Text(1000, name).Text(1001, version).Text(1002, "1.el9").Text(1022, "x86_64");
  return writer;
}

std::vector<std::string> SampleBlobs() {
  std::vector<std::string> blobs;
  blobs.push_back(Minimal("openssl-libs", "3.0.7")
                      .Numbers(1003, {1})
                      .Text(1011, "Red Hat, Inc.")
                      .Text(1014, "ASL 2.0")
                      .Text(1044, "openssl-3.0.7-1.el9.src.rpm")
                      .Text(5096, "")
                      .Texts(1047, {"openssl-libs", "libssl.so.3()(64bit)"})
                      .Texts(1117, {"lib64", "libssl.so.3"})
                      .Texts(1118, {"/usr/", "/usr/lib64/"})
                      .Numbers(1116, {0, 1})
                      .Shorts(1030, {040755, 0100755})
                      .Blob());
  blobs.push_back(Minimal("curl", "7.76")
                      .Numbers(1003, {0})
                      .Text(5096, "web:1:80:abc")
                      .Texts(1049, {"libssl.so.3()(64bit)", "rpmlib(X)", "/usr/bin/sh", "(a if b)"})
                      .Blob());
  blobs.push_back(Minimal("bash").Texts(1027, {"/usr/bin/sh"}).Blob());
  blobs.push_back(Minimal("gpg-pubkey", "abcdef").Blob());
  // Longer than a page, so that it needs a chain.
  std::vector<std::string> many;
  for (int i = 0; i < 400; ++i) many.push_back("file-number-" + std::to_string(i));
  blobs.push_back(Minimal("big")
                      .Texts(1117, many)
                      .Texts(1118, {"/opt/big/"})
                      .Numbers(1116, std::vector<std::uint32_t>(many.size(), 0))
                      .Blob());
  return blobs;
}

void ExpectSample(const CatalogedFiles& found) {
  EXPECT_TRUE(found.problems.empty()) << (found.problems.empty() ? "" : found.problems[0].message);
  ASSERT_EQ(found.packages.size(), 4U);
  const model::Package* ssl = found.Find("openssl-libs");
  ASSERT_NE(ssl, nullptr);
  EXPECT_EQ(ssl->version, "1:3.0.7-1.el9");
  EXPECT_EQ(ssl->arch, "x86_64");
  EXPECT_EQ(ssl->vendor, "Red Hat, Inc.");
  EXPECT_EQ(ssl->source_name, "openssl");
  EXPECT_EQ(ssl->source_version, "3.0.7-1.el9");
  EXPECT_TRUE(ssl->module_known);
  EXPECT_EQ(ssl->module, "");
  EXPECT_EQ(found.Find("curl")->version, "0:7.76-1.el9") << "epoch 0 is not the same as none";
  EXPECT_EQ(found.Find("curl")->module, "web:1:80:abc");
  EXPECT_EQ(found.Find("bash")->version, "1.0-1.el9");
  EXPECT_FALSE(found.Find("bash")->module_known);
  EXPECT_EQ(found.OwnersOf("usr/lib64/libssl.so.3"), "openssl-libs");
  EXPECT_EQ(found.OwnersOf("usr/lib64"), "");
  EXPECT_EQ(found.OwnersOf("opt/big/file-number-399"), "big");
  EXPECT_TRUE(found.Related("curl", "openssl-libs", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("curl", "bash", RelationKind::kDependsOn));
  EXPECT_EQ(found.relations.size(), 2U);
}

std::string NdbOf(const std::vector<std::string>& blobs) {
  std::string slots = Le32(0x506d7052) + Le32(0) + Le32(1) + Le32(1) + Le32(100) + std::string(12, '\0');
  std::string data;
  std::uint32_t number = 0;
  for (const std::string& blob : blobs) {
    std::uint32_t size = static_cast<std::uint32_t>(blob.size());
    std::string stored = Le32(0x53626c42) + Le32(++number) + Le32(1) + Le32(size) + blob;
    while ((stored.size() + 12) % 16 != 0) stored += '\0';
    stored += Le32(0) + Le32(size) + Le32(0x45626c42);
    slots += Le32(0x746f6c53) + Le32(number) + Le32(static_cast<std::uint32_t>((4096 + data.size()) / 16)) +
             Le32(static_cast<std::uint32_t>(stored.size() / 16));
    data += stored;
  }
  while (slots.size() < 4096) slots += Le32(0x746f6c53) + std::string(12, '\0');
  return slots + data;
}

/// One hash page with everything on it; values above 600 bytes in chains of overflow pages.
std::string BerkeleyOf(const std::vector<std::string>& blobs, bool big) {
  constexpr std::size_t kPage = 4096;
  auto u32 = [&](std::size_t v) {
    return big ? Be32(static_cast<std::uint32_t>(v)) : Le32(static_cast<std::uint32_t>(v));
  };
  auto u16 = [&](std::size_t v) {
    return big ? Be16(static_cast<std::uint32_t>(v)) : Le16(static_cast<std::uint32_t>(v));
  };
  auto page_header = [&](std::size_t number, std::size_t next, std::size_t entries, std::size_t offset,
                         char type) {
    return std::string(8, '\0') + u32(number) + u32(0) + u32(next) + u16(entries) + u16(offset) + '\0' + type;
  };
  std::string chains;
  std::vector<std::string> items = {std::string(1, '\1') + std::string(4, '\0'),
                                    std::string(1, '\1') + u32(9)};
  std::size_t number = 0;
  for (const std::string& blob : blobs) {
    items.push_back(std::string(1, '\1') + u32(++number));
    if (blob.size() < 600) {
      items.push_back(std::string(1, '\1') + blob);
      continue;
    }
    items.push_back(std::string("\3\0\0\0", 4) + u32(2 + chains.size() / kPage) + u32(blob.size()));
    for (std::size_t at = 0; at < blob.size();) {
      std::string part = blob.substr(at, kPage - 26);
      at += part.size();
      std::size_t self = 2 + chains.size() / kPage;
      std::string page = page_header(self, at < blob.size() ? self + 1 : 0, 1, part.size(), '\7') + part;
      page.resize(kPage);
      chains += page;
    }
  }
  std::string index, data;
  for (const std::string& item : items) {
    data = item + data;
    index += u16(kPage - data.size());
  }
  std::string hash = page_header(1, 0, items.size(), kPage - data.size(), '\15') + index;
  hash.resize(kPage - data.size());
  hash += data;
  std::string meta = std::string(8, '\0') + u32(0) + u32(0x061561) + u32(9) + u32(kPage) + '\0' + '\10' +
                     std::string(6, '\0') + u32(1 + chains.size() / kPage);
  meta.resize(kPage);
  return meta + hash + chains;
}

std::string SqliteOf(const std::vector<std::string>& blobs, const std::string& schema) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(":memory:", &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, schema.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  for (const std::string& blob : blobs) {
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(database, "INSERT INTO Packages(blob) VALUES(?)", -1, &insert, nullptr);
    sqlite3_bind_blob(insert, 1, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
    EXPECT_EQ(sqlite3_step(insert), SQLITE_DONE);
    sqlite3_finalize(insert);
  }
  sqlite3_int64 size = 0;
  unsigned char* image = sqlite3_serialize(database, "main", &size, 0);
  std::string out(static_cast<const char*>(static_cast<const void*>(image)), static_cast<std::size_t>(size));
  sqlite3_free(image);
  sqlite3_close(database);
  return out;
}
constexpr const char* kSchema =
    "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)";

TEST(Rpm, ReadsEveryContainer) {
  ExpectSample(Catalog({{"usr/lib/sysimage/rpm/Packages.db", NdbOf(SampleBlobs())}}));
  ExpectSample(Catalog({{"var/lib/rpm/Packages", BerkeleyOf(SampleBlobs(), false)}}));
  ExpectSample(Catalog({{"var/lib/rpm/Packages", BerkeleyOf(SampleBlobs(), true)}}));
  ExpectSample(Catalog({{"usr/share/rpm/rpmdb.sqlite", SqliteOf(SampleBlobs(), kSchema)}}));
}

/// Made by tests/oracle/make_rpm_root.sh; what is expected is what "rpm -qa" says of it.
TEST(Rpm, ReadsADatabaseThatRpmWrote) {
  Result<std::string> database = ReadFile(WEIR_SOURCE_DIR "/tests/data/sbom/rpmdb.sqlite", 1U << 20U);
  ASSERT_TRUE(database.has_value());
  CatalogedFiles found = Catalog({{"var/lib/rpm/rpmdb.sqlite", *database}});
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_EQ(found.Find("alpha")->version, "1.2-3.el9");
  EXPECT_EQ(found.Find("beta")->version, "0:2.0-1");
  EXPECT_EQ(found.Find("beta")->module, "nodejs:18:8080020230301:abc");
  EXPECT_EQ(found.Find("gamma")->version, "7:1.0~rc1-1");
  EXPECT_EQ(found.Find("gamma")->source_version, "1.0~rc1-1");
  EXPECT_EQ(found.OwnersOf("usr/bin/alpha"), "alpha");
  EXPECT_TRUE(found.Related("alpha", "beta", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("gamma", "beta", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("gamma", "alpha", RelationKind::kDependsOn)) << "by the path of a file";
  EXPECT_EQ(found.relations.size(), 3U);
}

TEST(Rpm, MergesTwoDatabasesOfOneSystem) {
  CatalogedFiles found = Catalog({{"usr/lib/sysimage/rpm/rpmdb.sqlite", SqliteOf(SampleBlobs(), kSchema)},
                                  {"var/lib/rpm/Packages", BerkeleyOf(SampleBlobs(), false)},
                                  {"srv/root/var/lib/rpm/Packages", BerkeleyOf({SampleBlobs()[2]}, false)}});
  ASSERT_EQ(found.packages.size(), 5U);
  EXPECT_EQ(found.Find("curl")->locations.size(), 2U);
  EXPECT_EQ(found.OwnersOf("srv/root/usr/bin/sh"), "bash");
}

/// Every cut-short or bent database is answered with a problem or fewer packages, never with a crash.
TEST(Rpm, SurvivesDamage) {
  const std::pair<std::string, std::string> kDatabases[] = {
      {"var/lib/rpm/Packages.db", NdbOf(SampleBlobs())},
      {"var/lib/rpm/Packages", BerkeleyOf(SampleBlobs(), false)},
      {"var/lib/rpm/rpmdb.sqlite", SqliteOf(SampleBlobs(), kSchema)},
  };
  for (const auto& [path, whole] : kDatabases) {
    for (std::size_t size = 0; size < whole.size(); size += 509) {
      CatalogedFiles found = Catalog({{path, whole.substr(0, size)}});
      EXPECT_FALSE(found.problems.empty()) << path << " cut to " << size;
    }
    for (std::size_t at = 0; at < whole.size(); at += 211) {
      std::string bent = whole;
      bent[at] = static_cast<char>(~bent[at]);
      Catalog({{path, bent}});
    }
  }
}

TEST(Rpm, NothingInASqliteSchemaRuns) {
  std::string endless = SqliteOf({},
                                 "CREATE VIEW Packages(blob) AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
                                 "SELECT x+1 FROM n) SELECT zeroblob(1000) FROM n");
  CatalogedFiles found = Catalog({{"var/lib/rpm/rpmdb.sqlite", endless}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_EQ(found.problems.size(), 1U);
}

TEST(Rpm, ReportsAWriteAheadLog) {
  EXPECT_EQ(Catalog({{"var/lib/rpm/rpmdb.sqlite-wal", "x"}}).problems.size(), 1U);
  EXPECT_EQ(Catalog({{"var/lib/rpm/rpmdb.sqlite-wal", ""}}).problems.size(), 0U);
}

TEST(Rpm, ReadsTheManifestOfMariner) {
  CatalogedFiles found = Catalog({{"var/lib/rpmmanifest/container-manifest-2",
                                   "bash\t5.1.8-1.cm2\t1653816591\t1653753130\tMicrosoft "
                                   "Corporation\t(none)\t4000\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm\n"
                                   "shadow\t4.9-7.cm2\t1\t1\tMicrosoft "
                                   "Corporation\t(none)\t1\tx86_64\t2\tshadow-utils-4.9-7.cm2.src.rpm\n"
                                   "short line\n"}});
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.Find("bash")->version, "5.1.8-1.cm2");
  EXPECT_EQ(found.Find("shadow")->version, "2:4.9-7.cm2");
  EXPECT_EQ(found.Find("shadow")->source_name, "shadow-utils");
  EXPECT_EQ(found.problems.size(), 1U);
}

TEST(RpmHeader, RefusesLies) {
  EXPECT_FALSE(ParseRpmHeader("").has_value());
  EXPECT_FALSE(ParseRpmHeader(Be32(0xffffffff) + Be32(0xffffffff)).has_value());
  EXPECT_FALSE(ParseRpmHeader(HeaderWriter().Text(1001, "1").Blob()).has_value()) << "no name";
  std::string lie = Minimal("x").Add(1117, 8, 0x7fffffff, std::string("a") + '\0').Blob();
  EXPECT_FALSE(ParseRpmHeader(lie).has_value()) << "more strings than bytes";
  EXPECT_FALSE(ParseRpmHeader(Minimal("x").Add(1116, 4, 3, "four").Blob()).has_value());
  EXPECT_TRUE(ParseRpmHeader(Minimal("x").Add(9, 99, 3, "unknown").Blob()).has_value());
}

}  // namespace
}  // namespace weir::sbom
