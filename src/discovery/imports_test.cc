#include "discovery/imports.h"

#include <gtest/gtest.h>

#include "discovery/testing.h"

namespace weir::discovery {
namespace {

using Names = std::vector<std::string>;

TEST(PythonImports, AreReadFromStatements) {
  EXPECT_EQ(
      ParsePythonImports("import os, yaml as y  # why\nfrom a.b import c as d, e\n  from . import near\n"
                         "from .x import (\n  one,  # first\n  two)\nprint('import no')\n"),
      (Names{"os", "yaml", "a.b", "a.b.c", "a.b.e", ".", ".near", ".x", ".x.one", ".x.two"}));
}

TEST(PythonImports, AreNotReadFromDocumentation) {
  EXPECT_EQ(ParsePythonImports("\"\"\"text\nimport fake\n\"\"\"\nimport real\n"), (Names{"real"}));
}

TEST(NodeImports, AreReadFromEveryForm) {
  EXPECT_EQ(
      ParseNodeImports("const a = require('a'); import b from \"b\"; import 'c';\nexport * from './d';\n"
                       "await import('e'); x.require('no'); require(name); from = 'no'; require(`no${x}`)"),
      (Names{"./d", "a", "b", "c", "e"}));
}

class Imports : public testing::Test {
 protected:
  void Write(const std::string& path, std::string_view text = "") {
    FakeHost::Write(host_.root() / path, text);
  }
  std::set<std::string> Follow(Interpreter interpreter, const std::string& executable, Names arguments,
                               const std::string& folder = "srv") {
    ScriptRun run;
    run.interpreter = interpreter;
    run.root_id = 1;
    run.executable = executable;
    run.arguments = std::move(arguments);
    run.working_folder = folder;
    ImportFollower follower;
    return follower.Follow(RootedFs(host_.root().string()), run).files;
  }
  FakeHost host_;
};

TEST_F(Imports, OfPythonLeadToTheInstalledPackage) {
  const std::string site = "usr/lib/python3/dist-packages/";
  Write("srv/app.py", "import yaml\nfrom lib.helper import run\n");
  Write("srv/lib/__init__.py");
  Write("srv/lib/helper.py", "from requests import get\n");
  Write(site + "yaml/__init__.py", "from .nodes import *\n");
  Write(site + "yaml/nodes.py");
  Write(site + "PyYAML-6.0.dist-info/METADATA");
  Write(site + "PyYAML-6.0.dist-info/top_level.txt", "_yaml\nyaml\n");
  Write(site + "requests/__init__.py");
  Write(site + "requests-2.28.dist-info/METADATA");
  Write(site + "requests-2.28.dist-info/RECORD",
        "requests/__init__.py,sha256=x,1\nrequests-2.28.dist-info/METADATA,,\n");
  Write(site + "jinja2/__init__.py");
  Write(site + "Jinja2-3.1.dist-info/METADATA");
  Write(site + "Jinja2-3.1.dist-info/top_level.txt", "jinja2\n");
  auto files = Follow(Interpreter::kPython, "usr/bin/python3.11", {"python3", "app.py"});
  EXPECT_TRUE(files.contains("srv/app.py"));
  EXPECT_TRUE(files.contains("srv/lib/helper.py"));
  EXPECT_TRUE(files.contains(site + "yaml/nodes.py"));
  EXPECT_TRUE(files.contains(site + "PyYAML-6.0.dist-info/METADATA"));
  EXPECT_TRUE(files.contains(site + "requests-2.28.dist-info/METADATA"));
  EXPECT_FALSE(files.contains(site + "Jinja2-3.1.dist-info/METADATA"));
}

TEST_F(Imports, OfAVirtualEnvironmentDoNotSeeTheSystemsPackages) {
  Write("srv/venv/pyvenv.cfg", "include-system-site-packages = false\n");
  Write("srv/venv/bin/gunicorn", "from gunicorn.app import run\n");
  Write("srv/venv/lib/python3.11/site-packages/gunicorn/__init__.py");
  Write("srv/venv/lib/python3.11/site-packages/gunicorn/app.py");
  Write("srv/web.py", "import yaml\n");
  Write("usr/lib/python3/dist-packages/yaml/__init__.py");
  auto files = Follow(Interpreter::kPython, "usr/bin/python3.11",
                      {"/srv/venv/bin/python", "/srv/venv/bin/gunicorn", "web:app"});
  EXPECT_TRUE(files.contains("srv/venv/lib/python3.11/site-packages/gunicorn/app.py"));
  EXPECT_TRUE(files.contains("srv/web.py"));  // "module:object", as servers are given it
  EXPECT_FALSE(files.contains("usr/lib/python3/dist-packages/yaml/__init__.py"));
}

TEST_F(Imports, OfNodeGoThroughNodeModules) {
  Write("srv/index.js", "const e = require('express'); import('@acme/tool'); require('./lib')");
  Write("srv/lib/index.js", "require('fs'); require('node:path')");
  Write("srv/node_modules/express/package.json", R"({"main": "./lib/express"})");
  Write("srv/node_modules/express/lib/express.js", "require('qs')");
  Write("srv/node_modules/express/node_modules/qs/package.json", R"({"version": "6.0.0"})");
  Write("srv/node_modules/express/node_modules/qs/index.js");
  Write("srv/node_modules/qs/package.json", "{}");
  Write("srv/node_modules/qs/index.js");
  Write("srv/node_modules/@acme/tool/package.json", R"({"exports": {".": {"import": "./m.mjs"}}})");
  Write("srv/node_modules/@acme/tool/m.mjs");
  auto files = Follow(Interpreter::kNode, "usr/bin/node", {"node", "--max-old-space-size=1", "."});
  EXPECT_TRUE(files.contains("srv/lib/index.js"));
  EXPECT_TRUE(files.contains("srv/node_modules/express/package.json"));
  EXPECT_TRUE(files.contains("srv/node_modules/express/node_modules/qs/package.json"));
  EXPECT_FALSE(files.contains("srv/node_modules/qs/package.json"));
  EXPECT_TRUE(files.contains("srv/node_modules/@acme/tool/package.json"));
}

TEST_F(Imports, NeverFollowLinksOutOfTheRoot) {
  FakeHost::Write(host_.base() / "secret.py", "import stolen\n");
  FakeHost::Link(host_.root() / "srv/app.py", "../../secret.py");
  Write("srv/stolen.py");
  auto files = Follow(Interpreter::kPython, "usr/bin/python3.11", {"python3", "/srv/app.py"});
  EXPECT_FALSE(files.contains("srv/stolen.py"));
}

TEST_F(Imports, AreBounded) {
  std::string many;
  for (int i = 0; i < 50; ++i) {
    many += "import m" + std::to_string(i) + "\n";
    Write("srv/m" + std::to_string(i) + ".py");
  }
  Write("srv/app.py", many);
  ScriptRun run;
  run.interpreter = Interpreter::kPython;
  run.executable = "usr/bin/python3";
  run.arguments = {"python3", "/srv/app.py"};
  ImportBounds bounds;
  bounds.max_files = 10;
  ImportFollower follower(bounds);
  ImportResult result = follower.Follow(RootedFs(host_.root().string()), run);
  EXPECT_TRUE(result.cut);
  EXPECT_LE(result.files.size(), 10U);

  ImportBounds few;
  few.max_imports_in_all = 5;
  ImportFollower tired(few);
  result = tired.Follow(RootedFs(host_.root().string()), run);
  EXPECT_TRUE(result.cut);
  EXPECT_EQ(result.files.size(), 6U);  // the script and five modules
}

}  // namespace
}  // namespace weir::discovery
