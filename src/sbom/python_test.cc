#include <gtest/gtest.h>

#include "sbom/catalogers.h"
#include "sbom/python_text.h"
#include "sbom/testing.h"
#include "sbom/zip_testing.h"

namespace weir::sbom {
namespace {

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  std::unique_ptr<Cataloger> cataloger = MakePythonCataloger({});
  return RunCataloger(*cataloger, files);
}
std::string_view Property(const model::Package& package, std::string_view key) {
  for (const auto& [name, value] : package.properties)
    if (name == key) return value;
  return {};
}

constexpr const char* kSite = "usr/lib/python3/site-packages/";
std::string In(std::string_view path) { return kSite + std::string(path); }

TEST(Python, ReadsWheelsWithModulesAndEdges) {
  CatalogedFiles found = Catalog({
      {In("Flask_Thing-2.0.dist-info/METADATA"),
       "Metadata-Version: 2.1\nName: Flask_Thing\nVersion: 2.0\nLicense: BSD-3-Clause\nAuthor: A. Person\n"
       "Requires-Dist: jinja2 (>=3.0)\nRequires-Dist: Asgi.Ref>=3 ; extra == 'async'\nRequires-Dist: "
       "absent\n\n"
       "Name: not-a-header\n"},
      {In("Flask_Thing-2.0.dist-info/RECORD"),
       "flask_thing/__init__.py,sha256=x,10\n../../bin/flask,,\nflask_thing/a/"
       "b.py,,\n_speed.cpython-311.so,,\n"
       "Flask_Thing-2.0.dist-info/METADATA,,\n__pycache__/x.pyc,,\n"},
      {In("Jinja2-3.0.dist-info/METADATA"),
       "Name: Jinja2\nVersion: 3.0\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n"},
      {In("asgiref-3.4.dist-info/METADATA"),
       "Name: asgiref\nVersion: 3.4\nLicense-Expression: MIT OR Apache-2.0\n"},
      {"other/absent-1.dist-info/METADATA", "Name: absent\nVersion: 1\n"},
  });
  EXPECT_TRUE(found.problems.empty());
  ASSERT_EQ(found.packages.size(), 4U);
  const model::Package* flask = found.Find("flask-thing");
  ASSERT_NE(flask, nullptr);
  EXPECT_EQ(flask->version, "2.0");
  EXPECT_EQ(flask->vendor, "A. Person");
  EXPECT_EQ(Property(*flask, "python:name"), "Flask_Thing");
  EXPECT_EQ(Property(*flask, "python:modules"), "_speed,flask_thing");
  EXPECT_EQ(flask->licenses, std::vector<std::string>{"BSD-3-Clause"});
  EXPECT_EQ(found.Find("jinja2")->licenses, std::vector<std::string>{"MIT"});
  EXPECT_EQ(found.Find("asgiref")->licenses, std::vector<std::string>{"MIT OR Apache-2.0"});
  ASSERT_EQ(found.relations.size(), 1U) << "extras and other site-packages make no edges";
  EXPECT_EQ(found.relations[0].from, flask->id);
  EXPECT_EQ(found.relations[0].to, found.Find("jinja2")->id);
}

TEST(Python, ReadsEggsOfEveryKind) {
  CatalogedFiles found = Catalog({
      {In("simplejson-3.1.egg-info"), "Name: simplejson\nVersion: 3.1\n"},
      {In("six.egg-info/PKG-INFO"), "Name: six\nVersion: 1.16\n"},
      {In("six.egg-info/top_level.txt"), "six\n"},
      {In("six.egg-info/requires.txt"), "simplejson>=3\n\n[test]\nzipped\n"},
      {In("zipped-0.1-py3.9.egg"),
       ZipBuilder().Deflated("EGG-INFO/PKG-INFO", "Name: zipped\nVersion: 0.1\n").Build()},
      {In("bare-1.5-py3.9.egg-info/PKG-INFO"), "Metadata-Version: 1.0\n"},
      {In("readme/PKG-INFO"), "Name: no\nVersion: 1\n"},
  });
  ASSERT_EQ(found.packages.size(), 4U);
  EXPECT_EQ(found.Find("six")->version, "1.16");
  EXPECT_EQ(found.Find("zipped")->version, "0.1");
  EXPECT_EQ(found.Find("bare")->version, "1.5");
  EXPECT_EQ(found.relations.size(), 1U);
}

TEST(Python, TellsWhereItWasInstalledFromWithoutSecrets) {
  CatalogedFiles found = Catalog({
      {In("a-1.dist-info/METADATA"), "Name: a\nVersion: 1\n"},
      {In("a-1.dist-info/direct_url.json"),
       R"({"url": "https://user:secret@git.acme.com/a.git?token=x", "vcs_info": {"vcs": "git", "commit_id": "abc"}})"},
      {In("b-1.dist-info/METADATA"), "Name: b\nVersion: 1\n"},
      {In("b-1.dist-info/direct_url.json"), "[broken"},
  });
  EXPECT_EQ(found.Find("a")->origin, "https://git.acme.com/a.git");
  EXPECT_EQ(Property(*found.Find("a"), "python:vcs-commit"), "abc");
  EXPECT_EQ(found.problems.size(), 1U);
}

TEST(Python, RequirementsAreRead) {
  EXPECT_EQ(ParseRequirement("Requests[socks] == 2.8.1 ; python_version<'3'").name, "requests");
  EXPECT_EQ(ParseRequirement("Requests[socks] == 2.8.1 ; python_version<'3'").version, "2.8.1");
  EXPECT_EQ(ParseRequirement("a.b_c===1.0+local").version, "1.0+local");
  EXPECT_EQ(ParseRequirement("a (==1.0)").version, "1.0");
  for (const char* open : {"a>=1", "a==1.*", "a==1,<2", "a", "a @ https://x/a.whl"})
    EXPECT_EQ(ParseRequirement(open).version, "") << open;
  for (const char* none : {"", "-r other.txt", "./local", "https://x", "a b"})
    EXPECT_EQ(ParseRequirement(none).name, "") << none;
}

TEST(PythonEgg, ADamagedDirectoryIsTold) {
  std::string egg =
      ZipBuilder().Stored("x.py", "").Stored("EGG-INFO/PKG-INFO", "Name: a\nVersion: 1\n").Build();
  egg[egg.find("PK\1\2", egg.find("PK\1\2") + 1)] = '?';
  auto cataloger = MakePythonCataloger({});
  CatalogedFiles found = RunCataloger(*cataloger, {{"usr/lib/python3/site-packages/a-1-py3.9.egg", egg}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_FALSE(found.problems.empty());
}

}  // namespace
}  // namespace weir::sbom
