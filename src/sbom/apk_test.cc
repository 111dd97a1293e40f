#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

using model::RelationKind;

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  auto cataloger = MakeApkCataloger({});
  return RunCataloger(*cataloger, files);
}

constexpr std::string_view kInstalled = R"(C:Q1fPH5P2mc+k0Xl1p9gBQzCgP1pBw=
P:musl
V:1.2.4-r2
A:x86_64
S:388955
I:634880
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teras <timo.teras@iki.fi>
t:1696000000
c:1e4d8e1e6b8ac8b5b0d0a4ba9d6ef8d7f5c80e1b
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1xn4XqmhG4jTNjjMxAqKzQ1ZOEpQ=
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=

P:ssl_client
V:1.36.1-r5
A:x86_64
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 so:libssl.so.3 !uclibc busybox>=1.36
F:usr/bin
R:ssl_client
F:
R:top

P:busybox
V:1.36.1-r5
A:x86_64
o:busybox
D:so:libc.musl-x86_64.so.1
p:cmd:busybox=1.36.1-r5 /bin/sh
r:busybox-initscripts
F:bin
M:0:0:1777
R:busybox
)";

TEST(Apk, ReadsInstalledPackages) {
  CatalogedFiles found =
      Catalog({{"lib/apk/db/installed", std::string(kInstalled)}, {"srv/installed", "P:x\nV:1\n"}});
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_TRUE(found.problems.empty());
  const model::Package* client = found.Find("ssl_client");
  EXPECT_EQ(client->version, "1.36.1-r5");
  EXPECT_EQ(client->arch, "x86_64");
  EXPECT_EQ(client->source_name, "busybox");
  EXPECT_EQ(client->licenses, (std::vector<std::string>{"GPL-2.0-only"}));
  EXPECT_EQ(found.Find("musl")->vendor, "Timo Teras <timo.teras@iki.fi>");
  EXPECT_EQ(client->locations[0].path, "lib/apk/db/installed");
}

TEST(Apk, OwnsFilesAndResolvesLibraries) {
  CatalogedFiles found = Catalog({{"usr/lib/apk/db/installed", std::string(kInstalled)}});
  EXPECT_EQ(found.OwnersOf("lib/ld-musl-x86_64.so.1"), "musl");
  EXPECT_EQ(found.OwnersOf("usr/bin/ssl_client"), "ssl_client");
  EXPECT_EQ(found.OwnersOf("top"), "ssl_client");
  EXPECT_EQ(found.OwnersOf("bin/busybox"), "busybox");
  EXPECT_TRUE(found.Related("ssl_client", "musl", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("ssl_client", "busybox", RelationKind::kDependsOn));
  EXPECT_TRUE(found.Related("busybox", "musl", RelationKind::kDependsOn));
  EXPECT_EQ(found.relations.size(), 3U);
}

TEST(Apk, ReportsWhatIsMalformed) {
  CatalogedFiles found = Catalog({{"lib/apk/db/installed", "P:a\n\nV:1\nbad line\n\nP:b\nV:2"}});
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.packages[1].name, "b");
  EXPECT_EQ(found.problems.size(), 2U);
}

}  // namespace
}  // namespace weir::sbom
