#include "secret/rules.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "secret/formats/filter_expression.h"
#include "secret/formats/pattern_facts.h"

namespace weir::secret {
namespace {

RuleSet Parsed(std::string_view text) {
  auto rules = ParseRules(text, "test");
  EXPECT_TRUE(rules.has_value()) << (rules ? "" : rules.error().message);
  return rules ? *rules : RuleSet{};
}

const Rule* Find(const RuleSet& rules, std::string_view id) {
  for (const Rule& rule : rules.rules)
    if (rule.id == id) return &rule;
  return nullptr;
}

bool Remarked(const RuleSet& rules, std::string_view rule, std::string_view words) {
  for (const RuleRemark& remark : rules.remarks)
    if (remark.rule == rule && remark.message.find(words) != std::string::npos) return true;
  return false;
}

TEST(RulesTest, BuiltInPackIsWhole) {
  const RuleSet rules = BuiltInRules();
  for (const RuleRemark& remark : rules.remarks) ADD_FAILURE() << remark.rule << ": " << remark.message;
  for (const Rule& rule : rules.rules) EXPECT_EQ(rule.source, "built-in");
}

TEST(RulesTest, Gitleaks) {
  const RuleSet rules = Parsed(R"(
title = "t"
[allowlist]
paths = ['''\.lock$''']
stopwords = ["EXAMPLE"]
[[allowlists]]
targetRules = ["one", "nobody"]
condition = "AND"
regexTarget = "line"
regexes = ["x"]
commits = ["ABC "]
[[rules]]
id = "one"
description = "The one"
regex = '''(pre)fix_([a-z]{10})'''
secretgroup = 2
entropy = 3.5
keywords = ["PreFix"]
path = "env$"
tags = ["a"]
  [[rules.allowlists]]
  regexTarget = "match"
  regexes = ["y"]
  [[rules.required]]
  id = "two"
  withinLines = 3
[[rules]]
id = "two"
regex = "zzzz[0-9]{3}"
skipReport = true
[rules.allowlist]
stopwords = "Single"
[[rules]]
id = "generic-thing"
regex = "(?i)key=[a-z]{8}"
unknown_key = 1
)");
  ASSERT_EQ(rules.rules.size(), 3U);
  const Rule& one = rules.rules[0];
  EXPECT_EQ(one.title, "The one");
  EXPECT_EQ(one.secret_group, 2U);
  EXPECT_DOUBLE_EQ(one.entropy, 3.5);
  EXPECT_EQ(one.keywords, std::vector<std::string>{"prefix"});
  EXPECT_EQ(one.path_pattern, "env$");
  EXPECT_EQ(one.confidence, model::Confidence::kHigh);
  EXPECT_EQ(one.severity, model::Severity::kHigh);
  ASSERT_EQ(one.required.size(), 1U);
  EXPECT_EQ(one.required[0].within_lines, 3U);
  EXPECT_FALSE(one.required[0].within_columns.has_value());
  ASSERT_EQ(one.allowlists.size(), 2U);
  EXPECT_EQ(one.allowlists[0].target, Allowlist::Target::kMatch);
  EXPECT_TRUE(one.allowlists[1].all);
  EXPECT_EQ(one.allowlists[1].target, Allowlist::Target::kLine);
  EXPECT_EQ(one.allowlists[1].commits, std::vector<std::string>{"abc"});
  EXPECT_TRUE(rules.rules[1].skip_report);
  EXPECT_EQ(rules.rules[1].allowlists.at(0).stopwords, std::vector<std::string>{"single"});
  EXPECT_TRUE(rules.rules[2].generic);
  EXPECT_EQ(rules.rules[2].confidence, model::Confidence::kLow);
  EXPECT_EQ(rules.rules[2].severity, model::Severity::kLow);
  ASSERT_EQ(rules.allowlists.size(), 1U);
  EXPECT_EQ(rules.allowlists[0].stopwords, std::vector<std::string>{"example"});
  EXPECT_TRUE(Remarked(rules, "generic-thing", "unknown_key"));
  EXPECT_TRUE(Remarked(rules, "nobody", "no such rule"));
}

TEST(RulesTest, WhatIsWrongIsRemarkedAndTheRestIsTaken) {
  const RuleSet rules = Parsed(R"(
[[rules]]
id = "no-pattern"
[[rules]]
regex = "no id"
[[rules]]
id = "group"
regex = "(a)b"
secretGroup = 2
[[rules]]
id = "huge"
regex = '''((((a{1000}){1000}){1000}){1000})'''
[[rules]]
id = "open"
regex = '''(a'''
[[rules]]
id = "needs"
regex = "abc"
required = [{id = "needs-more"}]
[[rules]]
id = "needs-more"
regex = "abc"
required = [{id = "absent"}]
[[rules]]
id = "good"
regex = "abcd"
keywords = [1, "x"]
[[rules.allowlists]]
condition = "XOR"
regexes = ["a"]
[[rules]]
id = "good"
regex = "second"
[[rules]]
id = "sum"
regex = "abcd"
checksum = "no-such-checksum"
)");
  ASSERT_EQ(rules.rules.size(), 1U);
  EXPECT_EQ(rules.rules[0].pattern, "second");
  EXPECT_TRUE(Remarked(rules, "no-pattern", "neither"));
  EXPECT_TRUE(Remarked(rules, "", "has no id"));
  EXPECT_TRUE(Remarked(rules, "group", "group 2 of 1"));
  EXPECT_TRUE(Remarked(rules, "huge", "too large"));
  EXPECT_TRUE(Remarked(rules, "open", "do not close"));
  EXPECT_TRUE(Remarked(rules, "needs-more", "absent"));
  EXPECT_TRUE(Remarked(rules, "needs", "needs-more"));
  EXPECT_TRUE(Remarked(rules, "good", "two rules of this id"));
  EXPECT_TRUE(Remarked(rules, "good", "condition"));
  EXPECT_TRUE(Remarked(rules, "sum", "checksum"));
}

TEST(RulesTest, OurOwnKeys) {
  const RuleSet rules = Parsed(R"(
[[rules]]
id = "ours"
title = "Our token"
description = "long"
regex = "our_[a-z]{8}"
severity = "critical"
confidence = "medium"
generic = true
examples = ["our_abcdefgh"]
negative_examples = ["our_"]
[rules.validate]
url = "https://api.example.test/me"
headers = {Authorization = "Bearer {{secret}}"}
valid = [200, 204]
invalid = 401
[[rules]]
id = "plain-http"
regex = "abcde"
[rules.validate]
url = "http://api.example.test/me"
)");
  ASSERT_EQ(rules.rules.size(), 2U);
  const Rule& rule = rules.rules[0];
  EXPECT_EQ(rule.title, "Our token");
  EXPECT_EQ(rule.severity, model::Severity::kCritical);
  EXPECT_EQ(rule.confidence, model::Confidence::kMedium);
  EXPECT_TRUE(rule.generic);
  EXPECT_EQ(rule.examples.size(), 1U);
  EXPECT_EQ(rule.negative_examples.size(), 1U);
  ASSERT_TRUE(rule.validate.has_value());
  EXPECT_EQ(rule.validate->headers[0].second, "Bearer {{secret}}");
  EXPECT_EQ(rule.validate->valid, (std::vector<int>{200, 204}));
  EXPECT_EQ(rule.validate->invalid, std::vector<int>{401});
  EXPECT_FALSE(rules.rules[1].validate.has_value());
  EXPECT_TRUE(Remarked(rules, "plain-http", "https"));
}

TEST(RulesTest, BetterleaksExpressions) {
  const RuleSet rules = Parsed(R"(
prefilter = 'matchesAny(get(attributes, "path", ""), [`\.lock$`])'
filter = '(matchesAny(finding["secret"], [`^x+$`]) || containsAny(finding["secret"], ["Abc"]))'
[[rules]]
id = "token"
regex = '''tok_[a-z]{10}'''
filter = 'filter.entropy(finding["secret"]) < 3.5 || (matchesAny(finding["line"], [`a`]) && containsAny(finding["secret"], ["w"]))'
validate = '''let r = http.get("https://api.example.test/" + finding["secret"], {"A": "B " + finding["secret"]});
r.status == 200 ? {"result": "valid"} : r.status in [401, 403] ? {"result": "invalid", "reason": "no"} : validate.unknown(r)'''
[[rules]]
id = "hard"
regex = '''(a)tok_([a-z]{10})'''
valueGroup = 2
specificity = -5
components = [{id = "token"}]
filter = 'tokenEfficiency(finding["secret"]) > 2.0 || entropy(finding["secret"]) <= 2.5'
validate = '''let a = 1; http.get("https://x/")'''
)");
  ASSERT_EQ(rules.rules.size(), 2U);
  ASSERT_EQ(rules.allowlists.size(), 3U);
  EXPECT_EQ(rules.allowlists[0].paths, std::vector<std::string>{"\\.lock$"});
  EXPECT_EQ(rules.allowlists[2].stopwords, std::vector<std::string>{"abc"});
  const Rule& rule = rules.rules[0];
  EXPECT_DOUBLE_EQ(rule.entropy, 3.5);
  ASSERT_EQ(rule.allowlists.size(), 1U);
  EXPECT_TRUE(rule.allowlists[0].all);
  EXPECT_EQ(rule.allowlists[0].target, Allowlist::Target::kLine);
  ASSERT_TRUE(rule.validate.has_value());
  EXPECT_EQ(rule.validate->url, "https://api.example.test/{{secret}}");
  EXPECT_EQ(rule.validate->invalid, (std::vector<int>{401, 403}));
  EXPECT_FALSE(Remarked(rules, "token", "in part"));
  EXPECT_DOUBLE_EQ(rules.rules[1].entropy, 2.5);
  EXPECT_EQ(rules.rules[1].secret_group, 2U);
  EXPECT_TRUE(rules.rules[1].generic);
  EXPECT_TRUE(rules.rules[1].required.empty());
  EXPECT_TRUE(Remarked(rules, "hard", "in part"));
  EXPECT_TRUE(Remarked(rules, "hard", "no issuer"));
}

TEST(RulesTest, FilterExpressionsThatAreNotUnderstoodFilterNothing) {
  for (const char* text : {"(((", "a && b", "!matchesAny(finding[\"secret\"], [`a`])", ") || (", "\"", "`",
                           "entropy(finding[\"secret\"]) <= 3 ? true : false", "(a || b) == c", "x[", "||",
                           "&&", "// entropy(finding[\"secret\"]) <= 3"}) {
    const FilterParts parts = ReadFilterExpression(text);
    EXPECT_FALSE(parts.complete) << text;
    EXPECT_TRUE(parts.allowlists.empty()) << text;
    EXPECT_EQ(parts.entropy, 0) << text;
  }
}

TEST(RulesTest, NoseyParkerTitusAndKingfisher) {
  const RuleSet rules = Parsed(R"(
rules:
- name: Some Key
  id: np.some.1
  pattern: |
    (?x)
    \b (?P<TOKEN> sk-some-[a-z]{20} ) \b   # comment ( with a paren
  categories: [api, secret]
  examples:
  - 'sk-some-aaaaaaaaaaaaaaaaaaaa'
  negative_examples: ['sk-some-']
  references: [x]
- name: Fuzzy thing
  id: np.fuzzy.1
  pattern: '(?i)secret.{0,20}([a-z0-9]{20})'
  categories: [fuzzy]
- name: Kingfisher
  id: kingfisher.k.1
  pattern: 'kf_([a-z]{10})'
  min_entropy: 3.3
  confidence: low
  visible: false
  base_score: 80
  pattern_requirements:
    min_digits: 2
    min_special_chars: 1
    ignore_if_contains: [Test]
  validation:
    type: Http
    content:
      request:
        method: GET
        url: https://api.example.test/{{ TOKEN }}
        headers: {Authorization: "Bearer {{TOKEN}}"}
        response_matcher:
          - report_response: true
          - type: StatusMatch
            status: [200]
          - type: JsonValid
- name: Harder
  id: kingfisher.k.2
  pattern: 'kg_([a-z]{10})'
  depends_on_rule: [{rule_id: kingfisher.k.1, variable: AKID}]
  validation:
    type: Http
    content:
      request:
        url: https://api.example.test/{{ AKID }}
        response_matcher: [{type: StatusMatch, status: [200]}]
- name: Database
  id: kingfisher.k.3
  pattern: 'kh_([a-z]{10})'
  validation: {type: Postgres}
)");
  ASSERT_EQ(rules.rules.size(), 5U);
  const Rule& some = rules.rules[0];
  EXPECT_EQ(some.syntax, Rule::Syntax::kRust);
  EXPECT_EQ(some.secret_group_name, "TOKEN");
  EXPECT_EQ(some.severity, model::Severity::kHigh);
  EXPECT_EQ(some.confidence, model::Confidence::kHigh);
  EXPECT_EQ(some.examples.size(), 1U);
  EXPECT_EQ(rules.rules[1].confidence, model::Confidence::kLow);
  const Rule& kingfisher = rules.rules[2];
  EXPECT_EQ(kingfisher.confidence, model::Confidence::kLow);
  EXPECT_EQ(kingfisher.severity, model::Severity::kHigh);
  EXPECT_DOUBLE_EQ(kingfisher.entropy, 3.3);
  EXPECT_TRUE(kingfisher.skip_report);
  ASSERT_EQ(kingfisher.allowlists.size(), 3U);
  EXPECT_EQ(kingfisher.allowlists[0].regexes[0], "^[^0-9]*(?:[0-9][^0-9]*){0,1}$");
  EXPECT_EQ(kingfisher.allowlists[2].stopwords, std::vector<std::string>{"test"});
  ASSERT_TRUE(kingfisher.validate.has_value());
  EXPECT_EQ(kingfisher.validate->url, "https://api.example.test/{{secret}}");
  EXPECT_FALSE(rules.rules[3].validate.has_value());
  EXPECT_TRUE(Remarked(rules, "kingfisher.k.2", "no issuer"));
  EXPECT_TRUE(Remarked(rules, "kingfisher.k.3", "Postgres"));
}

TEST(RulesTest, Trivy) {
  const RuleSet rules = Parsed(R"(
rules:
  - id: acme
    category: general
    title: Acme key
    severity: CRITICAL
    regex: (?i)acme(_key)=(?P<secret>[a-z]{20})
    secret-group-name: secret
    keywords: [ACME]
    allow-rules:
      - {id: x, regex: test, path: fixtures}
  - id: whole
    regex: abc(d)
    path: conf$
    exclude-block: {regexes: [a]}
allow-rules:
  - id: tests
    path: _test$
disable-rules: [aws]
)");
  ASSERT_EQ(rules.rules.size(), 2U);
  EXPECT_EQ(rules.rules[0].severity, model::Severity::kCritical);
  EXPECT_EQ(rules.rules[0].secret_group_name, "secret");
  EXPECT_EQ(rules.rules[0].keywords, std::vector<std::string>{"acme"});
  EXPECT_TRUE(rules.rules[0].allowlists.at(0).all);
  EXPECT_EQ(rules.rules[1].pattern, "(abc(d))");
  EXPECT_TRUE(Remarked(rules, "whole", "exclude-block"));
  EXPECT_TRUE(Remarked(rules, "", "disable-rules"));
  EXPECT_EQ(rules.allowlists.size(), 1U);
}

TEST(RulesTest, SecretScanner) {
  const RuleSet rules = Parsed(R"(
blacklisted_strings: ["AKIAIOSFODNN7EXAMPLE"]
blacklisted_paths: ["{sep}proc"]
signatures:
- {part: extension, match: .pem, name: Potential cryptographic private key}
- {part: extension, regex: '^key(pair)?$', name: Potential cryptographic private key}
- {part: filename, match: id.rsa, name: SSH}
- {part: filename, regex: '^\.?npmrc$', name: NPM}
- {part: filename, regex: '.esmtprc$', name: Mail}
- {part: path, regex: '\.?ssh/config$', name: SSH configuration}
- {part: contents, regex: '(AKIA|ASIA)[A-Z0-9]{16}', name: AWS Access Key ID, severity: high}
- {part: contents, match: 'a.b', name: Literal}
- {part: nonsense, match: x, name: Nothing}
)");
  ASSERT_EQ(rules.rules.size(), 8U);
  EXPECT_EQ(rules.rules[0].path_pattern, "\\.pem$");
  EXPECT_EQ(rules.rules[0].id, "file-potential-cryptographic-private-key");
  EXPECT_EQ(rules.rules[1].id, "file-potential-cryptographic-private-key-2");
  EXPECT_EQ(rules.rules[1].path_pattern, "\\.(?:key(pair)?)$");
  EXPECT_EQ(rules.rules[2].path_pattern, "(?:^|/)id\\.rsa$");
  EXPECT_EQ(rules.rules[3].path_pattern, "(?:^|/)(?:\\.?npmrc)$");
  EXPECT_EQ(rules.rules[4].path_pattern, "(?:^|/)[^/]*(?:.esmtprc)$");
  EXPECT_EQ(rules.rules[5].path_pattern, "\\.?ssh/config$");
  EXPECT_EQ(rules.rules[6].id, "aws-access-key-id");
  EXPECT_EQ(rules.rules[6].severity, model::Severity::kHigh);
  EXPECT_EQ(rules.rules[6].pattern, "((AKIA|ASIA)[A-Z0-9]{16})");
  EXPECT_EQ(rules.rules[7].pattern, "(a\\.b)");
  EXPECT_EQ(rules.rules[0].severity, model::Severity::kLow);
  EXPECT_TRUE(Remarked(rules, "", "blacklisted_paths"));
  EXPECT_EQ(rules.allowlists.size(), 1U);
}

TEST(RulesTest, WhatIsNoRuleFile) {
  for (const char* text :
       {"", "hello", "a: b", "- 1", "[1, 2", "rules: 3", "\xff\xfe", "rules:\n- &a {pattern: x}\n- *a"})
    EXPECT_FALSE(ParseRules(text, "x").has_value()) << text;
  EXPECT_FALSE(ParseRules("[[rules]]\nid = ", "x").has_value());
  EXPECT_EQ(*DetectRuleFormat("# c\n\n[[rules]]\nid='a'"), RuleFormat::kGitleaks);
  EXPECT_EQ(*DetectRuleFormat("rules: [{id: a, pattern: b}]"), RuleFormat::kNoseyParker);
  EXPECT_EQ(*DetectRuleFormat("rules: [{id: a, regex: b}]"), RuleFormat::kTrivy);
  EXPECT_EQ(*DetectRuleFormat("signatures: []"), RuleFormat::kSecretScanner);
  EXPECT_EQ(ParseRules(std::string(17U << 20U, '#'), "x").error().code, Code::kLimitExceeded);
  std::string deep = "rules: ";
  for (int i = 0; i < 100; ++i) deep += "[";
  EXPECT_EQ(ParseRules(deep, "x").error().code, Code::kLimitExceeded);
  std::string many;
  for (int i = 0; i < 10'010; ++i) many += "[[rules]]\nid='" + std::to_string(i) + "'\nregex='abc'\n";
  const RuleSet rules = Parsed(many);
  EXPECT_EQ(rules.rules.size(), 10'000U);
  EXPECT_TRUE(Remarked(rules, "", "more than 10000"));
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("weir_rules_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Write(const std::string& name, std::string_view text) {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(RulesTest, ExtendIsFollowedTwoDeep) {
  Folder folder;
  folder.Write("c.toml", "[extend]\npath='d.toml'\n[[rules]]\nid='c'\nregex='ccc'\n");
  folder.Write("d.toml", "[[rules]]\nid='d'\nregex='ddd'\n");
  folder.Write("b.toml",
               "[extend]\npath='c.toml'\n[[rules]]\nid='b'\nregex='bbb'\nkeywords=['one']\nentropy=2.0\n"
               "[[rules]]\nid='off'\nregex='off'\n");
  const std::string a = folder.Write(
      "a.toml",
      "[extend]\npath='b.toml'\ndisabledRules=['off','never']\n[[rules]]\nid='b'\nkeywords=['two']\n");
  const auto rules = ReadRules(a);
  ASSERT_TRUE(rules.has_value());
  ASSERT_EQ(rules->rules.size(), 2U);  // d is three deep
  const Rule* b = Find(*rules, "b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->pattern, "bbb");
  EXPECT_DOUBLE_EQ(b->entropy, 2.0);
  EXPECT_EQ(b->keywords, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(Find(*rules, "off"), nullptr);
  EXPECT_NE(Find(*rules, "c"), nullptr);
  EXPECT_TRUE(Remarked(*rules, "never", "no such rule"));
  // Text alone has no files beside it.
  EXPECT_TRUE(
      Remarked(Parsed("[extend]\npath='/etc/passwd'\n[[rules]]\nid='b'\nregex='bbb'\n"), "", "not followed"));
  EXPECT_GE(Parsed("[extend]\nuseDefault=true\n[[rules]]\nid='b'\nregex='bbb'\n").rules.size(), 1U);
}

TEST(RulesTest, AFolderIsReadWhole) {
  Folder folder;
  folder.Write("1.toml", "[[rules]]\nid='a'\nregex='first'\n");
  folder.Write("2.yml", "rules: [{id: a, pattern: second}, {id: b, pattern: third}]");
  folder.Write("3.txt", "not read");
  const auto rules = ReadRules(folder.path());
  ASSERT_TRUE(rules.has_value());
  ASSERT_EQ(rules->rules.size(), 2U);
  EXPECT_EQ(Find(*rules, "a")->pattern, "second");
  EXPECT_FALSE(ReadRules(folder.path() + "/none").has_value());
}

TEST(PatternFactsTest, GroupsLiteralsAndSize) {
  const auto go = Rule::Syntax::kGo;
  EXPECT_EQ(LookAtPattern("(a)(?:b)(?P<n>c)\\(\\)[(]", go).groups, 2U);
  EXPECT_EQ(LookAtPattern("x(?i)ghp_[a-z]{36}", go).longest_literal, 4U);
  EXPECT_EQ(LookAtPattern("(?x) a b c # (((\n d", Rule::Syntax::kRust).longest_literal, 4U);
  EXPECT_TRUE(LookAtPattern("(?x) a # (((\n d", Rule::Syntax::kRust).balanced);
  EXPECT_EQ(LookAtPattern("(?:ab){3}", go).size, 6U);
  EXPECT_EQ(LookAtPattern("[a-z]{2,5}x", go).size, 6U);
  EXPECT_GT(LookAtPattern("((a{999}){999}){999}", go).size, kMaxPatternSize);
  EXPECT_FALSE(LookAtPattern("a)", go).balanced);
  EXPECT_FALSE(LookAtPattern("[a", go).balanced);
  EXPECT_TRUE(LookAtPattern("[]a][^]a][[:alpha:]]", go).balanced);
}

}  // namespace
}  // namespace weir::secret
