#include "base/strings.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Strings, Glob) {
  struct Case {
    const char *pattern, *text;
    bool matches;
  };
  constexpr Case kCases[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "a", true},
      {"*", "a/b", false},
      {"?", "a", true},
      {"?", "", false},
      {"?", "/", false},
      {"a?c", "abc", true},
      {"*.so", "libc.so", true},
      {"*.so", "lib/libc.so", false},
      {"lib*.so*", "libssl.so.3", true},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"usr/*/lib", "usr/local/lib", true},
      {"usr/*/lib", "usr/a/b/lib", false},
      {"**", "", true},
      {"**", "a/b/c", true},
      {"**/c", "c", true},
      {"**/c", "a/b/c", true},
      {"**/c", "a/b/xc", false},
      {"**/c", "xc", false},
      {"a/**", "a/b/c", true},
      {"a/**", "ab", false},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/xb", false},
      {"a/**/b", "a/x/yb", false},
      {"a/**/b", "ab", false},
      {"**/a/**/b", "x/a/y/a/z/b", true},
      {"**/a/**/b", "x/ca/y/b", false},
      {"**/node_modules/**/*.js", "srv/node_modules/x/y.js", true},
      {"**/node_modules/**/*.js", "srv/node_modules/y.js", true},
      {"**/node_modules/**/*.js", "srv/node_modules/x/y.ts", false},
      {"**/opt/bitnami/**", "/opt/bitnami/redis/.spdx-redis.spdx", true},
      {"a**b", "a/x/b", true},
      {"*/**/x*z", "a/b/xyz/xz", true},
      {"a.b", "axb", false},
      {"[ab]", "a", false},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(GlobMatch(c.pattern, c.text), c.matches) << c.pattern << " against " << c.text;
}

TEST(Strings, GlobDoesNotExplode) {
  std::string pattern, text(20'000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "*a**a";
  EXPECT_FALSE(GlobMatch(pattern + "b", text));
}

TEST(Strings, ValidUtf8) {
  const std::string kBad = "\xef\xbf\xbd";
  EXPECT_EQ(ToValidUtf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(ToValidUtf8("a\xff"
                        "b"),
            "a" + kBad + "b");
  EXPECT_EQ(ToValidUtf8("\xc3"), kBad) << "cut short";
  EXPECT_EQ(ToValidUtf8("\xe2\x82"), kBad + kBad) << "cut short";
  EXPECT_EQ(ToValidUtf8("\x80"), kBad) << "a tail alone";
  EXPECT_EQ(ToValidUtf8("\xc0\xaf"), kBad + kBad) << "overlong slash";
  EXPECT_EQ(ToValidUtf8("\xe0\x80\xaf"), kBad + kBad + kBad) << "overlong slash";
  EXPECT_EQ(ToValidUtf8("\xed\xa0\x80"), kBad + kBad + kBad) << "surrogate";
  EXPECT_EQ(ToValidUtf8("\xf4\x90\x80\x80"), kBad + kBad + kBad + kBad) << "beyond U+10FFFF";
  EXPECT_EQ(ToValidUtf8("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(ToValidUtf8(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(Strings, NormalizePath) {
  struct Case {
    const char *path, *normal;
  };
  constexpr Case kCases[] = {
      {"", ""},          {"/", ""},          {".", ""},       {"a", "a"},
      {"/a//b/", "a/b"}, {"./a/./b", "a/b"}, {"a/../b", "b"}, {"a/b/../../c", "c"},
      {"a/..", ""},      {"a/...", "a/..."},
  };
  for (const Case& c : kCases) EXPECT_EQ(NormalizePath(c.path), c.normal) << c.path;
  for (const char* path : {"..", "/..", "a/../..", "a/../../a", "./../x"})
    EXPECT_FALSE(NormalizePath(path)) << path;
}

TEST(Strings, PiecesAndLines) {
  EXPECT_EQ(Split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
  std::string_view rest = "one\r\ntwo\n\nlast";
  EXPECT_EQ(NextLine(rest), "one");
  EXPECT_EQ(NextLine(rest), "two");
  EXPECT_EQ(NextLine(rest), "");
  EXPECT_EQ(NextLine(rest), "last");
  EXPECT_EQ(NextLine(rest), "");
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim(" \n "), "");
  EXPECT_EQ(Join({"a", "", "b"}, "--"), "a----b");
  EXPECT_EQ(ReplaceAll("aaa", "aa", "b"), "ba");
  EXPECT_EQ(ReplaceAll("abc", "", "x"), "abc");
  EXPECT_EQ(ReplaceAll("a\"b\"", "\"", "\"\""), "a\"\"b\"\"");
  EXPECT_TRUE(EqualsIgnoreCase("AbC", "aBc"));
  EXPECT_FALSE(EqualsIgnoreCase("ab", "abc"));
}

TEST(Strings, Numbers) {
  EXPECT_EQ(ParseUint("0"), 0U);
  EXPECT_EQ(ParseUint("18446744073709551615"), 18446744073709551615U);
  for (const char* text : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "0x10", "1.0"})
    EXPECT_FALSE(ParseUint(text)) << text;
  EXPECT_DOUBLE_EQ(ParseDouble("0.25").value_or(-1), 0.25);
  EXPECT_DOUBLE_EQ(ParseDouble("1e-3").value_or(-1), 0.001);
  for (const char* text : {"", "nan", "inf", "-inf", "1e999", "1,5", "1.5x", " 1"})
    EXPECT_FALSE(ParseDouble(text)) << text;
}

}  // namespace
}  // namespace weir
