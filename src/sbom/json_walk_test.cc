#include "sbom/json_walk.h"

#include <gtest/gtest.h>

namespace weir::sbom {
namespace {

class Recorder final : public JsonHandler {
 public:
  void String(JsonPath path, std::string_view value) override { Note(path, value); }
  void Number(JsonPath path, std::string_view text) override { Note(path, text); }
  void Bool(JsonPath path, bool value) override { Note(path, value ? "true" : "false"); }
  void Leave(JsonPath path) override { Note(path, "."); }
  std::string seen;

 private:
  void Note(JsonPath path, std::string_view value) {
    for (const std::string& key : path) seen += "/" + key;
    seen += "=" + std::string(value) + " ";
  }
};

Result<std::string> Walk(std::string text, bool comments = false) {
  Recorder recorder;
  auto source = target::MakeMemorySource(std::move(text));
  WEIR_TRY(WalkJson(*source, {}, recorder, comments));
  return recorder.seen;
}

TEST(JsonWalk, GivesEveryValueWithItsPath) {
  EXPECT_EQ(*Walk(R"({"a": {"b": "x", "c": [1, {"d": true}]}, "e": 1.5, "n": null})"),
            "/a/b=x /a/c/=1 /a/c//d=true /a/c/=. /a/c=. /a=. /e=1.5 =. ");
}

TEST(JsonWalk, ReadsAcrossWindows) {
  std::string large = "[" + std::string(100'000, ' ') + "\"" + std::string(50'000, 'x') + "\"]";
  Result<std::string> seen = Walk(large);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->size(), 50'000U + 6U);
}

TEST(JsonWalk, RefusesBrokenAndDeepTexts) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "{} x", "nul"}) EXPECT_FALSE(Walk(text)) << text;
  EXPECT_EQ(Walk(std::string(100'000, '[')).error().code, Code::kLimitExceeded);
}

TEST(JsonWalk, CommentsAndTrailingCommasWhereAsked) {
  EXPECT_EQ(*Walk("{// c\n\"a\": [\"1,]\", ], /* , */ \"b\": \"\\\"//\" , }", true),
            "/a/=1,] /a=. /b=\"// =. ");
  EXPECT_FALSE(Walk("{\"a\": 1,}"));
  EXPECT_TRUE(Walk("{} // open", true));
  EXPECT_FALSE(Walk("[1 /* never closed", true));
}

}  // namespace
}  // namespace weir::sbom
