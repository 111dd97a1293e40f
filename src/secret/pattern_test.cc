#include "secret/pattern.h"

#include <gtest/gtest.h>

#include "secret/filters.h"
#include "secret/probe.h"
#include "secret/regex.h"

namespace weir::secret {
namespace {

std::string Print(std::string_view pattern, Rule::Syntax syntax = Rule::Syntax::kGo) {
  auto node = ParsePattern(pattern, syntax);
  return node ? PrintPattern(*node, true) : "none";
}

TEST(Pattern, IsPrintedWithoutFlags) {
  EXPECT_EQ(Print("abc"), "abc");
  EXPECT_EQ(Print("(?i)ab1"), "(?i:ab1)");
  EXPECT_EQ(Print("(?i:a)b"), "[Aa]b");
  EXPECT_EQ(Print("a|b(c|d)?"), "a|b(c|d)?");
  EXPECT_EQ(Print("[^a]{2,3}?x{4}y{5,}z*"), "[^a]{2,3}?x{4}y{5,}z*");
  EXPECT_EQ(Print("(?:ab)+"), "(?:ab)+");
  EXPECT_EQ(Print("(?P<n>a)(?<m>b)"), "(?P<n>a)(?P<m>b)");
  EXPECT_EQ(Print("."), "[^\\x0a]");
  EXPECT_EQ(Print("(?s)."), "[\\x00-\\xff]");
  EXPECT_EQ(Print("^a$"), "\\Aa\\z");
  EXPECT_EQ(Print("(?m)^a$"), "(?m:^)a(?m:$)");
  EXPECT_EQ(Print("[[:alnum:]_-]"), "[\\x2d0-9A-Z_a-z]");
  EXPECT_EQ(Print("x{a}"), "x\\x7ba\\x7d");
  EXPECT_EQ(Print("\xc3\xa9+"), "(?:\\xc3\\xa9)+");
  for (const char* unknown :
       {"(?=a)", "(?<!a)b", "\\1", "\\pL", "a++", "a**", "a{2}{3}", "(a", "a)", "[a", "*a", "[é]", "a{2,1}"})
    EXPECT_EQ(Print(unknown), "none") << unknown;
}

TEST(Pattern, RustFlags) {
  EXPECT_EQ(Print("(?x) a b # c\n [ d e ] \\ f", Rule::Syntax::kRust), "ab[de]\\x20f");
  EXPECT_EQ(Print("(?xi) ab", Rule::Syntax::kRust), "(?i:ab)");
  EXPECT_EQ(Print("[a&&b]", Rule::Syntax::kRust), "none");
}

TEST(Pattern, Widths) {
  auto node = ParsePattern("a{2,5}(b|cde)?[f-g]", Rule::Syntax::kGo);
  ASSERT_TRUE(node);
  EXPECT_EQ(MinWidth(*node), 3U);
  EXPECT_EQ(MaxWidth(*node), 9U);
  EXPECT_EQ(Alphabet(*node).count(), 7U);
  EXPECT_EQ(MaxWidth(*ParsePattern("ab*", Rule::Syntax::kGo)), Node::kNoMax);
}

TEST(Probe, LeavesBeginningsAndEndsToStageTwo) {
  auto probes = MakeProbes(R"(\b(ghp_[0-9a-zA-Z]{36})\b)", Rule::Syntax::kGo);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].expression, "\\bghp_[0-9A-Za-z]{16}");
  EXPECT_FALSE(probes[0].heavy);
  probes = MakeProbes(R"((?i)[\w.-]{0,50}?(?:acme)[ \t]{0,20}=([a-z0-9]{32})(?:;|$))", Rule::Syntax::kGo);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].expression, "(?i:acme)[\\x09\\x20]{0,20}\\x3d[0-9A-Za-z]{16}");
  probes = MakeProbes(R"(\b[a-f0-9]{40}\b)", Rule::Syntax::kGo);
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_TRUE(probes[0].heavy);
  // Only one of the arms is without a word.
  probes = MakeProbes(R"(\b((?:hvs\.[\w-]{90}|s\.[a-z0-9]{24}))(?:;|$))", Rule::Syntax::kGo);
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_FALSE(probes[0].heavy);
  EXPECT_TRUE(probes[1].heavy);
}

TEST(Regex, LooksAroundItsWindow) {
  Regex word(R"(\bab\b)");
  std::string_view text = "xab ab abx";
  Group group;
  EXPECT_FALSE(word.Find(text, 1, 3, {&group, 1}));
  EXPECT_TRUE(word.Find(text, 1, 6, {&group, 1}));
  EXPECT_EQ(group.from, 4U);
  EXPECT_FALSE(word.Find(text, 7, 9, {&group, 1}));
  EXPECT_FALSE(Regex("^ab").Find("xab", 1, 3, {&group, 1}));
  EXPECT_FALSE(Regex("ab$").Find("abx", 0, 2, {&group, 1}));
}

TEST(Filters, EntropyIsThatOfGitleaks) {
  EXPECT_EQ(Entropy(""), 0);
  EXPECT_DOUBLE_EQ(Entropy("aaaa"), 0);
  EXPECT_DOUBLE_EQ(Entropy("abcd"), 2);
  EXPECT_DOUBLE_EQ(Entropy("aabb"), 1);
  // Characters are counted, bytes divide.
  EXPECT_DOUBLE_EQ(Entropy("\xc3\xa9"), 0.5);
}

TEST(Filters, SamplePaths) {
  for (const char* path :
       {"a/test/b", "examples/x", "doc/y", "a/unit_tests/b", "x/fixture.json", "usr/share/doc/z"})
    EXPECT_TRUE(IsSamplePath(path)) << path;
  for (const char* path : {"etc/latest/b", "docker/x", "contest/y", "a/testify2/b", ""})
    EXPECT_FALSE(IsSamplePath(path)) << path;
}

}  // namespace
}  // namespace weir::secret
