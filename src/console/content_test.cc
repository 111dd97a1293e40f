// Secrets and malware through a real console: from a sensor's record to the pages,
// masks and webhooks; the rules that all sensors use.
#include "wire/content.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "console/rule_tools.h"
#include "console/testing.h"
#include "net/event_reader.h"
#include "net/testing.h"

namespace weir::console {
namespace {

const std::string kList = "/api/v1/content-findings";

Json ItemsOf(const TestAnswer& page) {
  EXPECT_EQ(page.status, 200) << page.body;
  return page.json && page.json->contains("items") ? page.json->at("items") : Json::array();
}

class ContentTest : public testing::Test {
 protected:
  ContentTest() : sensor_(console_, "web-1") {}
  void SetUp() override { ASSERT_EQ(sensor_.Send({SampleInventory("web-1")}).status, 200); }
  /// A scan of the sample container that looked for secrets; a difference where there is a BASE.
  wire::ScanRecord Scan(const std::string& id, std::vector<model::ContentFinding> found,
                        const std::string& base = "") {
    wire::ScanRecord record = SampleScan(id);
    record.base = base;
    if (!base.empty()) {
      record.packages.clear();
      record.usage = {};
    }
    AddSampleContent(record);
    record.content = std::move(found);
    return record;
  }
  void Send(const wire::ScanRecord& record) {
    TestAnswer answer = sensor_.Send({record});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_FALSE(answer.json->value("send_full", false));
  }
  std::size_t Count(const std::string& status) {
    return console_.Admin().Get(kList + "?status=" + status).json->at("total").get<std::size_t>();
  }

  TestConsole console_;
  TestSensor sensor_;
};

TEST_F(ContentTest, IsShownWithItsPlaceReasonsAndCounts) {
  Send(Scan("s1", {SampleSecret(1)}));
  Json row = ItemsOf(console_.Admin().Get(kList)).at(0);
  EXPECT_EQ(row["masked"], "test_****");
  EXPECT_EQ(row["place"]["path"], "srv/app/.env");
  EXPECT_EQ(row["place"]["mode"], "0644");
  EXPECT_EQ(row["asset_name"], "shop");
  EXPECT_EQ(row["host_name"], "web-1");
  EXPECT_EQ(row["score"], 70.0);
  TestAnswer one = console_.Admin().Get(kList + "/" + row["id"].get<std::string>());
  EXPECT_EQ(one.json->at("rank")["reasons"][0]["factor"], "severity");
  EXPECT_EQ(one.json->at("facts")[0]["name"], "account");
  EXPECT_TRUE(one.json->at("mask").is_null());
  TestAnswer overview = console_.Admin().Get("/api/v1/overview");
  EXPECT_EQ(overview.json->at("content")["secrets"]["open"]["high"], 1);
  EXPECT_EQ(overview.json->at("content")["fix_first"].size(), 1U);
  Json asset = ItemsOf(console_.Admin().Get("/api/v1/assets?has=secret")).at(0);
  EXPECT_EQ(asset["secrets"]["high"], 1);
  EXPECT_EQ(asset["malware"]["critical"], 0);
  TestAnswer detail = console_.Admin().Get("/api/v1/assets/" + asset["id"].get<std::string>());
  EXPECT_EQ(detail.json->at("content_scans")[0]["skipped"][0]["count"], 1);
  EXPECT_EQ(console_.Admin().Get("/api/v1/assets?has=malware").json->at("total"), 0);
}

TEST_F(ContentTest, DifferencesKeepReplaceAndTakeAway) {
  Send(Scan("s1", {SampleSecret(1), SampleSecret(2)}));
  wire::ScanRecord same = Scan("s2", {}, "s1");
  same.content_same = true;
  Send(same);
  EXPECT_EQ(Count("open"), 2U) << "nothing was told, because nothing had changed";
  wire::ScanRecord cut = Scan("s3", {SampleSecret(3)}, "s2");
  cut.cut_short = true;
  Send(cut);
  EXPECT_EQ(Count("open"), 3U) << "what was not reached is not gone";
  wire::ScanRecord not_looked = Scan("s4", {}, "s3");
  not_looked.content_scans.clear();
  Send(not_looked);
  EXPECT_EQ(Count("open"), 3U);
  Send(Scan("s5", {SampleSecret(3)}, "s4"));
  EXPECT_EQ(Count("open"), 1U);
  EXPECT_EQ(Count("resolved"), 2U);
  TestAnswer scans = console_.Admin().Get("/api/v1/scans?limit=1");
  EXPECT_EQ(ItemsOf(scans).at(0)["resolved"], 2);
  EXPECT_EQ(ItemsOf(scans).at(0)["secrets"], 1);
  TestAnswer compared =
      console_.Admin().Get("/api/v1/scans/" + ItemsOf(scans).at(0)["id"].get<std::string>() + "/compare");
  EXPECT_EQ(compared.json->at("content_removed").size(), 2U);
  EXPECT_EQ(compared.json->at("content_added").size(), 0U);
}

TEST_F(ContentTest, AMaskHidesTheSecretWhereverItIsAfterRescans) {
  Send(Scan("s1", {SampleSecret(1), SampleSecret(2)}));
  Json rows = ItemsOf(console_.Admin().Get(kList));
  std::string id = rows.at(0)["id"], fingerprint = rows.at(0)["fingerprint"];
  TestAnswer mask = console_.WithRole("user").Post(
      "/api/v1/masks",
      Json{{"scope", "everywhere"}, {"kind", "secret"}, {"fingerprint", fingerprint}, {"reason", "a dummy"}}
          .dump());
  ASSERT_EQ(mask.status, 201) << mask.body;
  EXPECT_EQ(mask.Text("kind"), "secret");
  EXPECT_EQ(Count("masked"), 1U);
  model::ContentFinding moved = SampleSecret(1);
  moved.places[0].location.path = "opt/elsewhere";
  moved.places[0].line = 77;
  model::ContentFinding other = SampleSecret(2);
  Send(Scan("s2", {moved, other}, "s1"));
  EXPECT_EQ(Count("masked"), 1U);
  wire::ScanRecord host = Scan("h1", {moved});
  host.asset = {model::AssetKind::kHost, {}};
  Send(host);
  EXPECT_EQ(Count("masked"), 2U) << "in another asset, too";
  TestAnswer one = console_.Admin().Get(kList + "/" + id);
  EXPECT_EQ(one.json->at("mask")["reason"], "a dummy");
  EXPECT_EQ(one.json->at("same_in").size(), 1U);
  console_.Restart();
  EXPECT_EQ(Count("masked"), 2U);
  TestAnswer audit = console_.Admin().Get("/api/v1/audit?q=createMask");
  EXPECT_NE(ItemsOf(audit).at(0)["detail"].get<std::string>().find("a dummy"), std::string::npos);
  EXPECT_EQ(console_.Admin().Call("DELETE", "/api/v1/masks/" + mask.Text("id")).status, 204);
  EXPECT_EQ(Count("masked"), 0U);
}

TEST_F(ContentTest, WhatHasGoneIsResolved) {
  Send(Scan("s1", {SampleSecret(1)}));
  wire::InventoryRecord gone = SampleInventory("web-1");
  gone.full = true;
  gone.containers.clear();
  ASSERT_EQ(sensor_.Send({gone}).status, 200);
  EXPECT_EQ(Count("open"), 0U);
  EXPECT_EQ(Count("resolved"), 1U);
}

TEST_F(ContentTest, AHostileSensorIsHeldToBounds) {
  model::ContentFinding huge = SampleSecret(1);
  std::string much(60'000, 'x');
  huge.title = huge.masked = huge.status_reason = much;
  huge.rule = "r" + much;
  huge.facts.assign(100, {much, much});
  huge.places.assign(60, huge.places[0]);
  for (model::ContentPlace& place : huge.places) place.location.path = place.process = much;
  huge.rank.score = 1e300;
  huge.rank.reasons.assign(100, {much, 1e300, "\xff\xfe" + much});
  huge.place_count = UINT64_MAX;
  model::ContentFinding nameless = SampleSecret(2);
  nameless.fingerprint = "'; DROP TABLE asset; --";
  model::ContentFinding twice = SampleSecret(1);
  Send(Scan("s1", {huge, nameless, twice}));
  TestAnswer list = console_.Admin().Get(kList);
  ASSERT_EQ(ItemsOf(list).size(), 1U) << list.body.substr(0, 500);
  EXPECT_EQ(ItemsOf(list)[0]["score"], 100.0);
  TestAnswer one = console_.Admin().Get(kList + "/" + ItemsOf(list)[0]["id"].get<std::string>());
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.json->at("places").size(), 20U);
  EXPECT_LT(one.body.size(), 400'000U);
  std::string scan = ItemsOf(console_.Admin().Get("/api/v1/scans?limit=1"))[0]["id"];
  EXPECT_NE(console_.Admin().Get("/api/v1/scans/" + scan).body.find("without a rule or a fingerprint"),
            std::string::npos);
}

TEST_F(ContentTest, AWebhookGetsNewSecrets) {
  std::mutex mutex;
  std::vector<Json> got;
  net::TestServer receiver([&](const net::TestRequest& request) {
    std::lock_guard lock(mutex);
    got.push_back(Json::parse(request.body, nullptr, false));
    return net::TestResponse();
  });
  ASSERT_EQ(
      console_.Admin()
          .Post("/api/v1/webhooks", Json{{"url", receiver.Url("/hook")}, {"min_severity", "high"}}.dump())
          .status,
      201);
  model::ContentFinding low = SampleSecret(2);
  low.severity = model::Severity::kLow;
  Send(Scan("s1", {SampleSecret(1), low}));
  auto secrets = [&] {
    std::lock_guard lock(mutex);
    std::size_t count = 0;
    for (const Json& body : got) count += body.at("content_findings").size();
    return count;
  };
  for (int i = 0; i < 100 && secrets() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(secrets(), 1U);
}

TEST_F(ContentTest, SensorsGetRulesAndTheKey) {
  struct stat info{};
  ASSERT_EQ(::stat((console_.folder() + "/fingerprint.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  auto rules = [&]() -> wire::ContentRules {
    net::HttpClient client(sensor_.options());  // anew: a console that was restarted has another port
    net::HttpRequest request;
    request.url = "https://" + std::string(wire::kSensorHost) + "/sensor/v1/rules";
    auto response = client.Fetch(request);
    EXPECT_TRUE(response && response->status == 200);
    if (!response) return {};
    auto parsed = wire::ParseContentRules(response->body, {});
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? *parsed : wire::ContentRules();
  };
  wire::ContentRules before = rules();
  EXPECT_EQ(before.fingerprint_key + "\n", *ReadFile(console_.folder() + "/fingerprint.key", 100));
  std::string text = "[[rules]]\nid = \"ours\"\nregex = \"ours_[0-9a-f]{32}\"\nkeywords = [\"ours_\"]\n";
  TestAnswer added = console_.Admin().Post(
      "/api/v1/rule-files", Json{{"kind", "secret"}, {"name", "ours.toml"}, {"text", text}}.dump());
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.json->at("rules"), 1);
  TestAnswer browsed = console_.Admin().Get("/api/v1/content-rules?kind=secret&q=ours");
  ASSERT_GE(ItemsOf(browsed).size(), 1U) << browsed.body;
  TestAnswer disabled =
      console_.Admin().Post("/api/v1/content-rules/secret/ours/disable", R"({"reason":"too many"})");
  EXPECT_EQ(disabled.status, 200) << disabled.body;
  wire::ContentRules after = rules();
  EXPECT_NE(after.digest, before.digest);
  ASSERT_EQ(after.files.size(), 1U);
  EXPECT_EQ(after.files[0].text, text);
  EXPECT_EQ(after.disabled, (std::vector<wire::RuleRef>{{model::ContentKind::kSecret, "ours"}}));
  // A settings command with each connection tells which rules there are.
  net::HttpClient client(sensor_.options());
  net::HttpRequest commands;
  commands.url = "https://" + std::string(wire::kSensorHost) + "/sensor/v1/commands";
  commands.total_timeout_seconds = 10;
  net::EventReader reader;
  std::string digest;
  static_cast<void>(client.Fetch(commands, [&](std::string_view bytes) {
    std::vector<net::ServerEvent> events;
    static_cast<void>(reader.Feed(bytes, events));
    for (const net::ServerEvent& event : events)
      if (auto command = wire::ParseCommand(event.data, {})) digest = command->rules_digest;
    return digest.empty();
  }));
  EXPECT_EQ(digest, after.digest);
  console_.Restart();
  EXPECT_EQ(rules().digest, after.digest) << "key, files and disabled rules are kept";
  EXPECT_EQ(console_.Admin().Call("DELETE", "/api/v1/rule-files/" + added.Text("id")).status, 204);
}

TEST_F(ContentTest, RuleFilesAreCheckedBeforeTheyAreTaken) {
  TestClient& admin = console_.Admin();
  auto add = [&](const std::string& kind, const std::string& name, const std::string& text) {
    return admin.Post("/api/v1/rule-files", Json{{"kind", kind}, {"name", name}, {"text", text}}.dump());
  };
  TestAnswer good =
      add("malware", "ours.yar", "rule ours { strings: $a = \"0urs-evil-marker\" condition: $a }\n");
  ASSERT_EQ(good.status, 201) << good.body;
  EXPECT_EQ(good.json->at("rules"), 1);
  TestAnswer bad = add("malware", "bad.yar", "rule broken { condition: $nothing }\n");
  EXPECT_EQ(bad.status, 400) << bad.body;
  EXPECT_EQ(bad.Text("field"), "text");
  EXPECT_EQ(add("secret", "bad.toml", "[[rules]]\nid = 3\n").status, 400);
  TestAnswer half = add("secret", "half.toml",
                        "[[rules]]\nid = \"good\"\nregex = \"good_[0-9]{20}\"\n[[rules]]\nid = \"bad\"\n"
                        "regex = \"bad_([0-9\"\n");
  ASSERT_EQ(half.status, 201) << half.body;
  EXPECT_EQ(half.json->at("rules"), 1);
  EXPECT_GE(half.json->at("remarks").size(), 1U);
  TestAnswer malware = admin.Get("/api/v1/content-rules?kind=malware&q=ours");
  ASSERT_EQ(ItemsOf(malware).size(), 1U) << malware.body;
  EXPECT_EQ(ItemsOf(malware)[0]["source"], "ours.yar");
  EXPECT_EQ(console_.WithRole("user").Post("/api/v1/rule-files", "{}").status, 403);
  EXPECT_EQ(add("secret", std::string(101, 'a') + ".toml", "x").status, 400);
  EXPECT_EQ(add("secret", "large.toml", std::string(kMaxRuleText + 1, ' ')).status, 400);
}

TEST(RuleTools, NoExampleIsShownAsItIs) {
  std::string token = "ghp_" + std::string(36, 'A');
  for (std::string example :
       {"token = \"" + token + "\"", token, "https://user:" + token + "@example.org/"}) {
    std::string shown = MaskExample(example);
    EXPECT_EQ(shown.find(token), std::string::npos) << shown;
    EXPECT_EQ(shown.find(std::string(12, 'A')), std::string::npos) << shown;
  }
  EXPECT_EQ(MaskExample("password: x1y2z3").find("x1y2z3"), std::string::npos);
  EXPECT_NE(MaskExample("password: x1y2z3").find("password"), std::string::npos);
  EXPECT_LE(MaskExample(std::string(100'000, ' ')).size(), 200U);
}

TEST(RuleTools, OnlyWhereWebhooksMayGo) {
  std::string digest(64, '0');
  for (std::string url :
       {"http://example.org/", "https://169.254.169.254/", "https://[fe80::1]/", "https://a b/"})
    EXPECT_FALSE(FetchRuleText(url, digest, false)) << url;
}

}  // namespace
}  // namespace weir::console
