#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/node_manifest.h"
#include "sbom/testing.h"
#include "sbom/zip_testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  std::unique_ptr<Cataloger> cataloger = MakeNodeCataloger({});
  return RunCataloger(*cataloger, files);
}
std::string Manifest(std::string_view name, std::string_view version, std::string_view needs = "") {
  return "{\"name\": \"" + std::string(name) + "\", \"version\": \"" + std::string(version) +
         "\", \"dependencies\": {" + (needs.empty() ? "" : "\"" + std::string(needs) + "\": \"*\"") + "}}";
}
bool DependsOn(const CatalogedFiles& found, std::string_view from, const model::Package& to) {
  for (const model::Relation& relation : found.relations)
    if (relation.from == found.Find(from)->id && relation.to == to.id) return true;
  return false;
}

TEST(Node, ReadsModulesAndResolvesUpward) {
  CatalogedFiles found = Catalog({
      {"app/package.json", Manifest("shop", "1.0.0", "a")},
      {"app/node_modules/a/package.json", Manifest("a", "1.0.0", "b")},
      {"app/node_modules/a/node_modules/b/package.json", Manifest("b", "2.0.0", "@x/c")},
      {"app/node_modules/b/package.json", Manifest("b", "1.0.0")},
      {"app/node_modules/@x/c/package.json", Manifest("@x/c", "v3.0.0", "b")},
      {"app/node_modules/old/package.json", Manifest("lodash", "4.17.19")},
  });
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 6U);
  EXPECT_EQ(found.Find("@x/c")->version, "3.0.0");
  EXPECT_EQ(found.Find("lodash")->properties[0], (std::pair<std::string, std::string>{"npm:alias", "old"}));
  EXPECT_EQ(found.Find("shop")->properties[0].first, "npm:application");
  const model::Package &b1 = found.packages[2], &b2 = found.packages[3];
  ASSERT_EQ(b1.version + b2.version, "1.0.02.0.0");
  EXPECT_TRUE(DependsOn(found, "shop", *found.Find("a")));
  EXPECT_TRUE(DependsOn(found, "a", b2)) << "the nearest node_modules wins";
  EXPECT_TRUE(DependsOn(found, "@x/c", b1));
  EXPECT_EQ(found.relations.size(), 4U);
}

TEST(Node, MarkersAndTestDataAreNoPackages) {
  CatalogedFiles found = Catalog({
      {"node_modules/a/package.json", Manifest("a", "1.0.0")},
      {"node_modules/a/dist/esm/package.json", "{\"type\": \"module\"}"},
      {"node_modules/a/test/fixtures/package.json", Manifest("fixture", "1.0.0")},
      {"node_modules/nameless/package.json", "{\"version\": \"1.0.0\"}"},
      {"node_modules/versionless/package.json", "{\"name\": \"versionless\"}"},
      {"not_node_modules/x/package.json", "{}"},
  });
  EXPECT_EQ(found.packages.size(), 1U);
  EXPECT_TRUE(found.problems.empty());
}

TEST(Node, ReadsPnpmAndYarnCaches) {
  std::string zip = ZipBuilder()
                        .Deflated("node_modules/y/package.json", Manifest("y", "1.0.0"))
                        .Deflated("node_modules/y/sub/package.json", Manifest("no", "1.0.0"))
                        .Build();
  CatalogedFiles found = Catalog({
      {"app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", Manifest("a", "1.0.0", "b")},
      {"app/node_modules/.pnpm/b@2.0.0/node_modules/b/package.json", Manifest("b", "2.0.0")},
      {"app/.yarn/cache/y-npm-1.0.0-0123456789.zip", zip},
      {"app/other.zip", "not ours"},
  });
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_TRUE(DependsOn(found, "a", *found.Find("b")));
  EXPECT_EQ(found.Find("y")->locations[0].path, "app/.yarn/cache/y-npm-1.0.0-0123456789.zip");
}

TEST(Node, ReadsEveryFormOfLicence) {
  auto licenses = [](const std::string& member) {
    return ParseNodeManifest("{\"name\":\"a\",\"version\":\"1\"," + member + "}")->licenses;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(licenses(R"("license": "MIT")"), List{"MIT"});
  EXPECT_EQ(licenses(R"("license": {"type": "BSD-3-Clause", "url": "x"})"), List{"BSD-3-Clause"});
  EXPECT_EQ(licenses(R"("licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}, [["deep"]]])"),
            (List{"MIT", "Apache-2.0"}));
  EXPECT_EQ(licenses(R"("license": ["MIT", "ISC"])"), (List{"MIT", "ISC"}));
  EXPECT_EQ(licenses(R"("license": "SEE LICENSE IN LICENSE.md")"), List{});
  EXPECT_EQ(licenses(R"("license": 7)"), List{});
}

TEST(Node, BrokenManifestsAreProblems) {
  CatalogedFiles found = Catalog({{"node_modules/a/package.json", "{\"name\": \"a\", \"version\": "},
                                  {"node_modules/b/package.json", "[]"},
                                  {"node_modules/c/package.json", ""},
                                  {"node_modules/d/package.json", "\xef\xbb\xbf" + Manifest("d", "1")},
                                  {"node_modules/e/package.json", Manifest("../../etc", "1")}});
  EXPECT_EQ(found.problems.size(), 3U);
  ASSERT_EQ(found.packages.size(), 1U);
  EXPECT_EQ(found.packages[0].name, "d");
}

}  // namespace
}  // namespace weir::sbom
