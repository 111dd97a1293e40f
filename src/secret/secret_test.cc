#include "secret/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "secret/cases.h"
#include "secret/testing.h"

namespace weir::secret {
namespace {

using Texts = std::vector<std::string>;

TEST(Engine, FindsASecretWithItsPlace) {
  auto engine = MakeEngine({TokenRule()});
  auto hits = ScanText(engine, "one\ntwo " + kToken + " end\n").hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule->id, "token");
  EXPECT_EQ(hits[0].secret, kToken);
  EXPECT_EQ(hits[0].offset, 8U);
  EXPECT_EQ(hits[0].length, kToken.size());
  EXPECT_EQ(hits[0].line, 2U);
  EXPECT_EQ(hits[0].column, 5U);
  EXPECT_TRUE(hits[0].allowed.empty());
  EXPECT_TRUE(hits[0].facts.empty());
}

TEST(Engine, BinariesAreScannedAndHaveNoLines) {
  auto engine = MakeEngine({TokenRule()});
  std::string text("\0\x01\n\xff\xfe\n", 6);
  auto hits = ScanText(engine, text + kToken + std::string("\0\n", 2)).hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].offset, 6U);
  EXPECT_EQ(hits[0].line, 0U);
}

TEST(Engine, CommentsAndSamplesAreShownAsAllowed) {
  auto engine = MakeEngine({TokenRule(), MakeRule("aws", "AKIA[A-Z0-9]{16}")});
  for (std::string comment : {"gitleaks:allow", "weir:ignore", "trufflehog:ignore",
                              "pragma: allowlist secret", "betterleaks:allow"}) {
    auto hits = ScanText(engine, "x = " + kToken + "  # " + comment + "\nother\n").hits;
    ASSERT_EQ(hits.size(), 1U) << comment;
    EXPECT_EQ(hits[0].allowed, "comment " + comment);
  }
  EXPECT_EQ(ScanText(engine, "# gitleaks:allow\nx = " + kToken).hits.at(0).allowed, "");
  EXPECT_NE(ScanText(engine, "id AKIAIOSFODNN7EXAMPLE").hits.at(0).allowed, "");
  EngineOptions options;
  options.honour_comments = false;
  EXPECT_EQ(ScanText(MakeEngine({TokenRule()}, options), kToken + " # weir:ignore").hits.at(0).allowed, "");
}

TEST(Engine, EntropyDecidesAsInGitleaks) {
  auto engine = MakeEngine({GenericRule()});
  EXPECT_EQ(Names(ScanText(engine, "my_key = aaaaaaaaaaaaaaaa\n")), Texts{});
  EXPECT_EQ(Names(ScanText(engine, "my_key = 8Gd72jsk2Hhw91Jq\n")), Texts{"generic=8Gd72jsk2Hhw91Jq"});
}

TEST(Engine, AllowlistsByStopwordRegexPathAndCommit) {
  Rule rule = GenericRule();
  Allowlist words;
  words.stopwords = {"Hhw"};
  Allowlist both;
  both.all = true;
  both.target = Allowlist::Target::kLine;
  both.regexes = {"first", "test line"};
  both.paths = {R"(\.md$)"};
  rule.allowlists = {words, both};
  Allowlist everywhere;
  everywhere.paths = {"(^|/)vendor/"};
  everywhere.commits = {"abc123"};
  auto engine = MakeEngine({rule}, {}, {everywhere});
  std::string plain = "key = 8Gd72jsk2Qqw91Jq";
  EXPECT_EQ(ScanText(engine, plain).hits.size(), 1U);
  EXPECT_EQ(ScanText(engine, "key = 8Gd72jsk2hhW91Jq").hits.size(), 0U);
  EXPECT_EQ(ScanText(engine, plain + " test line", "a.md").hits.size(), 0U);
  EXPECT_EQ(ScanText(engine, plain + " test line", "a.txt").hits.size(), 1U);
  EXPECT_EQ(ScanText(engine, plain, "x/vendor/y").hits.size(), 0U);
  Scanner scanner(engine);
  Source source;
  source.path = "a";
  source.commit = "abc123";
  EXPECT_EQ(scanner.Scan(source, AsBytes(plain)).hits.size(), 0U);
}

TEST(Engine, PathRulesAndPathConditions) {
  Rule by_path = MakeRule("keystore", "");
  by_path.path_pattern = R"(\.jks$)";
  Rule both = TokenRule();
  both.path_pattern = R"(\.env$)";
  auto engine = MakeEngine({by_path, both});
  EXPECT_EQ(Names(ScanText(engine, "", "a/b.jks")), Texts{"keystore="});
  EXPECT_EQ(Names(ScanText(engine, kToken, "a/b.txt")), Texts{});
  EXPECT_EQ(Names(ScanText(engine, kToken, "a/b.env")), Texts{"token=" + kToken});
}

TEST(Engine, KeywordsMayStandApart) {
  auto engine = MakeEngine({MakeRule("hex", R"(\b[a-f0-9]{40}\b)", {"sourcery"})});
  std::string hex = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(ScanText(engine, "commit " + hex).hits.size(), 0U);
  EXPECT_EQ(ScanText(engine, "Sourcery\n" + std::string(50'000, ' ') + hex).hits.size(), 1U);
  EXPECT_EQ(ScanText(engine, hex + std::string(50'000, '\n') + "SOURCERY").hits.size(), 1U);
}

TEST(Engine, RequiredRulesMustBeNear) {
  Rule id = MakeRule("id", "id-[0-9]{6}");
  id.skip_report = true;
  Rule secret = MakeRule("pair", "sec-[a-z]{6}");
  secret.required = {{"id", 2, std::nullopt}};
  auto engine = MakeEngine({id, secret});
  EXPECT_EQ(Names(ScanText(engine, "id-123456\nsec-abcdef\n")), Texts{"pair=sec-abcdef"});
  EXPECT_EQ(Names(ScanText(engine, "id-123456\n\n\n\nsec-abcdef\n")), Texts{});
  EXPECT_EQ(Names(ScanText(engine, "sec-abcdef\n")), Texts{});
}

TEST(Engine, GenericYieldsToSpecific) {
  auto engine = MakeEngine({GenericRule(), TokenRule()});
  EXPECT_EQ(Names(ScanText(engine, "token = " + kToken + "\n")), Texts{"token=" + kToken});
}

TEST(Engine, SecretGroups) {
  Rule rule = MakeRule("two", "user=([a-z]+) pass=([a-z]+)");
  EXPECT_EQ(Names(ScanText(MakeEngine({rule}), "user=abc pass=def")), Texts{"two=abc"});
  rule.secret_group = 2;
  EXPECT_EQ(Names(ScanText(MakeEngine({rule}), "user=abc pass=def")), Texts{"two=def"});
  rule.pattern = "user=([a-z]+) pass=(?P<secret>[a-z]+)";
  rule.secret_group = 0;
  rule.secret_group_name = "secret";
  EXPECT_EQ(Names(ScanText(MakeEngine({rule}), "user=abc pass=def")), Texts{"two=def"});
}

TEST(Engine, OpenEndedRulesFindTheirEnd) {
  Rule key = MakeRule("private", R"((?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY-----[\s\S-]{64,}?KEY-----)",
                      {"-----begin"});
  auto engine = MakeEngine({key});
  std::string body;
  for (int i = 0; i < 600; ++i) body += "MIIabcdefghijklmnopqrstuvwxyz0123456789+/MIIabcdefghijklmnopqrst\n";
  std::string pem = "-----BEGIN RSA PRIVATE KEY-----\n" + body + "-----END RSA PRIVATE KEY-----";
  EXPECT_EQ(Names(ScanText(engine, "x\n" + pem + "\ny")), Texts{"private=" + pem});
}

TEST(Engine, RustSyntaxAndWhatRe2Refuses) {
  Rule rust = MakeRule("rust", "(?x)\n  \\b ( acme_ [a-z0-9]{10} )  # a token\n  \\b\n");
  rust.syntax = Rule::Syntax::kRust;
  Rule look = MakeRule("look", "(?<=pw=)[a-z]{8}(?!x)");
  Rule large = MakeRule("large", "big_[a-z]{1200}");
  Rule broken = MakeRule("broken", "a(b");
  auto engine = MakeEngine({rust, look, large, broken});
  EXPECT_EQ(Names(ScanText(engine, "t acme_0123456789 u")), Texts{"rust=acme_0123456789"});
  EXPECT_EQ(Names(ScanText(engine, "pw=abcdefgh ")), Texts{"look=abcdefgh"});
  EXPECT_EQ(ScanText(engine, "big_" + std::string(1200, 'q')).hits.size(), 1U);
  ASSERT_EQ(engine->remarks().size(), 1U);
  EXPECT_EQ(engine->remarks()[0].rule, "broken");
  EXPECT_TRUE(engine->remarks()[0].left_out);
  RuleSet none;
  none.rules = {broken};
  EngineOptions options;
  options.structured = false;
  EXPECT_FALSE(Engine::Make(none, options));
}

TEST(Engine, SamplePlacesCountLess) {
  auto engine = MakeEngine({TokenRule()});
  auto hits = ScanText(engine, kToken, "src/testdata/a.txt").hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].confidence, model::Confidence::kMedium);
  EXPECT_EQ(hits[0].facts.at(0).first, "place");
  EXPECT_EQ(ScanText(engine, kToken, "latest/docker/contest.txt").hits.at(0).confidence,
            model::Confidence::kHigh);
}

TEST(Engine, HitsAreBounded) {
  EngineOptions options;
  options.max_hits = 5;
  auto engine = MakeEngine({MakeRule("n", "num-[0-9]{4}")}, options);
  std::string text;
  for (int i = 1000; i < 1020; ++i) text += "num-" + std::to_string(i) + "\n";
  auto result = ScanText(engine, text);
  EXPECT_EQ(result.hits.size(), 5U);
  EXPECT_EQ(result.dropped, 15U);
}

TEST(Engine, ManySecretsSideBySideAreAllFound) {
  EngineOptions options;
  options.max_hits = 20'000;
  auto engine = MakeEngine({GenericRule()}, options);
  std::mt19937 random(5);
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += "api_key = \"";
    for (int k = 0; k < 24; ++k) text += "abcdefghijklmnopqrstuvwxyz0123456789"[random() % 36];
    text += "\"\n";
  }
  auto result = ScanText(engine, text);
  EXPECT_EQ(result.hits.size(), 10'000U);
  EXPECT_EQ(result.problem, "");
}

TEST(Engine, HostileTextIsCutShortAndSaidSo) {
  auto engine = MakeEngine({GenericRule()});
  std::string text;
  while (text.size() < (2U << 20U)) text += "key=";
  auto result = ScanText(engine, text);
  EXPECT_LT(result.hits.size(), 1'000U);
  std::string many;
  while (many.size() < (1U << 20U)) many += "key = aaaaaaaaaaaaaaaaaaaaaa\n";
  EXPECT_EQ(ScanText(engine, many).hits.size(), 0U);
}

/// The same, however it is fed: over borders of blocks, too.
TEST(Engine, ChunksFindTheSame) {
  auto engine = MakeEngine({TokenRule(), GenericRule(), MakeRule("hex", R"(\b[a-f0-9]{40}\b)", {"deploy"})});
  std::mt19937 random(11);
  std::string text;
  const Texts pieces = {kToken,
                        "key = 8Gd72jsk2Hhw91Jq\n",
                        "deploy",
                        "\n",
                        " ",
                        "0123456789abcdef0123456789abcdef01234567",
                        "Z2hwXzAxMjM0NTY3ODlhYmNkZWZnaGlqQUJDREVGR0hJSmtsbW5vcA==",
                        "the quick brown fox\n",
                        std::string(900, 'x')};
  while (text.size() < (5U << 19U))
    text += pieces[random() % pieces.size()] + std::string(random() % 4000, '.');
  // Secrets right on the borders.
  for (std::size_t border : {1U << 20U, 2U << 20U})
    text.replace(border - 20, kToken.size() + 2, " " + kToken + " ");
  Scanner scanner(engine);
  Source source;
  source.path = "f";
  auto whole = scanner.Scan(source, AsBytes(text));
  EXPECT_GT(whole.hits.size(), 50U);
  for (std::size_t largest : {100'000U, 3'000'000U, 5'000U}) {
    scanner.Begin(source);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t take = std::min<std::size_t>(1 + random() % largest, text.size() - at);
      scanner.Feed(AsBytes(std::string_view(text).substr(at, take)));
      at += take;
    }
    auto fed = scanner.Finish();
    ASSERT_EQ(fed.hits.size(), whole.hits.size());
    for (std::size_t i = 0; i < fed.hits.size(); ++i) {
      EXPECT_EQ(fed.hits[i].secret, whole.hits[i].secret);
      EXPECT_EQ(fed.hits[i].offset, whole.hits[i].offset);
      EXPECT_EQ(fed.hits[i].line, whole.hits[i].line);
      EXPECT_EQ(fed.hits[i].column, whole.hits[i].column);
    }
  }
}

TEST(Engine, LinesAreRightBeyondTheFirstBlock) {
  auto engine = MakeEngine({TokenRule()});
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "0123456\n";
  text += "ab " + kToken;
  auto hits = ScanText(engine, text).hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].line, 300'001U);
  EXPECT_EQ(hits[0].column, 4U);
}

TEST(Engine, WrappedSecretsAreFoundOnce) {
  auto engine = MakeEngine({TokenRule()});
  auto one = [&](std::string_view text) {
    auto hits = ScanText(engine, text).hits;
    EXPECT_EQ(hits.size(), 1U) << text;
    return hits.empty() ? Hit{} : std::move(hits[0]);
  };
  const std::string base64 = "Z2hwXzAxMjM0NTY3ODlhYmNkZWZnaGlqQUJDREVGR0hJSmtsbW5vcA==";
  Hit hit = one("data:\n  token: " + base64 + "\n");
  EXPECT_EQ(hit.decoded, "base64");
  EXPECT_EQ(hit.secret, kToken);
  EXPECT_EQ(hit.offset, 15U);
  EXPECT_EQ(hit.length, base64.size());
  EXPECT_EQ(hit.line, 2U);
  std::string hex, wide, percent = "u=x%20";
  for (char c : kToken) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kDigits[static_cast<unsigned char>(c) & 15U];
    wide += c;
    wide += '\0';
    percent += c == '_' ? "%5F" : std::string(1, c);
  }
  EXPECT_EQ(one("h " + hex + " ").decoded, "hex");
  EXPECT_EQ(one("GET /?" + percent + " ").decoded, "percent");
  for (std::size_t shift = 0; shift < 9; ++shift) {
    std::string text = std::string(shift, '\x01') + wide + std::string("\0\0\0\0\0", 5);
    Hit utf16 = one(text);
    EXPECT_EQ(utf16.decoded, "utf-16");
    EXPECT_EQ(utf16.offset, shift);
    EXPECT_EQ(utf16.length, 2 * kToken.size());
  }
  // Readable as well: then that is enough.
  EXPECT_EQ(one(kToken + "\n" + base64).decoded, "");
  EngineOptions options;
  options.decode_depth = 0;
  EXPECT_EQ(ScanText(MakeEngine({TokenRule()}, options), base64).hits.size(), 0U);
}

TEST(Cases, AnswersAsGitleaks) {
  auto engine = MakeEngine({TokenRule()});
  std::istringstream in("{\"id\":\"a\",\"text\":\"" + kToken + "\"}\nnonsense\n{\"id\":2,\"text\":\"\"}\n");
  std::ostringstream out, errors;
  CaseCounts counts = RunCases(engine, in, out, errors);
  EXPECT_EQ(counts.cases, 3U);
  EXPECT_EQ(counts.malformed, 1U);
  EXPECT_EQ(out.str(), "{\"id\":\"a\",\"rules\":[\"token\"]}\n{\"id\":2,\"rules\":[]}\n");
  EXPECT_NE(errors.str().find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace weir::secret
