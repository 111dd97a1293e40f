// The tables under tests/data/advisory/versions hold what the reference tools answer
// (tests/oracle/versions.py finds such pairs); each line is asked in both directions, through
// CompareVersions and through the keys.
#include "advisory/version.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "advisory/version/key.h"

namespace weir::advisory {
namespace {

constexpr Scheme kAll[] = {Scheme::kDeb, Scheme::kRpm,    Scheme::kApk,      Scheme::kSemver,
                           Scheme::kNpm, Scheme::kPep440, Scheme::kMaven,    Scheme::kGem,
                           Scheme::kGo,  Scheme::kNuget,  Scheme::kComposer, Scheme::kFuzzy};

struct Row {
  std::string a;
  char op;  // '<', '=', or '!' for "< when asked, but not in keys"
  std::string b;
};

std::vector<Row> Table(Scheme scheme) {
  const std::string path = std::string(WEIR_SOURCE_DIR) + "/tests/data/advisory/versions/" +
                           std::string(SchemeName(scheme)) + ".txt";
  std::ifstream file(path);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Row row;
    words >> row.a >> row.op >> row.b;
    rows.push_back(row);
  }
  return rows;
}

char Sign(std::strong_ordering order) { return order < 0 ? '<' : order > 0 ? '>' : '='; }

char ByCompare(Scheme scheme, const std::string& a, const std::string& b) {
  const Result<std::strong_ordering> order = CompareVersions(scheme, a, b);
  return order ? Sign(*order) : '?';
}

char ByKey(Scheme scheme, const std::string& a, const std::string& b) {
  const Result<std::string> key_a = EncodeVersion(scheme, a);
  const Result<std::string> key_b = EncodeVersion(scheme, b);
  return key_a && key_b ? Sign(key_a->compare(*key_b) <=> 0) : '?';
}

TEST(Version, OrdersAsTheReferenceDoes) {
  for (Scheme scheme : kAll) {
    const std::vector<Row> rows = Table(scheme);
    EXPECT_FALSE(rows.empty()) << SchemeName(scheme);
    for (const Row& row : rows) {
      SCOPED_TRACE(std::string(SchemeName(scheme)) + ": " + row.a + ' ' + row.op + ' ' + row.b);
      const char op = row.op == '!' ? '<' : row.op;
      const char reverse = op == '<' ? '>' : op;
      EXPECT_EQ(ByCompare(scheme, row.a, row.b), op);
      EXPECT_EQ(ByCompare(scheme, row.b, row.a), reverse);
      if (row.op == '!') continue;
      EXPECT_EQ(ByKey(scheme, row.a, row.b), op);
      EXPECT_EQ(ByKey(scheme, row.b, row.a), reverse);
    }
  }
}

TEST(Version, NoKeyIsThePrefixOfAnother) {
  for (Scheme scheme : kAll) {
    for (const Row& row : Table(scheme)) {
      if (row.op != '<') continue;
      const Result<std::string> a = EncodeVersion(scheme, row.a);
      const Result<std::string> b = EncodeVersion(scheme, row.b);
      ASSERT_TRUE(a && b) << row.a << ' ' << row.b;
      EXPECT_FALSE(a->starts_with(*b) || b->starts_with(*a))
          << SchemeName(scheme) << ' ' << row.a << ' ' << row.b;
    }
  }
}

TEST(Version, SaysWhatIsNotAVersion) {
  const struct {
    Scheme scheme;
    const char* text;
  } cases[] = {
      {Scheme::kDeb, ""},           {Scheme::kDeb, "x:1"},       {Scheme::kDeb, "1-"},
      {Scheme::kDeb, "1:"},         {Scheme::kDeb, "1 2"},       {Scheme::kApk, "foo"},
      {Scheme::kSemver, "latest"},  {Scheme::kSemver, ""},       {Scheme::kSemver, "1.2.x"},
      {Scheme::kNpm, ">=1.2.3"},    {Scheme::kNpm, "*"},         {Scheme::kNpm, "1.2.3-a..b"},
      {Scheme::kPep440, "1.0-foo"}, {Scheme::kPep440, "1.0+"},   {Scheme::kPep440, "1.0+a..b"},
      {Scheme::kPep440, ""},        {Scheme::kGem, "1..2"},      {Scheme::kGem, "junk"},
      {Scheme::kGo, "(devel)"},     {Scheme::kGo, "devel +abc"}, {Scheme::kNuget, "1.a"},
      {Scheme::kNuget, "1.0-"},     {Scheme::kComposer, "foo"},  {Scheme::kComposer, ">=1.0"},
  };
  for (const auto& [scheme, text] : cases) {
    const Result<std::string> key = EncodeVersion(scheme, text);
    ASSERT_FALSE(key) << SchemeName(scheme) << " \"" << text << '"';
    EXPECT_EQ(key.error().code, Code::kMalformed);
  }
}

TEST(Version, RpmMavenAndFuzzyTakeAnything) {
  using namespace std::string_view_literals;
  for (Scheme scheme : {Scheme::kRpm, Scheme::kMaven, Scheme::kFuzzy}) {
    for (std::string_view text : {""sv, "-"sv, ":::"sv, "\0\1\xFF"sv, "%$#"sv, "..."sv}) {
      EXPECT_TRUE(EncodeVersion(scheme, text)) << SchemeName(scheme);
    }
  }
}

TEST(Version, NumbersOfAnyLengthKeepTheirOrder) {
  const std::string nines(300, '9');
  const std::string more = "1" + std::string(300, '0');
  for (Scheme scheme : kAll) {
    EXPECT_EQ(ByKey(scheme, "1.2." + nines, "1.2." + more), '<') << SchemeName(scheme);
    EXPECT_EQ(ByKey(scheme, "1.2." + std::string(300, '0') + "7", "1.2.8"), '<') << SchemeName(scheme);
  }
}

TEST(Version, MavenKeysTakeRuntimesAsOneVersion) {
  EXPECT_EQ(ByKey(Scheme::kMaven, "12.2.0.jre8", "12.2.0.jre11"), '=');
  EXPECT_EQ(ByKey(Scheme::kMaven, "12.2.0.jre11", "12.2.0"), '=');
  EXPECT_EQ(ByKey(Scheme::kMaven, "2.4-jdk15", "2.4"), '=');
  EXPECT_EQ(ByKey(Scheme::kMaven, "12.2.0.jre11", "12.2.1.jre8"), '<');
  EXPECT_EQ(ByKey(Scheme::kMaven, "31.1-jre", "31.1"), '>');
  EXPECT_EQ(ByCompare(Scheme::kMaven, "12.2.0.jre8", "12.2.0.jre11"), '<');
}

TEST(Version, RefusesTheAbsurdlyLong) {
  for (Scheme scheme : kAll) {
    const Result<std::string> key = EncodeVersion(scheme, std::string(kMaxVersionBytes + 1, '1'));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Code::kLimitExceeded);
  }
}

TEST(Version, SchemesHaveNames) {
  for (Scheme scheme : kAll) EXPECT_EQ(ParseScheme(SchemeName(scheme)), scheme);
  EXPECT_FALSE(ParseScheme("debian"));
}

}  // namespace
}  // namespace weir::advisory
