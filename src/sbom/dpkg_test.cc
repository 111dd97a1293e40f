#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/strings.h"
#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

using model::RelationKind;

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  auto cataloger = MakeDpkgCataloger({});
  return RunCataloger(*cataloger, files);
}

constexpr std::string_view kStatus = R"(Package: libc6
Essential: yes
Status: install ok installed
Priority: optional
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u4
Provides: libc6-virtual (= 1)
Conffiles:
 /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
Description: GNU C Library: Shared libraries
 Contains the standard libraries.
 .
 Package: not-a-field

Package: libc6
Status: install ok installed
Architecture: i386
Source: glibc
Version: 2.36-9+deb12u4

Package: libgcc-s1
Status: install ok installed
Architecture: amd64
Source: gcc-12 (12.2.0-14)
Version: 12.2.0-14+b1
Pre-Depends: libc6 (>= 2.35)
Depends: gcc-12-base (= 12.2.0-14), missing-one | libc6-virtual

Package: gcc-12-base
Status: deinstall ok installed
Architecture: all
Version: 12.2.0-14

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: never
Status: unknown ok not-installed

Package: half
Status: install reinstreq half-installed
Architecture: amd64
Version: 1:2~rc1-1
Origin: Example
)";

TEST(Dpkg, ReadsInstalledPackagesOfStatus) {
  CatalogedFiles found = Catalog({{"var/lib/dpkg/status", std::string(kStatus)}});
  ASSERT_EQ(found.packages.size(), 5U);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(found.Find("gone"), nullptr);
  EXPECT_EQ(found.Find("never"), nullptr);
  const model::Package* libgcc = found.Find("libgcc-s1");
  ASSERT_NE(libgcc, nullptr);
  EXPECT_EQ(libgcc->version, "12.2.0-14+b1");
  EXPECT_EQ(libgcc->source_name, "gcc-12");
  EXPECT_EQ(libgcc->source_version, "12.2.0-14");
  const model::Package* libc = found.Find("libc6");
  EXPECT_EQ(libc->source_name, "glibc");
  EXPECT_EQ(libc->source_version, "");
  EXPECT_EQ(libc->vendor, "GNU Libc Maintainers <debian-glibc@lists.debian.org>");
  ASSERT_EQ(libc->locations.size(), 1U);
  EXPECT_EQ(libc->locations[0].path, "var/lib/dpkg/status");
  EXPECT_EQ(found.Find("half")->version, "1:2~rc1-1");
  EXPECT_EQ(found.Find("half")->origin, "Example");
  EXPECT_NE(found.Find("gcc-12-base"), nullptr) << "wanted away, still there";
}

TEST(Dpkg, DependsOnInstalledAlternativesOfTheSameArchitecture) {
  CatalogedFiles found = Catalog({{"var/lib/dpkg/status", std::string(kStatus)}});
  EXPECT_TRUE(found.Related("libgcc-s1", "libc6", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("libgcc-s1", "gcc-12-base", RelationKind::kDependsOn));
  const model::Package* amd64 = nullptr;
  for (const model::Package& package : found.packages)
    if (package.name == "libc6" && package.arch == "amd64") amd64 = &package;
  ASSERT_NE(amd64, nullptr);
  for (const model::Relation& relation : found.relations) {
    if (relation.from != found.Find("libgcc-s1")->id || relation.to == found.Find("gcc-12-base")->id)
      continue;
    EXPECT_EQ(relation.to, amd64->id);
  }
}

TEST(Dpkg, OwnsTheFilesOfItsLists) {
  CatalogedFiles found = Catalog({
      {"var/lib/dpkg/status", std::string(kStatus)},
      {"var/lib/dpkg/info/libc6:amd64.list",
       "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n"},
      {"var/lib/dpkg/info/libc6:i386.list", "/.\n/lib\n/lib/i386-linux-gnu\n/lib/i386-linux-gnu/libc.so.6\n"},
      {"var/lib/dpkg/info/half.list", "/usr\n/usr/bin\n/usr/bin/half\n/usr/bin/half-more"},
      {"var/lib/dpkg/info/gone.list", "/etc/gone.conf\n"},
      {"etc/apt/sources.list", "deb http://example.org/ x main\n"},
  });
  EXPECT_EQ(found.OwnersOf("lib/x86_64-linux-gnu/libc.so.6"), "libc6");
  EXPECT_EQ(found.OwnersOf("lib/i386-linux-gnu/libc.so.6"), "libc6");
  EXPECT_EQ(found.OwnersOf("usr/bin/half"), "half");
  EXPECT_EQ(found.OwnersOf("usr/bin/half-more"), "half");
  EXPECT_EQ(found.OwnersOf("usr/bin"), "") << "folders are nobody's";
  EXPECT_EQ(found.OwnersOf("etc/gone.conf"), "");
}

TEST(Dpkg, ReadsDistrolessStatusParts) {
  CatalogedFiles found = Catalog({
      {"var/lib/dpkg/status.d/openssl",
       "Package: openssl\nVersion: 3.0.11-1~deb12u2\nArchitecture: amd64\n"
       "Depends: libc6 (>= 2.34)\n"},
      {"var/lib/dpkg/status.d/openssl.md5sums", "0123456789abcdef0123456789abcdef  usr/bin/openssl\n"},
      {"var/lib/dpkg/status.d/libc6",
       "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\nSource: glibc\n"},
  });
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.OwnersOf("usr/bin/openssl"), "openssl");
  EXPECT_TRUE(found.Related("openssl", "libc6", RelationKind::kDependsOn));
  EXPECT_TRUE(found.problems.empty());
}

TEST(Dpkg, ReadsOpkgWithStatusBeforeControlFiles) {
  std::string control = "Package: busybox\nVersion: 1.36.1-1\nArchitecture: x86_64\nLicense: GPL-2.0\n";
  CatalogedFiles found = Catalog({
      {"usr/lib/opkg/status",
       "Package: busybox\nVersion: 1.36.1-1\nStatus: install user installed\n"
       "Architecture: x86_64\n"},
      {"usr/lib/opkg/info/busybox.control", control},
      {"usr/lib/opkg/info/busybox.list", "/bin/busybox\t0100755\n"},
      {"rootfs/usr/lib/opkg/info/busybox.control", control},
  });
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.OwnersOf("bin/busybox"), "busybox");
  EXPECT_EQ(found.packages[0].locations[0].path, "rootfs/usr/lib/opkg/info/busybox.control");
  EXPECT_EQ(found.packages[1].locations[0].path, "usr/lib/opkg/status");
}

TEST(Dpkg, KeepsSystemsBelowTheRootApart) {
  CatalogedFiles found = Catalog({
      {"srv/chroot/var/lib/dpkg/status",
       "Package: a\nStatus: install ok installed\nVersion: 1\nDepends: b\n"},
      {"srv/chroot/var/lib/dpkg/info/a.list", "/usr/bin/a\n"},
      {"var/lib/dpkg/status", "Package: b\nStatus: install ok installed\nVersion: 1\n"},
  });
  EXPECT_EQ(found.OwnersOf("srv/chroot/usr/bin/a"), "a");
  EXPECT_EQ(found.OwnersOf("usr/bin/a"), "");
  EXPECT_TRUE(found.relations.empty());
}

TEST(Dpkg, TakesLicensesFromCopyrightFiles) {
  CatalogedFiles found = Catalog({
      {"var/lib/dpkg/status", std::string(kStatus)},
      {"usr/share/doc/libc6/copyright",
       "This is the GNU C Library.\nSee /usr/share/common-licenses/LGPL-2.1.\n"
       "Also `/usr/share/common-licenses/GPL-2'.\n"},
      {"usr/share/doc/half/copyright",
       "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n"
       "License: GPL-2+\n see /usr/share/common-licenses/GPL-2\n\nFiles: doc\nLicense: Expat or "
       "BSD-3-clause\n\n"
       "License: GPL-2+\n text\n"},
  });
  EXPECT_EQ(found.Find("half")->licenses, (std::vector<std::string>{"Expat or BSD-3-clause", "GPL-2+"}));
  EXPECT_EQ(found.Find("libc6")->licenses, (std::vector<std::string>{"GPL-2", "LGPL-2.1"}));
}

TEST(Dpkg, ReportsWhatIsMalformed) {
  CatalogedFiles found =
      Catalog({{"var/lib/dpkg/status",
                "Version: 1\nStatus: install ok installed\n\nPackage: a\nVersion: 1\nVersion: 2\n"
                "this is no field\n\n continued from nowhere\n"}});
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].version, "1");
  EXPECT_EQ(found.problems.size(), 3U);
}

/// The machine's own tools are the best oracle there is; they are there on every Debian.
TEST(Dpkg, AgreesWithDpkgQueryOnThisMachine) {
  Result<std::string> status = ReadFile("/var/lib/dpkg/status", 64U << 20U);
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen("dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version} ${Architecture} ${source:Package} "
            "${source:Version}\\n' 2>/dev/null",
            "r"),
      pclose);
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe.get()))
    output.append(buffer.data(), got);
  if (!status || output.empty()) GTEST_SKIP() << "no dpkg database on this machine";

  std::vector<std::string> expected;
  std::string_view rest = output;
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (line.size() > 4 && line[1] != 'c' && line[1] != 'n') expected.emplace_back(Trim(line.substr(3)));
  }
  std::vector<std::string> got;
  CatalogedFiles found = Catalog({{"var/lib/dpkg/status", *status}});
  for (const model::Package& p : found.packages)
    got.push_back(p.name + " " + p.version + " " + p.arch + " " +
                  (p.source_name.empty() ? p.name : p.source_name) + " " +
                  (p.source_version.empty() ? p.version : p.source_version));
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(found.problems.empty());
}

}  // namespace
}  // namespace weir::sbom
