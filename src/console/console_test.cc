// The console as people, scripts and sensors meet it: a real one, over real TLS.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/strings.h"
#include "console/secrets.h"
#include "console/testing.h"
#include "net/event_reader.h"
#include "net/testing.h"
#include "store/assets.h"

namespace weir::console {
namespace {

Json First(const TestAnswer& page) {
  return page.json && !page.json->at("items").empty() ? page.json->at("items")[0] : Json();
}

TEST(Console, FirstAdminMustChooseAPassword) {
  TestConsole console;
  ASSERT_TRUE(console.console().first_run_password());
  TestClient client = console.Anonymous();
  EXPECT_EQ(client.Get("/api/v1/overview").status, 401);
  EXPECT_EQ(client.Login("admin", "wrong-password").status, 401);
  TestAnswer session = client.Login("admin", *console.console().first_run_password());
  ASSERT_EQ(session.status, 200) << session.body;
  EXPECT_TRUE(session.json->at("must_change_password"));
  EXPECT_NE(session.Header("set-cookie").find("HttpOnly; Secure; SameSite=Strict"), std::string::npos);
  TestAnswer early = client.Get("/api/v1/overview");
  EXPECT_EQ(early.status, 403);
  EXPECT_EQ(early.Text("code"), "password-change-required");
  TestClient& admin = console.Admin();
  EXPECT_EQ(admin.Get("/api/v1/overview").status, 200);
  EXPECT_EQ(client.Get("/api/v1/session").status, 401) << "a new password ends the sessions of before";
  console.Restart();
  EXPECT_FALSE(console.console().first_run_password());
  EXPECT_EQ(console.Admin().Get("/api/v1/overview").status, 200);
}

TEST(Console, AFailedFirstStartTakesNoPasswordAway) {
  TestConsole other;
  TestFolder folder;
  ConsoleOptions options;
  options.data_dir = folder.path();
  options.scheduled_updates = false;
  options.listen = {"127.0.0.1:" + std::to_string(other.console().port())};
  ASSERT_FALSE(Console::Start(options)) << "the port is in use";
  options.listen = {"127.0.0.1:0"};
  auto console = Console::Start(options);
  ASSERT_TRUE(console) << console.error().message;
  EXPECT_TRUE((*console)->first_run_password()) << "nobody was told the password";
}

TEST(Console, WhoIsLockedOutResetsTheAdmin) {
  ConsoleOptions options;
  options.reset_admin = true;
  TestConsole console(options);
  TestClient before = console.Anonymous();
  TestClient& admin = console.Admin();
  std::string cookie = admin.cookie;
  TestAnswer token = admin.Post("/api/v1/tokens", R"({"name":"old"})");
  ASSERT_EQ(token.status, 201);
  console.Restart();
  ASSERT_TRUE(console.console().first_run_password());
  TestClient client = console.Anonymous();
  EXPECT_EQ(client.Login("admin", std::string(kTestPassword)).status, 401) << "the old password";
  TestAnswer session = client.Login("admin", *console.console().first_run_password());
  ASSERT_EQ(session.status, 200) << session.body;
  EXPECT_TRUE(session.json->at("must_change_password"));
  TestClient old = console.Anonymous();
  old.cookie = cookie;
  EXPECT_EQ(old.Get("/api/v1/overview").status, 401) << "a session of before";
  old.UseToken(token.Text("secret"));
  EXPECT_EQ(old.Get("/api/v1/overview").status, 401) << "a token of before";
}

TEST(Console, WritesNeedTheCsrfToken) {
  TestConsole console;
  TestClient& admin = console.Admin();
  std::string good = admin.csrf;
  admin.csrf = "x";
  TestAnswer refused = admin.Call("PUT", "/api/v1/settings", R"({"scan_interval_hours":12})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.Text("code"), "csrf");
  admin.csrf = good;
  TestAnswer elsewhere = admin.Call("PUT", "/api/v1/settings", R"({"scan_interval_hours":12})",
                                    {{"Origin", "https://evil.example"}});
  EXPECT_EQ(elsewhere.status, 403);
  TestAnswer done = admin.Call("PUT", "/api/v1/settings", R"({"scan_interval_hours":12})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.json->at("scan_interval_hours"), 12);
}

TEST(Console, AnotherHostNameIsRefused) {
  TestConsole console;
  TestClient client = console.Anonymous();
  EXPECT_EQ(client.Call("GET", "/healthz", {}, {{"Host", "evil.example"}}).status, 421);
  EXPECT_EQ(client.Call("GET", "/healthz", {}, {{"Host", "192.0.2.1:8443"}}).status, 200);
  TestClient& admin = console.Admin();
  ASSERT_EQ(admin.Call("PUT", "/api/v1/settings", R"({"allowed_hosts":["weir.example"]})").status, 200);
  EXPECT_EQ(client.Call("GET", "/healthz", {}, {{"Host", "weir.example:8443"}}).status, 200);
}

TEST(Console, TheLastAdminStays) {
  TestConsole console;
  TestClient& admin = console.Admin();
  EXPECT_EQ(admin.Call("DELETE", "/api/v1/users/1").status, 409);
  EXPECT_EQ(admin.Call("PATCH", "/api/v1/users/1", R"({"role":"user"})").status, 409);
  EXPECT_EQ(admin.Call("PATCH", "/api/v1/users/1", R"({"disabled":true})").status, 409);
  ASSERT_EQ(admin.Post("/api/v1/users", R"({"name":"ada","role":"admin"})").status, 201);
  EXPECT_EQ(admin.Post("/api/v1/users", R"({"name":"ada","role":"admin"})").status, 409);
  EXPECT_EQ(admin.Call("PATCH", "/api/v1/users/1", R"({"role":"user"})").status, 200);
  EXPECT_EQ(admin.Get("/api/v1/users").status, 403) << "a changed role counts at once";
}

TEST(Console, TokensDoNoMoreThanTheirOwner) {
  TestConsole console;
  TestClient& admin = console.Admin();
  TestAnswer made = admin.Post("/api/v1/tokens", R"({"name":"ci","role":"read-only","expires_in_days":7})");
  ASSERT_EQ(made.status, 201) << made.body;
  TestClient script = console.Anonymous();
  script.UseToken(made.Text("secret"));
  EXPECT_EQ(script.Get("/api/v1/overview").status, 200);
  EXPECT_EQ(script.Get("/api/v1/users").status, 403);
  EXPECT_EQ(script.Post("/api/v1/tokens", R"({"name":"more"})").status, 403);
  EXPECT_EQ(admin.Get("/api/v1/tokens").body.find(made.Text("secret")), std::string::npos);
  EXPECT_EQ(admin.Call("DELETE", "/api/v1/tokens/" + made.Text("id")).status, 204);
  EXPECT_EQ(script.Get("/api/v1/overview").status, 401);
}

TEST(Console, FailedLoginsAreSlowedDown) {
  TestConsole console;
  TestClient client = console.Anonymous();
  TestAnswer answer;
  for (int i = 0; i < 7; ++i) answer = client.Login("nobody", "wrong-password");
  EXPECT_EQ(answer.status, 429);
  EXPECT_FALSE(answer.Header("retry-after").empty());
  EXPECT_EQ(console.Anonymous().Login("admin", *console.console().first_run_password()).status, 200)
      << "another user is not held up";
}

TEST(Console, ASensorsFindingIsExplained) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  TestAnswer stored = sensor.Send({SampleInventory("web-1"), SampleScan("s1")});
  ASSERT_EQ(stored.status, 200) << stored.body;
  EXPECT_EQ(stored.json->at("acknowledged"), 2);
  TestClient& admin = console.Admin();
  TestAnswer findings = admin.Get("/api/v1/findings?q=CVE-2021-44228");
  ASSERT_EQ(findings.status, 200) << findings.body;
  ASSERT_EQ(findings.json->at("total"), 1) << findings.body;
  Json finding = First(findings);
  EXPECT_EQ(finding["severity"], "critical");
  EXPECT_EQ(finding["usage"], "loaded");
  EXPECT_EQ(finding["exposure"], "any");
  EXPECT_EQ(finding["host_name"], "web-1");
  TestAnswer detail = admin.Get("/api/v1/findings/" + finding["id"].get<std::string>());
  ASSERT_EQ(detail.status, 200) << detail.body;
  double sum = 0;
  for (const Json& reason : detail.json->at("rank")["reasons"]) sum += reason["points"].get<double>();
  EXPECT_NEAR(sum, detail.json->at("rank")["score"].get<double>(), 0.3);
  EXPECT_NEAR(sum, finding["score"].get<double>(), 0.3) << "the stored score is the explained one";
  std::vector<std::string> kinds;
  for (const Json& step : detail.json->at("path")) kinds.push_back(step["kind"]);
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"network", "listener", "container", "process", "package", "weakness"}));
}

TEST(Console, RecordsAreStoredExactlyOnce) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  ASSERT_EQ(sensor.SendFrom(1, {SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  EXPECT_EQ(console.Admin().Get("/api/v1/scans").json->at("total"), 1);
  wire::ScanRecord lost = SampleScan("s3");
  lost.base = "s2";
  TestAnswer unknown = sensor.Send({lost});
  EXPECT_TRUE(unknown.json->at("send_full")) << unknown.body;
  wire::ScanRecord change = SampleScan("s2", "2.17.1");
  change.base = "s1";
  change.gone_packages = {SampleScan("s1").packages[0].id};
  change.packages = {change.packages[0]};
  ASSERT_EQ(sensor.Send({change}).status, 200);
  TestClient& admin = console.Admin();
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 0);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228&status=resolved").json->at("total"), 1);
  Json scan = First(admin.Get("/api/v1/scans"));
  TestAnswer compared = admin.Get("/api/v1/scans/" + scan["id"].get<std::string>() + "/compare");
  ASSERT_EQ(compared.status, 200) << compared.body;
  EXPECT_EQ(compared.json->at("packages_changed").size(), 1U);
  EXPECT_FALSE(compared.json->at("findings_removed").empty());
}

TEST(Console, AMaskSurvivesTheNextScan) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string id = First(admin.Get("/api/v1/findings?q=CVE-2021-44228"))["id"];
  TestAnswer made = admin.Post(
      "/api/v1/masks", Json{{"scope", "finding"}, {"finding", id}, {"reason", "not reachable"}}.dump());
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 0);
  ASSERT_EQ(sensor.Send({SampleScan("s2")}).status, 200);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 0);
  EXPECT_EQ(admin.Get("/api/v1/findings/" + id).json->at("mask")["reason"], "not reachable");
  EXPECT_EQ(admin.Call("DELETE", "/api/v1/masks/" + made.Text("id")).status, 204);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 1);
  bool refused = admin
                     .Post("/api/v1/masks", Json{{"scope", "finding"},
                                                 {"finding", id},
                                                 {"reason", "later"},
                                                 {"expires_at", "2020-01-01T00:00:00Z"}}
                                                .dump())
                     .status == 400;
  EXPECT_TRUE(refused);
}

const std::string kAdvisory = R"({"id":"WEIR-TEST-1","modified":"2026-11-26T00:00:00Z","summary":"a new one",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
  "affected":[{"package":{"ecosystem":"Maven","name":"org.example:harmless"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.1"}]}]}]})";

TEST(Console, AnImportedAdvisoryIsFoundAtOnce) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  TestAnswer imported = admin.Post("/api/v1/advisories", kAdvisory);
  ASSERT_EQ(imported.status, 200) << imported.body;
  EXPECT_EQ(imported.json->at("new_findings"), 1) << imported.body;
  EXPECT_EQ(admin.Get("/api/v1/findings?vulnerability=WEIR-TEST-1").json->at("total"), 1);
  console.Restart();
  TestClient& again = console.Admin();
  EXPECT_EQ(again.Get("/api/v1/findings?vulnerability=WEIR-TEST-1").json->at("total"), 1);
  EXPECT_EQ(again.Get("/api/v1/advisories/sources").json->at("imported").size(), 1U);
  EXPECT_EQ(again.Post("/api/v1/advisories", "{\"id\":7}").status, 422);
  EXPECT_EQ(again.Post("/api/v1/advisories", "[").status, 422);
}

TEST(Console, EventsComeLiveAndAgainFromTheirId) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string last_id;
  auto read_until = [&](const std::string& type, const std::string& from) {
    net::HttpOptions options;
    options.exclusive_ca_pem = console.ca_pem();
    net::HttpClient client(options);
    net::HttpRequest request;
    request.url = console.console().url() + "/api/v1/events";
    request.headers = {{"Cookie", admin.cookie}};
    if (!from.empty()) request.headers.emplace_back("Last-Event-ID", from);
    request.total_timeout_seconds = 10;
    net::EventReader reader;
    std::string found;
    static_cast<void>(client.Fetch(request, [&](std::string_view bytes) {
      std::vector<net::ServerEvent> events;
      static_cast<void>(reader.Feed(bytes, events));
      for (const net::ServerEvent& event : events)
        if (event.name == type && found.empty()) found = event.data;
      last_id = reader.last_id();
      return found.empty();
    }));
    return found;
  };
  std::thread importer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(admin.Post("/api/v1/advisories", kAdvisory).status, 200);
  });
  std::string data = read_until("finding", {});
  importer.join();
  Json event = Json::parse(data, nullptr, false);
  ASSERT_TRUE(event.is_object()) << data;
  EXPECT_EQ(event["vulnerability"], "WEIR-TEST-1");
  EXPECT_EQ(event["new"], 1);
  EXPECT_FALSE(read_until("asset", "0").empty()) << "what was before is sent again";
  EXPECT_FALSE(read_until("reset", "999999").empty()) << "an id from nowhere";
}

TEST(Console, AWebhookGetsNewFindingsSigned) {
  std::mutex mutex;
  std::vector<net::TestRequest> got;
  int fail_first = 1;
  net::TestServer receiver([&](const net::TestRequest& request) {
    std::lock_guard lock(mutex);
    net::TestResponse response;
    if (fail_first-- > 0) {
      response.status = 500;
      return response;
    }
    got.push_back(request);
    return response;
  });
  TestConsole console;
  TestSensor sensor(console, "web-1");
  TestClient& admin = console.Admin();
  EXPECT_EQ(admin.Post("/api/v1/webhooks", R"({"url":"http://169.254.169.254/latest"})").status, 400);
  EXPECT_EQ(admin.Post("/api/v1/webhooks", R"({"url":"file:///etc/passwd"})").status, 400);
  TestAnswer made =
      admin.Post("/api/v1/webhooks", Json{{"url", receiver.Url("/hook")}, {"min_severity", "high"}}.dump());
  ASSERT_EQ(made.status, 201) << made.body;
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::lock_guard lock(mutex);
    if (!got.empty()) break;
  }
  std::lock_guard lock(mutex);
  ASSERT_EQ(got.size(), 1U);
  std::string signature = got[0].Header("x-weir-signature");
  std::size_t comma = signature.find(",v1=");
  ASSERT_NE(comma, std::string::npos);
  EXPECT_EQ(signature.substr(comma + 4),
            HmacSha256(made.Text("secret"), signature.substr(2, comma - 2) + "." + got[0].body));
  Json body = Json::parse(got[0].body);
  bool log4shell = false;
  for (const Json& finding : body["findings"]) {
    log4shell |= finding["vulnerability"] == "CVE-2021-44228";
    EXPECT_NE(finding["severity"], "low");
  }
  EXPECT_TRUE(log4shell) << got[0].body.substr(0, 500);
}

TEST(Console, AScanIsAskedOfItsSensor) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string asset = First(admin.Get("/api/v1/assets?kind=container"))["id"];
  TestAnswer asked = admin.Post("/api/v1/scans", Json{{"asset_ids", {asset}}}.dump());
  ASSERT_EQ(asked.status, 202) << asked.body;
  std::string job = asked.json->at("jobs")[0]["id"];
  net::HttpClient client(sensor.options());
  net::HttpRequest request;
  request.url = "https://" + std::string(wire::kSensorHost) + "/sensor/v1/commands";
  request.total_timeout_seconds = 10;
  net::EventReader reader;
  std::optional<wire::Command> scan;
  static_cast<void>(client.Fetch(request, [&](std::string_view bytes) {
    std::vector<net::ServerEvent> events;
    static_cast<void>(reader.Feed(bytes, events));
    for (const net::ServerEvent& event : events)
      if (auto command = wire::ParseCommand(event.data, {}); command && command->kind == "scan")
        scan = *command;
    return !scan;
  }));
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->job_id, job);
  EXPECT_EQ(scan->asset.key, kContainerId);
  wire::ScanRecord done = SampleScan("s2");
  done.trigger = "job:" + job;
  ASSERT_EQ(sensor.Send({done}).status, 200);
  EXPECT_EQ(First(admin.Get("/api/v1/jobs"))["state"], "done");
}

TEST(Console, ScansAreAskedOfAllOrOfNone) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string asset = First(admin.Get("/api/v1/assets?kind=container"))["id"];
  TestAnswer asked = admin.Post("/api/v1/scans", Json{{"asset_ids", {asset, "9999"}}}.dump());
  EXPECT_EQ(asked.status, 400) << asked.body;
  EXPECT_EQ(asked.Text("code"), "invalid-argument");
  EXPECT_EQ(admin.Get("/api/v1/jobs").json->at("total"), 0) << "what was refused is not done by half";
}

TEST(Console, AJobWhoseDifferenceHasNoBaseEnds) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string asset = First(admin.Get("/api/v1/assets?kind=container"))["id"];
  TestAnswer asked = admin.Post("/api/v1/scans", Json{{"asset_ids", {asset}}}.dump());
  ASSERT_EQ(asked.status, 202) << asked.body;
  wire::ScanRecord change = SampleScan("s3");
  change.base = "s2";  // which never came
  change.trigger = "job:" + std::string(asked.json->at("jobs")[0]["id"]);
  EXPECT_TRUE(sensor.Send({change}).json->value("send_full", false));
  EXPECT_EQ(First(admin.Get("/api/v1/jobs"))["state"], "failed") << "else it would bar the next one";
}

TEST(Console, WhatHasGoneIsNoWorkAnyMore) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  ASSERT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 1);
  wire::InventoryRecord gone;
  gone.observed_at = "2026-11-26T00:01:00Z";
  gone.gone_containers = {kContainerId};
  TestAnswer stored = sensor.Send({gone});
  ASSERT_EQ(stored.status, 200) << stored.body;
  EXPECT_FALSE(stored.json->value("send_full", false));
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 0);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228&status=resolved").json->at("total"), 1);
  EXPECT_EQ(First(admin.Get("/api/v1/assets?kind=container&state=gone"))["packages"], 0);
  wire::InventoryRecord back = SampleInventory("web-1");
  back.full = false;
  TestAnswer again = sensor.Send({back});
  EXPECT_TRUE(again.json->value("send_full", false)) << "what it had was given up";
  ASSERT_EQ(sensor.Send({SampleScan("s2")}).status, 200);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 1);
}

TEST(Console, AHostThatWasForgottenComesBackWhole) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  std::string host = First(admin.Get("/api/v1/assets?kind=host"))["id"];
  ASSERT_EQ(admin.Call("DELETE", "/api/v1/assets/" + host).status, 204);
  wire::InventoryRecord change = SampleInventory("web-1");
  change.full = false;
  TestAnswer stored = sensor.Send({change});
  ASSERT_EQ(stored.status, 200) << stored.body;
  EXPECT_TRUE(stored.json->value("send_full", false));
  EXPECT_EQ(admin.Get("/api/v1/assets?kind=host").json->at("total"), 1);
}

TEST(Console, AHostEnrolledAgainReplacesItself) {
  TestConsole console;
  TestSensor before(console, "web-1");
  ASSERT_EQ(before.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console.Admin();
  ASSERT_EQ(admin.Call("DELETE", "/api/v1/sensors/" + before.id()).status, 204);
  TestSensor after(console, "web-1");
  ASSERT_EQ(after.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  EXPECT_EQ(admin.Get("/api/v1/assets?kind=host").json->at("total"), 1);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 1);
}

TEST(Console, ARevokedSensorIsRefused) {
  TestConsole console;
  TestSensor sensor(console, "web-1"), other(console, "web-2");
  ASSERT_EQ(sensor.Send({SampleInventory("web-1")}).status, 200);
  ASSERT_EQ(console.Admin().Call("DELETE", "/api/v1/sensors/" + sensor.id()).status, 204);
  EXPECT_EQ(sensor.Send({SampleInventory("web-1")}).status, 403);
  EXPECT_EQ(other.Send({SampleInventory("web-2")}).status, 200);
}

TEST(Console, SensorsCannotTouchEachOthersAssets) {
  TestConsole console;
  TestSensor one(console, "web-1"), two(console, "web-2");
  ASSERT_EQ(one.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  wire::InventoryRecord lie = SampleInventory("web-2");
  lie.full = false;
  lie.containers.clear();
  lie.processes.clear();
  lie.connections.clear();
  lie.gone_containers = {kContainerId, one.id() + "/" + kContainerId};
  ASSERT_EQ(two.Send({lie}).status, 200);
  EXPECT_EQ(First(console.Admin().Get("/api/v1/assets?kind=container"))["state"], "running");
}

TEST(Console, AnImageIsTakenAwayByThoseWhoHaveIt) {
  TestConsole console;
  TestSensor one(console, "web-1"), two(console, "web-2");
  wire::ScanRecord scan = SampleScan("s1");  // known by its scan alone: no inventory named it yet
  scan.asset = {model::AssetKind::kImage, kImageId};
  ASSERT_EQ(one.Send({scan}).status, 200);
  wire::InventoryRecord lie;
  lie.observed_at = "2026-11-26T00:00:00Z";
  lie.gone_images = {kImageId};
  ASSERT_EQ(two.Send({lie}).status, 200);
  TestClient& admin = console.Admin();
  EXPECT_EQ(admin.Get("/api/v1/assets?kind=image").json->at("total"), 1);
  EXPECT_EQ(admin.Get("/api/v1/findings?q=CVE-2021-44228").json->at("total"), 1);
}

TEST(Console, SensorsEndpointsNeedTheirNameAndCertificate) {
  TestConsole console;
  TestSensor sensor(console, "web-1");
  EXPECT_EQ(console.Admin().Post("/sensor/v1/batches", "x").status, 404);
  EXPECT_EQ(console.Anonymous().Get("/sensor/v1/ca").status, 404);
  net::HttpOptions options;
  options.exclusive_ca_pem = console.ca_pem();
  options.connect_to = console.console().sensor_address();
  net::HttpClient client(options);
  net::HttpRequest request;
  request.url = "https://" + std::string(wire::kSensorHost) + "/sensor/v1/commands";
  EXPECT_FALSE(client.Fetch(request)) << "no certificate, no connection";
  EXPECT_EQ(sensor.Post("/api/v1/session", "{}").status, 404) << "a sensor has no business with the page";
  EXPECT_EQ(sensor.Post("/sensor/v1/batches", "{").status, 422);
}

}  // namespace
}  // namespace weir::console
