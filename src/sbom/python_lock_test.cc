#include <gtest/gtest.h>

#include <algorithm>

#include "sbom/catalogers.h"
#include "sbom/testing.h"

namespace weir::sbom {
namespace {

using List = std::vector<std::string>;

CatalogedFiles Catalog(const std::map<std::string, std::string>& files) {
  std::unique_ptr<Cataloger> cataloger = MakePythonLockCataloger({});
  return RunCataloger(*cataloger, files);
}
List Names(const CatalogedFiles& found) {
  List out;
  for (const model::Package& p : found.packages)
    out.push_back(p.name + "@" + p.version + (p.development ? "*" : ""));
  return out;
}
List Edges(const CatalogedFiles& found) {
  List out;
  for (const model::Relation& r : found.relations) {
    std::string edge;
    for (const std::string* id : {&r.from, &r.to})
      for (const model::Package& p : found.packages)
        if (p.id == *id) edge += p.name + ">";
    out.push_back(edge);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(PythonLock, Requirements) {
  CatalogedFiles found = Catalog(
      {{"app/requirements.txt",
        "# comment\n-r base.txt\nDjango==3.2.1  # pinned\nPyYAML[full] === 5.3 ; python_version > '3'\n"
        "requests==2.25.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "flask>=1\nhttps://x/y.whl#egg=z\n--index-url https://x\n"},
       {"app/requirements/dev.txt", "pytest==7.0\n"},
       {"app/notes.txt", "a==1\n"},
       {"usr/lib/python3/dist-packages/x/requirements.txt", "a==1\n"}});
  EXPECT_EQ(Names(found), (List{"django@3.2.1", "pytest@7.0*", "pyyaml@5.3", "requests@2.25.1"}));
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_TRUE(found.problems[0].message.starts_with("2 requirements"));
}

TEST(PythonLock, SetupPyLiterals) {
  CatalogedFiles found =
      Catalog({{"setup.py",
                "if x == 'a': pass\nsetup(install_requires=['a==1.0', \"b-c[x] == 2.0\", 'd>=1',"
                " f'e=={v}'])\n"}});
  EXPECT_EQ(Names(found), (List{"a@1.0", "b-c@2.0"}));
}

TEST(PythonLock, Pipfile) {
  CatalogedFiles found = Catalog({{"Pipfile.lock", R"({"_meta": {"hash": {"sha256": "x"}},
    "default": {"Django": {"hashes": ["sha256:a"], "version": "==3.2.1"}, "local": {"path": "."}},
    "develop": {"pytest": {"version": "==7.0"}}})"}});
  EXPECT_EQ(Names(found), (List{"django@3.2.1", "local@", "pytest@7.0*"}));
}

TEST(PythonLock, Poetry) {
  CatalogedFiles found = Catalog({{"poetry.lock", R"([[package]]
name = "Django"
version = "3.2.1"
category = "main"
[package.dependencies]
asgiref = ">=3.3.2,<4"
[package.extras]
argon2 = ["argon2-cffi"]
[[package]]
name = "asgiref"
version = "3.4"
groups = ["main", "dev"]
[package.source]
type = "legacy"
url = "https://user:pw@pypi.acme.com/simple"
[[package]]
name = "pytest"
version = "7.0"
groups = ["dev"]
[[package]]
name = "old-dev"
version = "1"
category = "dev"
[metadata]
lock-version = "2.0"
)"}});
  EXPECT_EQ(Names(found), (List{"asgiref@3.4", "django@3.2.1", "old-dev@1*", "pytest@7.0*"}));
  EXPECT_EQ(Edges(found), List{"django>asgiref>"});
  EXPECT_EQ(found.Find("asgiref")->origin, "https://pypi.acme.com/simple");
}

TEST(PythonLock, UvPdmAndPylock) {
  CatalogedFiles found = Catalog({{"u/uv.lock", R"(version = 1
[[package]]
name = "shop"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "flask" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "flask"
version = "3.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "jinja2" }, { name = "colorama", marker = "sys_platform == 'win32'" }]
[[package]]
name = "jinja2"
version = "3.1"
[[package]]
name = "pytest"
version = "7.0"
dependencies = [{ name = "pluggy" }]
[[package]]
name = "pluggy"
version = "1.0"
)"},
                                  {"p/pdm.lock",
                                   "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"default\"]\n"
                                   "dependencies = [\"B>=2\"]\n[[package]]\nname = \"b\"\nversion = \"2\"\n"
                                   "groups = [\"test\"]\n"},
                                  {"l/pylock.toml",
                                   "lock-version = '1.0'\n[[packages]]\nname = 'attrs'\nversion = '25.1'\n"
                                   "index = 'https://pypi.org/simple'\n"}});
  EXPECT_TRUE(found.problems.empty());
  EXPECT_EQ(Names(found),
            (List{"a@1", "attrs@25.1", "b@2*", "flask@3.0", "jinja2@3.1", "pluggy@1.0*", "pytest@7.0*"}));
  EXPECT_EQ(Edges(found), (List{"a>b>", "flask>jinja2>", "pytest>pluggy>"}));
}

TEST(PythonLock, BrokenFilesAreProblems) {
  CatalogedFiles found = Catalog({{"a/poetry.lock", "[[package]\nname"},
                                  {"b/uv.lock", "x = 1\n"},
                                  {"f/uv.lock", "[[~a]]\nn = 1\n"},
                                  {"c/Pipfile.lock", "{\"default\": {"},
                                  {"d/pdm.lock", "a = " + std::string(100'000, '[')},
                                  {"e/poetry.lock", "package = []\n[metadata]\nlock-version = \"2.0\"\n"}});
  EXPECT_TRUE(found.packages.empty());
  EXPECT_EQ(found.problems.size(), 5U);
}

}  // namespace
}  // namespace weir::sbom
