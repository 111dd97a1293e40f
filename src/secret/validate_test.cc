#include "secret/validate.h"

#include <gtest/gtest.h>

#include <mutex>

#include "net/server_testing.h"

namespace weir::secret {
namespace {

using model::Validation;

Rule RuleAsking(std::string url) {
  Rule rule;
  rule.id = "test";
  rule.validate.emplace();
  rule.validate->url = std::move(url);
  return rule;
}

/// An issuer on this machine, and a validator that may ask it as api.example.test.
class ValidateTest : public testing::Test {
 protected:
  ValidateTest()
      : server_([this](net::ServerRequest request, const net::Responder& responder) {
          const std::lock_guard lock(mutex_);
          net::ServerResponse response;
          response.status = status_;
          if (status_ == 302) response.headers.emplace_back("Location", "https://localhost/elsewhere");
          response.body = std::string(100'000, 'x');
          requests_.push_back(std::move(request));
          responder.Send(std::move(response));
        }) {
    options_.hosts = {"localhost:" + std::to_string(server_.port())};
    options_.now = [this] { return now_; };
    options_.sleep = [this](std::chrono::milliseconds time) {
      slept_ += time;
      now_ += time;
    };
  }
  std::string Url(std::string_view path) const {
    return "https://localhost:" + std::to_string(server_.port()) + std::string(path);
  }
  Validator& validator() {
    if (!validator_) validator_ = std::make_unique<Validator>(options_, server_.ClientOptions());
    return *validator_;
  }

  std::mutex mutex_;  // guards status_ and requests_
  int status_ = 200;
  std::vector<net::ServerRequest> requests_;
  std::chrono::steady_clock::time_point now_;
  std::chrono::milliseconds slept_{0};
  net::TestHttpsServer server_;
  ValidatorOptions options_;
  std::unique_ptr<Validator> validator_;
};

TEST_F(ValidateTest, TheStatusDecides) {
  const Rule rule = RuleAsking(Url("/me"));
  const std::pair<int, Validation> cases[] = {{200, Validation::kValid},   {401, Validation::kInvalid},
                                              {403, Validation::kInvalid}, {404, Validation::kUnknown},
                                              {302, Validation::kUnknown}, {500, Validation::kUnknown}};
  for (const auto& [status, expected] : cases) {
    status_ = status;
    EXPECT_EQ(validator().Ask(rule, "s"), expected) << status;
  }
  EXPECT_EQ(requests_.size(), 6U);  // the redirect was not followed
  const auto counts = validator().counts();
  EXPECT_EQ(counts.begin()->second.asked, 6U);
  EXPECT_EQ(counts.begin()->second.invalid, 2U);
}

TEST_F(ValidateTest, TheSecretIsPutIn) {
  Rule rule = RuleAsking(Url("/key/{{secret}}?k={{ secret }}"));
  rule.validate->method = "POST";
  rule.validate->headers = {
      {"Authorization", "Bearer {{secret}}"}, {"X-Basic", "Basic {{basic:me}}"}, {"X-64", "{{base64}}"}};
  rule.validate->body = R"({"key": "{{secret}}"})";
  EXPECT_EQ(validator().Ask(rule, "a/\"b"), Validation::kValid);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].Query("k"), "a/\"b");
  EXPECT_EQ(requests_[0].Header("authorization"), "Bearer a/\"b");
  EXPECT_EQ(requests_[0].Header("x-basic"), "Basic bWU6YS8iYg==");
  EXPECT_EQ(requests_[0].Header("x-64"), "YS8iYg==");
  EXPECT_EQ(requests_[0].body, R"({"key": "a/\"b"})");
}

TEST_F(ValidateTest, AWebhookIsItsOwnUrl) {
  const Rule rule = RuleAsking("{{secret}}");
  EXPECT_EQ(validator().Ask(rule, Url("/hook/abc")), Validation::kValid);
  EXPECT_EQ(requests_.at(0).path, "/hook/abc");
  EXPECT_EQ(validator().Ask(rule, "https://elsewhere.example/hook"), Validation::kNotTried);
  EXPECT_EQ(validator().counts().count("elsewhere.example"), 0U);
}

TEST_F(ValidateTest, WhatMayNotBeAskedIsNotAsked) {
  options_.hosts.push_back("*.example.test");
  for (const char* url :
       {"http://localhost/", "https://localhost/", "https://example.test/", "https://evil-example.test/",
        "https://a.example.test@other.test/", "https://other.test\\@a.example.test/", "ftp://x", ""})
    EXPECT_EQ(validator().Ask(RuleAsking(url), "s"), Validation::kNotTried) << url;
  // Headers stay one line each.
  Rule rule = RuleAsking(Url("/"));
  rule.validate->headers = {{"A", "{{secret}}"}};
  EXPECT_EQ(validator().Ask(rule, "a\r\nX: y"), Validation::kUnknown);
  EXPECT_EQ(validator().Ask(RuleAsking(Url("/{{other}}")), "s"), Validation::kUnknown);
  EXPECT_EQ(validator().Ask(Rule(), "s"), Validation::kNotTried);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(ValidateTest, QuestionsAreFewAndSlow) {
  options_.max_requests = 3;
  const Rule rule = RuleAsking(Url("/me"));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(validator().Ask(rule, "s"), i < 3 ? Validation::kValid : Validation::kNotTried);
  EXPECT_EQ(requests_.size(), 3U);
  EXPECT_GE(slept_, 2 * options_.pause);
  EXPECT_EQ(validator().counts().begin()->second.refused, 2U);
}

TEST_F(ValidateTest, AHostThatHasEnoughIsLetAlone) {
  const Rule rule = RuleAsking(Url("/me"));
  status_ = 429;
  for (int i = 0; i < 5; ++i) validator().Ask(rule, "s");
  EXPECT_EQ(requests_.size(), 3U);
}

TEST_F(ValidateTest, ACertificateThatIsNotBelievedIsNoAnswer) {
  Validator other(options_, {});
  EXPECT_EQ(other.Ask(RuleAsking(Url("/me")), "s"), Validation::kUnknown);
  EXPECT_TRUE(requests_.empty());
}

TEST(BuiltInHostsTest, OnlyOfThePack) {
  Rule ours = RuleAsking("https://api.Example.test/{{secret}}");
  ours.source = "built-in";
  Rule twice = ours;
  Rule hidden = RuleAsking("https://{{secret}}.example.test/");
  hidden.source = "built-in";
  Rule theirs = RuleAsking("https://evil.test/");
  theirs.source = "rules.toml";
  EXPECT_EQ(BuiltInHosts({ours, twice, hidden, theirs}), std::vector<std::string>{"api.example.test"});
}

}  // namespace
}  // namespace weir::secret
