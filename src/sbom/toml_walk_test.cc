#include "sbom/toml_walk.h"

#include <gtest/gtest.h>

namespace weir::sbom {
namespace {

class Recorder final : public JsonHandler {
 public:
  void String(JsonPath path, std::string_view value) override { Note(path, value); }
  void Number(JsonPath path, std::string_view text) override { Note(path, text); }
  void Bool(JsonPath path, bool value) override { Note(path, value ? "true" : "false"); }
  void Enter(JsonPath path) override { Note(path, "("); }
  void Leave(JsonPath path) override { Note(path, ")"); }
  std::string seen;

 private:
  void Note(JsonPath path, std::string_view value) {
    for (const std::string& key : path) seen += "/" + key;
    seen += "=" + std::string(value) + " ";
  }
};

Result<std::string> Walk(std::string_view text) {
  Recorder recorder;
  WEIR_TRY(WalkToml(text, {}, recorder));
  return recorder.seen;
}

TEST(TomlWalk, GivesEveryValueWithItsPath) {
  Result<std::string> seen = Walk(R"(
title = "a\tb\u00e9" # comment
"quoted key".x = 'lit\'
date = 2024-01-01T00:00:00Z
list = [
  "one", # first
  { name = "two", on = true },
]
text = """
line \
   joined"""
[[p]]
n = 1
[p.sub]
m = 2
[[p.files]]
f = 3
[[p]]
[other]
o = 4
)");
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen,
            "/title=a\tb\xc3\xa9 /quoted key/x=lit\\ /date=2024-01-01T00:00:00Z /list/=one /list//name=two "
            "/list//on=true /text=\nline joined /p/=( /p//n=1 /p//sub/m=2 /p//files//f=3 /p/=) /p/=( /p/=) "
            "/other/o=4 ");
}

TEST(TomlWalk, RefusesBrokenAndDeepTexts) {
  for (const char* text : {"a", "a =", "a = \"x", "[a", "[[a]", "[[~a]]", "a = {b = 1", "= 1",
                           "a = 1 b = 2\nc", "a = \"\\q\"", "a = \"\\u12\"", "a = 'x\n'"})
    EXPECT_FALSE(Walk(text)) << text;
  EXPECT_EQ(Walk("a = " + std::string(100'000, '[')).error().code, Code::kLimitExceeded);
}

}  // namespace
}  // namespace weir::sbom
