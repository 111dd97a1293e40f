#include "net/request_target.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using namespace std::string_literals;
using Query = std::vector<std::pair<std::string, std::string>>;

std::string PathOf(std::string_view target) {
  auto parsed = ParseRequestTarget(target);
  return parsed ? parsed->path : "refused";
}

TEST(RequestTarget, PathsAreDecodedAndNormalised) {
  EXPECT_EQ(PathOf("/"), "/");
  EXPECT_EQ(PathOf("/?a=1"), "/");
  EXPECT_EQ(PathOf("/a/b"), "/a/b");
  EXPECT_EQ(PathOf("/a//b/./c/../d/"), "/a/b/d");
  EXPECT_EQ(PathOf("/%61%2Fb%20c"), "/a/b c");
  EXPECT_EQ(PathOf("/a+b"), "/a+b");
  EXPECT_EQ(PathOf("/caf%C3%A9"), "/caf\xc3\xa9");
}

TEST(RequestTarget, RefusesWhatIsNoCleanPath) {
  for (std::string_view target :
       {"",          "*",      "a",     "http://host/a", "host:443", "/..", "/a/../../b",
        "/%2e%2e/b", "/..%2f", "/%00",  "/a%0ab",        "/%",       "/%4", "/%4g",
        "/a b",      "/a#b",   "/\x7f", "/caf\xc3\xa9",  "/%ff",     "/%c3"})
    EXPECT_EQ(PathOf(target), "refused") << target;
  EXPECT_EQ(PathOf("/a\0b"s), "refused");
}

TEST(RequestTarget, ReadsTheQuery) {
  auto target = ParseRequestTarget("/p?a=1&b=x+y%26z&&flag&a=2&=v&e=a=b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query,
            (Query{{"a", "1"}, {"b", "x y&z"}, {"flag", ""}, {"a", "2"}, {"", "v"}, {"e", "a=b"}}));
  EXPECT_FALSE(ParseRequestTarget("/p?a=%zz"));
  EXPECT_FALSE(ParseRequestTarget("/p?a=%00"));
  EXPECT_FALSE(ParseRequestTarget("/p?a=%ff"));
  std::string many = "/p?";
  for (std::size_t i = 0; i < kMaxQueryParameters; ++i) many += "a&";
  EXPECT_TRUE(ParseRequestTarget(many));
  EXPECT_FALSE(ParseRequestTarget(many + "a"));
}

TEST(ServerName, IsReadFromTheExtension) {
  EXPECT_EQ(ParseServerNameExtension("\0\7\0\0\4Ab.C"s), "ab.c");
  EXPECT_FALSE(ParseServerNameExtension(""));
  EXPECT_FALSE(ParseServerNameExtension("\0\7\0\0\4abc"s));
  EXPECT_FALSE(ParseServerNameExtension("\0\6\0\0\4abc"s));
  EXPECT_FALSE(ParseServerNameExtension("\0\6\1\0\3abc"s));
  EXPECT_FALSE(ParseServerNameExtension("\0\3\0\0\0"s));
  EXPECT_FALSE(ParseServerNameExtension("\0\6\0\0\3a\0b"s));
}

TEST(AcceptEncoding, NamesStarAndQuality) {
  EXPECT_TRUE(AcceptsCoding("gzip", "gzip"));
  EXPECT_TRUE(AcceptsCoding("br;q=1.0, GZIP;q=0.5", "gzip"));
  EXPECT_TRUE(AcceptsCoding("*", "gzip"));
  EXPECT_FALSE(AcceptsCoding("*, gzip;q=0", "gzip"));
  EXPECT_FALSE(AcceptsCoding("gzip; q=0.0", "gzip"));
  EXPECT_FALSE(AcceptsCoding("", "gzip"));
  EXPECT_FALSE(AcceptsCoding("identity, xgzip", "gzip"));
}

}  // namespace
}  // namespace weir::net
