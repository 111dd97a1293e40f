#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  std::unique_ptr<Cataloger> cataloger = MakeMavenManifestCataloger({});
  return RunCataloger(*cataloger, files);
}

constexpr const char* kPom = R"(<?xml version="1.0"?>
<!DOCTYPE project [<!ENTITY boom "x">]>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>com.acme</groupId><artifactId>parent</artifactId><version>7</version></parent>
  <artifactId>shop</artifactId>
  <properties><jackson.version>2.9.8</jackson.version><loop>${loop}</loop><a>${jackson.version}</a></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>org.yaml</groupId><artifactId>snakeyaml</artifactId><version>1.26</version></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>com.fasterxml.jackson.core</groupId><artifactId>jackson-databind</artifactId><version>${a}</version></dependency>
    <dependency><groupId>org.yaml</groupId><artifactId>snakeyaml</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>sibling</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>[4.12]</version><scope>test</scope></dependency>
    <dependency><groupId>org.x</groupId><artifactId>looping</artifactId><version>${loop}</version></dependency>
    <dependency><groupId>org.x</groupId><artifactId>ranged</artifactId><version>[1,2)</version></dependency>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-web</artifactId></dependency>
  </dependencies>
</project>)";

TEST(MavenManifest, ReadsAProject) {
  CatalogedFiles found = Catalog({{"shop/pom.xml", kPom}});
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 7U);
  EXPECT_EQ(found.Find("com.fasterxml.jackson.core:jackson-databind")->version, "2.9.8");
  EXPECT_EQ(found.Find("org.yaml:snakeyaml")->version, "1.26");
  EXPECT_EQ(found.Find("com.acme:sibling")->version, "7");
  EXPECT_EQ(found.Find("junit:junit")->version, "4.12");
  EXPECT_TRUE(found.Find("junit:junit")->development);
  EXPECT_FALSE(found.Find("org.yaml:snakeyaml")->development);
  for (const char* open : {"org.x:looping", "org.x:ranged", "org.springframework:spring-web"}) {
    EXPECT_EQ(found.Find(open)->version, "") << open;
    EXPECT_EQ(found.Find(open)->properties[0].first, "maven:version-unresolved") << open;
  }
  EXPECT_EQ(found.packages[0].scope, model::Scope::kDeclared);
}

TEST(MavenManifest, ReadsGradleLocks) {
  CatalogedFiles found = Catalog({{"gradle.lockfile",
                                   "# This is a Gradle generated file\n"
                                   "com.google.guava:guava:30.1-jre=compileClasspath,runtimeClasspath\n"
                                   "junit:junit:4.12=testCompileClasspath,testRuntimeClasspath\n"
                                   "nonsense\nempty=annotationProcessor\n"}});
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_FALSE(found.Find("com.google.guava:guava")->development);
  EXPECT_TRUE(found.Find("junit:junit")->development);
  EXPECT_EQ(found.problems.size(), 1U);
}

TEST(MavenManifest, BrokenXmlIsAProblemAndUnpackedArchivesAreNotProjects) {
  CatalogedFiles found = Catalog({{"pom.xml", "<project><dependencies>"},
                                  {"a/pom.xml", "<html/>"},
                                  {"x/META-INF/maven/g/a/pom.xml", kPom}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_EQ(found.problems.size(), 2U);
}

}  // namespace
}  // namespace weir::sbom
