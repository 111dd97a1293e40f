#include "advisory/update/collect_debian.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "advisory/feeds/apt_sources.h"
#include "advisory/feeds/deb_changelog.h"
#include "advisory/feeds/testing.h"
#include "advisory/update/debian_mirror.h"
#include "base/file.h"
#include "base/hash.h"
#include "net/testing.h"

namespace weir::advisory {
namespace {

constexpr std::string_view kChangelog = R"(openssl (3.0.11-1~deb12u2) bookworm-security; urgency=medium

  * CVE-2023-5363 (Incorrect cipher key and IV length processing)
  * Regression of CVE-2023-4807 is gone.

 -- A Person <a@example.org>  Mon, 23 Oct 2023 19:52:22 +0200

openssl (3.0.11-1~deb12u1) bookworm; urgency=medium

  * New upstream release.
   - CVE-2023-4807 / CVE-2023-3817, also CVE-20233-1 and CVE-2023-.
   - CVE-2023-45853

 -- A Person <a@example.org>  Sat, 23 Sep 2023 13:30:08 +0200
)";

TEST(AptSources, OneLine) {
  auto found = ParseOneLineSources(
      "# deb http://no/ a main\ndeb [arch=amd64 signed-by=/x y] http://deb.debian.org/debian-security/ "
      "bookworm-security main contrib # end\ndeb-src http://x/ a main\ndeb http://flat/ ./\ndeb cdrom:[x]/ a "
      "main\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].uri, "http://deb.debian.org/debian-security");
  EXPECT_EQ(found[0].suite, "bookworm-security");
  EXPECT_EQ(found[0].components, (std::vector<std::string>{"main", "contrib"}));
  EXPECT_EQ(AptListPrefix(found[0]), "deb.debian.org_debian-security_dists_bookworm-security_");
}

TEST(AptSources, Deb822) {
  auto found = ParseDeb822Sources(
      "Types: deb deb-src\n# a comment\nURIs: http://a/debian http://b/debian\nSuites: bookworm\n "
      "bookworm-updates\n"
      "Components: main\nSigned-By:\n -----BEGIN\n\nTypes: deb\nEnabled: no\nURIs: http://c\nSuites: "
      "x\nComponents: main\n");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[3].uri, "http://b/debian");
  EXPECT_EQ(found[3].suite, "bookworm-updates");
}

TEST(DebChangelog, ABackportIsLowerThanWhatItWasMadeFrom) {
  auto fixes = ReadChangelogFixes(
      "libxml2 (2.9.14+dfsg-1.3~deb12u6) bookworm; urgency=high\n\n  * CVE-2026-1111\n\n -- A <a@b>  Mon, 02 "
      "Jan 2026 00:00:00 +0000\n\n"
      "libxml2 (2.9.14+dfsg-1.3~deb12u1) bookworm; urgency=medium\n\n  * Rebuild for bookworm\n\n -- A <a@b> "
      " Mon, 01 May 2023 00:00:00 +0000\n\n"
      "libxml2 (2.9.14+dfsg-1.3) unstable; urgency=medium\n\n  * CVE-2022-2309\n\n -- A <a@b>  Sun, 30 Apr "
      "2023 00:00:00 +0000\n\n"
      "libxml2 (2.9.14+dfsg-1) unstable; urgency=medium\n\n  * CVE-2021-1111\n\n -- A <a@b>  Sun, 30 Apr "
      "2022 "
      "00:00:00 +0000\n");
  ASSERT_EQ(fixes.size(), 3U);
  EXPECT_EQ(fixes[0].version, "2.9.14+dfsg-1");
  EXPECT_EQ(fixes[1].cve, "CVE-2022-2309");
  EXPECT_EQ(fixes[1].version, "2.9.14+dfsg-1.3~deb12u1");
  EXPECT_EQ(fixes[1].date, "2023-04-30");
  EXPECT_EQ(fixes[2].version, "2.9.14+dfsg-1.3~deb12u6");
}

TEST(DebChangelog, TheOldestMentionIsTheFix) {
  auto fixes = ReadChangelogFixes(kChangelog);
  ASSERT_EQ(fixes.size(), 4U);
  EXPECT_EQ(fixes[0].cve, "CVE-2023-3817");
  EXPECT_EQ(fixes[1].cve, "CVE-2023-45853");
  EXPECT_EQ(fixes[2].cve, "CVE-2023-4807");
  EXPECT_EQ(fixes[2].version, "3.0.11-1~deb12u1");
  EXPECT_EQ(fixes[2].date, "2023-09-23");
  EXPECT_EQ(fixes[3].version, "3.0.11-1~deb12u2");
  EXPECT_EQ(fixes[3].date, "2023-10-23");
  EXPECT_EQ(fixes[3].line, "CVE-2023-5363 (Incorrect cipher key and IV length processing)");
  EXPECT_TRUE(ReadChangelogFixes("CVE-2023-1234 before any heading").empty());
}

using Members = std::vector<std::pair<std::string, std::string>>;

std::string Pack(const Members& members, int (*set_format)(archive*), int (*add_filter)(archive*)) {
  std::string out(1U << 20U, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  set_format(writer);
  add_filter(writer);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& [name, text] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string DebianTar(const std::string& changelog) {
  return Pack({{"debian/changelog", changelog}}, archive_write_set_format_ustar, archive_write_add_filter_xz);
}

std::string Deb(const std::string& changelog) {
  std::string gz = Pack({{"x", changelog}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
  std::string data = Pack({{"./usr/share/doc/libx/changelog.gz", "upstream's own"},
                           {"./usr/share/doc/libx/changelog.Debian.gz", gz}},
                          archive_write_set_format_ustar, archive_write_add_filter_xz);
  return Pack({{"debian-binary", "2.0\n"}, {"control.tar.xz", "x"}, {"data.tar.xz", data}},
              archive_write_set_format_ar_svr4, archive_write_add_filter_none);
}

/// A mirror with one security suite of two packages; "gone" is in the index and not in the pool.
std::vector<std::pair<std::string, std::string>> Mirror() {
  std::string tar = DebianTar(std::string(kChangelog));
  auto stanza = [&](const std::string& name, const std::string& version, const std::string& digest) {
    return "Package: " + name + "\nVersion: " + version + "\nDirectory: pool/" + name +
           "\nChecksums-Sha256:\n " + std::string(64, '0') + " 5 " + name + ".orig.tar.gz\n " + digest + " " +
           std::to_string(tar.size()) + " " + name + "_" + version + ".debian.tar.xz\n\n";
  };
  std::string digest = DigestHex(DigestKind::kSha256, AsBytes(tar));
  std::string sources = stanza("openssl", "3.0.11-1~deb12u2", digest) + stanza("openssl", "3.0.9-1", digest) +
                        "Extra-Source-Only: yes\n" + stanza("extra", "1.0", digest) +
                        stanza("gone", "1.0", digest) + stanza("other", "1.0", std::string(64, 'a'));
  std::string release = "Origin: Debian\nSHA256:\n " + DigestHex(DigestKind::kSha256, AsBytes(sources)) +
                        " " + std::to_string(sources.size()) + " main/source/Sources.gz\n";
  return {{"/debian-security/dists/bookworm-security/InRelease", release},
          {"/debian-security/dists/bookworm-security/main/source/Sources.gz", sources},
          {"/debian-security/pool/openssl/openssl_3.0.11-1~deb12u2.debian.tar.xz", tar},
          {"/debian-security/pool/other/other_1.0.debian.tar.xz", tar}};
}

class CollectDebianTest : public testing::Test {
 protected:
  CollectDebianTest() : folder_(testing::TempDir() + "weir_collect_" + std::to_string(::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/etc/apt");
    std::filesystem::create_directories(folder_ + "/cache");
  }
  ~CollectDebianTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(CollectDebianTest, ReadsChangelogsFromTheMirrorOnce) {
  net::TestServer server(net::ServeFiles(Mirror()));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/etc/apt/sources.list",
                                  "deb " + server.Url("/debian-security") + " bookworm-security main\n"));
  CollectOptions options;
  options.archive.root = folder_;
  options.archive.source_names = {"openssl"};
  options.cache_dir = folder_ + "/cache";
  auto collected = CollectDebianArchive(options);
  ASSERT_TRUE(collected) << collected.error().message;
  EXPECT_EQ(collected->problem, "");
  EXPECT_EQ(collected->records, 4U);
  EXPECT_EQ(collected->downloads, 1U);
  EXPECT_NE(collected->description.find("signature not checked"), std::string::npos);
  KeepingSink sink;
  auto stats = ReadOsvJson(collected->osv_json, sink);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->used, 4U) << stats->first_error;
  EXPECT_EQ(sink.advisories[3].id, "CVE-2023-5363");
  EXPECT_EQ(sink.advisories[3].affected[0].ecosystem, "Debian:12");
  EXPECT_EQ(sink.advisories[3].affected[0].name, "openssl");
  EXPECT_EQ(sink.advisories[3].affected[0].ranges[0].fixed, "3.0.11-1~deb12u2");

  auto again = CollectDebianArchive(options);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->downloads, 0U);
  EXPECT_EQ(again->osv_json, collected->osv_json);
}

TEST_F(CollectDebianTest, SaysWhatItCouldNotRead) {
  net::TestServer server(net::ServeFiles(Mirror()));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/etc/apt/sources.list",
                                  "deb " + server.Url("/debian-security") + " bookworm-security main\n"));
  CollectOptions options;
  options.archive.root = folder_;
  options.cache_dir = folder_ + "/cache";
  auto collected = CollectDebianArchive(options);
  ASSERT_TRUE(collected) << collected.error().message;
  EXPECT_EQ(collected->packages, 1U);
  EXPECT_NE(collected->problem.find("2 of 3"), std::string::npos) << collected->problem;
  options.archive.source_names = {"other"};  // its bytes are not the index's
  EXPECT_FALSE(CollectDebianArchive(options));
}

TEST_F(CollectDebianTest, TakesABinaryPackageWhereTheSourceIsGone) {
  auto files = Mirror();
  std::string deb = Deb(std::string(kChangelog));
  // As apt keeps it: the mirror is not asked for what is here.
  std::string packages =
      "Package: libx\nSource: gone (1.0)\nVersion: 1.0+b1\nFilename: pool/gone/libx_1.0.deb\nSize: " +
      std::to_string(deb.size()) + "\nSHA256: " + DigestHex(DigestKind::kSha256, AsBytes(deb)) + "\n";
  files.emplace_back("/debian-security/pool/gone/libx_1.0.deb", deb);
  net::TestServer server(net::ServeFiles(files));
  AptArchive archive{server.Url("/debian-security"), "bookworm-security", {"main"}};
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/etc/apt/sources.list",
                                  "deb " + archive.uri + " bookworm-security main\n"));
  std::filesystem::create_directories(folder_ + "/var/lib/apt/lists");
  for (const char* arch : {"amd64", "arm64"}) {
    ASSERT_TRUE(WriteFileAtomically(
        folder_ + "/var/lib/apt/lists/" + AptListPrefix(archive) + "main_binary-" + arch + "_Packages",
        packages));
  }
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/var/lib/apt/lists/" + AptListPrefix(archive) + "InRelease",
                                  files[0].second));
  CollectOptions options;
  options.archive.root = folder_;
  options.archive.source_names = {"gone"};
  options.cache_dir = folder_ + "/cache";
  auto collected = CollectDebianArchive(options);
  ASSERT_TRUE(collected) << collected.error().message;
  EXPECT_EQ(collected->problem, "");
  EXPECT_EQ(collected->records, 4U);
  EXPECT_NE(collected->description.find("signature checked by apt"), std::string::npos);
}

TEST_F(CollectDebianTest, AHostWithoutASecuritySuiteGivesNothing) {
  CollectOptions options;
  options.archive.root = folder_;
  options.cache_dir = folder_ + "/cache";
  auto collected = CollectDebianArchive(options);
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->records, 0U);
}

}  // namespace
}  // namespace weir::advisory
