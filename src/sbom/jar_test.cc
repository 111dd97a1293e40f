#include <gtest/gtest.h>

#include "base/hash.h"
#include "sbom/catalogers.h"
#include "sbom/jar_identity.h"
#include "sbom/java_groups.h"
#include "sbom/testing.h"
#include "sbom/zip_testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles Catalog(const std::map<std::string, std::string>& files, const CatalogOptions& options = {}) {
  std::unique_ptr<Cataloger> cataloger = MakeJarCataloger(options);
  return RunCataloger(*cataloger, files);
}

std::string Properties(std::string_view group, std::string_view artifact, std::string_view version) {
  return "#Created by Apache Maven 3.6.3\nversion=" + std::string(version) +
         "\r\ngroupId=" + std::string(group) + "\nartifactId=" + std::string(artifact) + "\n";
}
std::string PomPath(std::string_view group, std::string_view artifact,
                    std::string_view file = "pom.properties") {
  return "META-INF/maven/" + std::string(group) + "/" + std::string(artifact) + "/" + std::string(file);
}
ZipBuilder Library(std::string_view group, std::string_view artifact, std::string_view version) {
  return ZipBuilder()
      .Deflated("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
      .Deflated(PomPath(group, artifact), Properties(group, artifact, version));
}
std::string_view Property(const model::Package& package, std::string_view key) {
  for (const auto& [name, value] : package.properties)
    if (name == key) return value;
  return {};
}

struct NameCase {
  std::string_view path, artifact, version;
};
class ArchiveNames : public testing::TestWithParam<NameCase> {};
TEST_P(ArchiveNames, AreSplit) {
  ArchiveName name = ParseArchiveName(GetParam().path);
  EXPECT_EQ(name.artifact, GetParam().artifact);
  EXPECT_EQ(name.version, GetParam().version);
}
INSTANTIATE_TEST_SUITE_P(
    Jar, ArchiveNames,
    testing::Values(NameCase{"lib/log4j-core-2.14.1.jar", "log4j-core", "2.14.1"},
                    NameCase{"log4j-1.2-api-2.14.1.jar", "log4j-1.2-api", "2.14.1"},
                    NameCase{"guava-31.1-jre.jar", "guava", "31.1-jre"},
                    NameCase{"kafka_2.13-2.8.0.jar", "kafka_2.13", "2.8.0"},
                    NameCase{"jboss-servlet-api_3.0_spec-1.0.0.Final.jar", "jboss-servlet-api_3.0_spec",
                             "1.0.0.Final"},
                    NameCase{"netty-transport-native-epoll-4.1.77.Final-linux-x86_64.jar",
                             "netty-transport-native-epoll", "4.1.77.Final"},
                    NameCase{"commons-io-2.11.0-sources.jar", "commons-io", "2.11.0"},
                    NameCase{"foo-1.0-rc-1.jar", "foo", "1.0-rc-1"},
                    NameCase{"foo-2.0-20210101.120000-3.jar", "foo", "2.0-20210101.120000-3"},
                    NameCase{"foo-1.0-SNAPSHOT.jar", "foo", "1.0-SNAPSHOT"},
                    NameCase{"org.eclipse.core.runtime_3.7.0.v20110110.jar", "org.eclipse.core.runtime",
                             "3.7.0.v20110110"},
                    NameCase{"bcprov-jdk15on-1.60.jar", "bcprov-jdk15on", "1.60"},
                    NameCase{"app.jar", "app", ""}, NameCase{"app.war!/WEB-INF/lib/a-1.jar", "a", "1"},
                    NameCase{"-1.jar", "-1", ""}));

TEST(Jar, PomPropertiesNamesTheArchive) {
  CatalogedFiles found = Catalog({{"opt/app/lib/log4j-core-2.14.1.jar",
                                   Library("org.apache.logging.log4j", "log4j-core", "2.14.1").Build()}});
  ASSERT_EQ(found.packages.size(), 1U);
  const model::Package& package = found.packages[0];
  EXPECT_EQ(package.name, "org.apache.logging.log4j:log4j-core");
  EXPECT_EQ(package.version, "2.14.1");
  EXPECT_EQ(package.scope, model::Scope::kInstalled);
  EXPECT_EQ(Property(package, "java:identity"), "pom.properties");
  EXPECT_EQ(Property(package, "java:log4j-jndi-lookup"), "removed");
  EXPECT_TRUE(package.digests.empty()) << "a known archive is not read whole";
  EXPECT_TRUE(found.problems.empty());
}

TEST(Jar, NestedArchivesAreReadInPlaceAndNamedByTheirWay) {
  std::string inner = Library("com.acme", "inner", "3").Build();
  std::string library = Library("com.acme", "lib", "1.0").Stored("META-INF/inner-3.jar", inner).Build();
  std::string war = ZipBuilder()
                        .Stored("WEB-INF/lib/lib-1.0.jar", library)
                        .Deflated("WEB-INF/lib/packed-2.jar", Library("com.acme", "packed", "2").Build())
                        .Build();
  CatalogedFiles found = Catalog({{"srv/shop-5.war", war}});
  ASSERT_EQ(found.packages.size(), 4U);
  EXPECT_EQ(found.Find("com.acme:inner")->locations[0].path,
            "srv/shop-5.war!/WEB-INF/lib/lib-1.0.jar!/META-INF/inner-3.jar");
  EXPECT_EQ(found.Find("com.acme:packed")->version, "2");
  EXPECT_EQ(found.Find("shop")->version, "5");
  std::vector<model::Relation> expected = {
      {found.Find("com.acme:lib")->id, found.Find("com.acme:inner")->id, model::RelationKind::kContains},
      {found.Find("shop")->id, found.Find("com.acme:lib")->id, model::RelationKind::kContains},
      {found.Find("shop")->id, found.Find("com.acme:packed")->id, model::RelationKind::kContains}};
  std::sort(expected.begin(), expected.end());
  std::sort(found.relations.begin(), found.relations.end());
  EXPECT_EQ(found.relations, expected);
}

TEST(Jar, ShadedPomsAreContainedInTheMainOne) {
  std::string jar =
      Library("com.acme", "client", "4")
          .Deflated(PomPath("com.google.guava", "guava"), Properties("com.google.guava", "guava", "20.0"))
          .Deflated(PomPath("org.x", "unresolved"), Properties("org.x", "unresolved", "${revision}"))
          .Deflated(PomPath("org.y", "only-xml", "pom.xml"),
                    "<project><parent><groupId>org.y</groupId><version>9</version></parent>"
                    "<artifactId>only-xml</artifactId></project>")
          .Build();
  CatalogedFiles found = Catalog({{"client-4.jar", jar}});
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_EQ(found.Find("com.google.guava:guava")->version, "20.0");
  EXPECT_EQ(found.Find("org.y:only-xml")->version, "9");
  EXPECT_EQ(found.relations.size(), 2U);
  EXPECT_EQ(found.relations[0].from, found.Find("com.acme:client")->id);
}

TEST(Jar, AForeignPomIsNotTheArchive) {
  std::string jar =
      ZipBuilder()
          .Stored("META-INF/MANIFEST.MF", "Implementation-Vendor-Id: com.acme\n")
          .Stored(PomPath("com.google.guava", "guava"), Properties("com.google.guava", "guava", "20.0"))
          .Build();
  CatalogedFiles found = Catalog({{"shop-7.1.jar", jar}, {"renamed.jar", jar}});
  EXPECT_EQ(found.Find("com.acme:shop")->version, "7.1");
  ASSERT_EQ(found.packages.size(), 3U) << "in renamed.jar the only pom is the archive itself";
}

struct ManifestCase {
  std::string_view path, manifest, name, version;
};
class ManifestJars : public testing::TestWithParam<ManifestCase> {};
TEST_P(ManifestJars, AreIdentified) {
  std::string jar = ZipBuilder().Deflated("META-INF/MANIFEST.MF", GetParam().manifest).Build();
  CatalogedFiles found = Catalog({{std::string(GetParam().path), jar}});
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].name, GetParam().name);
  EXPECT_EQ(found.packages[0].version, GetParam().version);
  ASSERT_EQ(found.packages[0].digests.size(), 1U);
  EXPECT_EQ(found.packages[0].digests[0].hex, DigestHex(DigestKind::kSha1, AsBytes(jar)));
}
// Manifests as the published archives have them.
INSTANTIATE_TEST_SUITE_P(
    Jar, ManifestJars,
    testing::Values(
        ManifestCase{"spring-core-5.3.17.jar",
                     "Implementation-Title: spring-core\nImplementation-Version: 5.3.17\n",
                     "org.springframework:spring-core", "5.3.17"},
        ManifestCase{"elasticsearch-7.10.2.jar", "Implementation-Title: org.elasticsearch#server;7.10.2\n",
                     "org.elasticsearch:elasticsearch", "7.10.2"},
        ManifestCase{"foo-utils-1.0.jar", "Implementation-Title: com.netflix.foo#foo-utils;1.0\n",
                     "com.netflix.foo:foo-utils", "1.0"},
        ManifestCase{"hibernate-core-5.4.1.Final.jar",
                     "Bundle-SymbolicName: org.hibernate.orm.core\nImplementation-Vendor-Id: org.hibernate\n",
                     "org.hibernate:hibernate-core", "5.4.1.Final"},
        ManifestCase{"lib/catalina.jar",
                     "Implementation-Title: Apache Tomcat\nImplementation-Version: 9.0.56\n",
                     "org.apache.tomcat:tomcat-catalina", "9.0.56"},
        ManifestCase{"mysql-connector-java-8.0.27.jar", "Implementation-Vendor-Id: com.mysql\n",
                     "mysql:mysql-connector-java", "8.0.27"},
        ManifestCase{"acme-text-2.jar", "Bundle-SymbolicName: com.acme.text;singleton:=true\n",
                     "com.acme:acme-text", "2"},
        ManifestCase{"spring-web.jar", "Implementation-Version: 5.2.1.RELEASE\n",
                     "org.springframework:spring-web", "5.2.1.RELEASE"},
        ManifestCase{"git.hpi", "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 4.11.0\n",
                     "org.jenkins-ci.plugins:git", "4.11.0"},
        ManifestCase{"acme.jar", "Implementation-Version: 1.4.10-release-411 (1.4.10)\n", "acme",
                     "1.4.10-release-411"},
        ManifestCase{"long-1.jar",
                     "Bundle-SymbolicName: com.acme.very.\n long\n\nName: x\nGroup-Id: org.wrong\n",
                     "com.acme.very:long", "1"}));

TEST(Jar, InstrumentationModulesAreDropped) {
  EXPECT_TRUE(
      Catalog(
          {{"spring-web-5.jar",
            ZipBuilder().Stored("META-INF/MANIFEST.MF", "Weave-Classes: org.springframework.X\n").Build()}})
          .packages.empty());
}

TEST(Jar, StrippedLog4jIsFoundByItsClasses) {
  auto jar = [](std::string_view manager) {
    return ZipBuilder()
        .Stored("shadow/org/apache/logging/log4j/core/lookup/JndiLookup.class", "\xca\xfe\xba\xbe")
        .Stored("shadow/org/apache/logging/log4j/core/net/JndiManager.class", manager)
        .Build();
  };
  CatalogedFiles found = Catalog({{"a/app-1.jar", jar("lookup")},
                                  {"b/app-1.jar", jar("allowedJndiProtocols")},
                                  {"c/app-1.jar", jar("isJndiEnabled isJndiLookupEnabled")}});
  std::vector<std::string> versions;
  for (const model::Package& package : found.packages) {
    if (package.name != "org.apache.logging.log4j:log4j-core") continue;
    versions.push_back(package.version);
    EXPECT_EQ(Property(package, "confidence"), "low");
  }
  EXPECT_EQ(versions, (std::vector<std::string>{"", "2.14.1", "2.15.0"}));
  EXPECT_EQ(found.relations.size(), 3U);
}

TEST(Jar, LicencesComeFromPomOrManifest) {
  std::string pom =
      "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><licenses><license>"
      "<name>The Apache License, Version 2.0</name></license></licenses></project>";
  CatalogedFiles found = Catalog(
      {{"a-1.jar", Library("g", "a", "1").Deflated(PomPath("g", "a", "pom.xml"), pom).Build()},
       {"b-1.jar", ZipBuilder()
                       .Stored("META-INF/MANIFEST.MF",
                               "Bundle-License: http://www.opensource.org/licenses/mit-license.php, Mine\n")
                       .Build()}});
  EXPECT_EQ(found.Find("g:a")->licenses, std::vector<std::string>{"Apache-2.0"});
  EXPECT_EQ(found.Find("b")->licenses, (std::vector<std::string>{"MIT", "Mine"}));
}

TEST(Jar, BrokenArchivesAreProblemsAndOthersAreNotOurs) {
  std::string whole = Library("g", "a", "1").Build();
  CatalogedFiles found = Catalog({{"cut.jar", whole.substr(0, whole.size() / 2)},
                                  {"empty.jar", ""},
                                  {"movie.rar", "Rar!\x1a\x07"},
                                  {"x.war", ZipBuilder().Stored("WEB-INF/lib/bad.jar", "no zip").Build()}});
  ASSERT_EQ(found.problems.size(), 3U);
  EXPECT_EQ(found.problems[0].path, "cut.jar");
  EXPECT_EQ(found.problems[1].path, "empty.jar");
  EXPECT_EQ(found.problems[2].path, "x.war!/WEB-INF/lib/bad.jar");
}

TEST(Jar, NestingIsBounded) {
  std::string jar = Library("g", "a", "1").Build();
  for (int i = 0; i < 20; ++i) jar = ZipBuilder().Stored("lib/n-1.jar", jar).Build();
  CatalogedFiles found = Catalog({{"n-1.jar", jar}});
  EXPECT_EQ(found.packages.size(), 9U);
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].code, Code::kLimitExceeded);
}

TEST(Jar, GroupsThatMovedFollowTheVersion) {
  EXPECT_EQ(KnownGroup("groovy", "3.0.9"), "org.codehaus.groovy");
  EXPECT_EQ(KnownGroup("groovy-json", "4.0.0"), "org.apache.groovy");
  EXPECT_EQ(KnownGroup("asm", "3.3.1"), "asm");
  EXPECT_EQ(KnownGroup("asm-tree", "9.2"), "org.ow2.asm");
  EXPECT_EQ(KnownGroup("hamcrest-core", "1.3"), "org.hamcrest");
  EXPECT_EQ(KnownGroup("spring-security-web", "5"), "org.springframework.security");
  EXPECT_EQ(KnownGroup("unheard-of", "1"), "");
}

TEST(Jar, ArchivesThatWrapEachOtherShareOneBoundOfMemory) {
  CatalogOptions options;
  options.limits.max_memory_file_bytes = 64U << 10U;
  std::string noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 50'000; ++i)
    noise += static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  std::string inner = ZipBuilder().Stored("noise", noise).Build();
  for (int i = 0; i < 4; ++i) inner = ZipBuilder().Deflated("a.jar", inner).Build();
  auto cataloger = MakeJarCataloger(options);
  CatalogedFiles found = RunCataloger(*cataloger, {{"app/outer.jar", inner}});
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].code, Code::kLimitExceeded);
}

}  // namespace
}  // namespace weir::sbom
