// The console and docs/openapi.yaml say the same: routes, roles, shapes. And what
// hostile callers try.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "console/openapi_text.h"
#include "console/routes.h"
#include "console/schema_check.h"
#include "console/testing.h"

namespace weir::console {
namespace {

const ApiDocument& Document() {
  static const ApiDocument document(OpenApiText());
  return document;
}

TEST(Routes, RoutesAndDocumentAreTheSame) {
  std::vector<ApiDocument::Operation> routes;
  for (const Route& route : Routes())
    routes.push_back({std::string(route.method), std::string(route.pattern), std::string(route.operation),
                      std::string(AccessName(route.access))});
  std::sort(routes.begin(), routes.end());
  std::vector<ApiDocument::Operation> documented = Document().operations();
  auto text = [](const ApiDocument::Operation& o) {
    return o.method + " " + o.path + " " + o.id + " " + o.role;
  };
  for (const auto& route : routes)
    EXPECT_TRUE(std::binary_search(documented.begin(), documented.end(), route))
        << "not documented: " << text(route);
  for (const auto& operation : documented)
    EXPECT_TRUE(std::binary_search(routes.begin(), routes.end(), operation))
        << "no route: " << text(operation);
}

TEST(Routes, TheCheckOfShapesIsNotBlind) {
  const ApiDocument& document = Document();
  Json good = {{"path", "a"}, {"message", "b"}, {"count", 1}};
  EXPECT_TRUE(document.CheckSchema("ScanProblem", good).empty());
  Json more = good, less = good, other = good;
  more["extra"] = 1;
  less.erase("count");
  other["count"] = "1";
  for (const Json& bad : {more, less, other})
    EXPECT_EQ(document.CheckSchema("ScanProblem", bad).size(), 1U) << bad;
  Json user = {{"id", "1"},
               {"name", "a"},
               {"role", "root"},
               {"disabled", false},
               {"must_change_password", false},
               {"created_at", "now"},
               {"last_login_at", nullptr},
               {"unknown", 1}};
  EXPECT_EQ(document.CheckSchema("UserWithPassword", user).size(), 3U) << "role, time, and an unknown member";
  EXPECT_FALSE(document.Check("getAsset", 200, "application/json", "{}").empty());
  EXPECT_FALSE(document.Check("getAsset", 302, "application/json", "{}").empty());
}

std::string PathOf(const Route& route) {
  return ReplaceAll(ReplaceAll(ReplaceAll(route.pattern, "{id}", "999999"), "{list}", "findings"), "{kind}",
                    "secret");
}

int Rank(std::string_view role) {
  return role == "admin" ? 3 : role == "user" ? 2 : role == "read-only" ? 1 : 0;
}

TEST(Routes, EveryRouteHoldsEveryRole) {
  ConsoleOptions options;
  options.rate_limits = false;
  TestConsole console(options);
  // These go on for ever, do real work outside, or need a session instead of a token.
  const std::set<std::string_view> special = {"streamEvents",   "updateAdvisories", "logout",
                                              "changePassword", "createToken",      "metrics"};
  for (std::string role : {"anonymous", "read-only", "user", "admin"}) {
    TestClient client = role == "anonymous" ? console.Anonymous() : console.WithRole(role);
    for (const Route& route : Routes()) {
      if (route.access == Access::kNone || route.access == Access::kSensor || route.access == Access::kEnrol)
        continue;
      int needed = route.access == Access::kSelf ? 1 : Rank(AccessName(route.access));
      bool allowed = Rank(role) >= needed;
      if (special.contains(route.operation) && (allowed || route.operation == "metrics")) continue;
      std::string method(route.method);
      TestAnswer answer = client.Call(method, PathOf(route), method == "GET" ? "" : "{}");
      if (role == "anonymous") {
        EXPECT_EQ(answer.status, 401) << route.operation;
      } else if (!allowed) {
        EXPECT_EQ(answer.status, 403) << route.operation << " as " << role;
      } else {
        EXPECT_NE(answer.status, 401) << route.operation << " as " << role << answer.body;
        EXPECT_NE(answer.status, 403) << route.operation << " as " << role << answer.body;
        EXPECT_LT(answer.status, 500) << route.operation << " as " << role << answer.body;
      }
      std::vector<std::string> faults =
          Document().Check(route.operation, answer.status, answer.content_type, answer.body);
      EXPECT_TRUE(faults.empty()) << route.operation << " as " << role << ": " << Join(faults, "\n  ") << "\n"
                                  << answer.body;
    }
  }
}

class Contract : public testing::Test {
 protected:
  Contract() : console_(Options()), sensor_(console_, "web-1") {}
  static ConsoleOptions Options() {
    ConsoleOptions options;
    options.rate_limits = false;
    return options;
  }
  TestAnswer Do(const std::string& operation, const std::string& method, const std::string& path,
                const std::string& body = {}, const std::string& type = "application/json") {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!body.empty()) headers.emplace_back("Content-Type", type);
    TestAnswer answer = console_.Admin().Call(method, path, body, headers);
    std::vector<std::string> faults =
        Document().Check(operation, answer.status, answer.content_type, answer.body);
    EXPECT_TRUE(faults.empty()) << method << " " << path << "\n  " << Join(faults, "\n  ") << "\n"
                                << answer.body.substr(0, 1500);
    EXPECT_LT(answer.status, 400) << method << " " << path << " " << answer.body;
    covered_.insert(operation);
    return answer;
  }
  std::string FirstId(const TestAnswer& page) {
    EXPECT_TRUE(page.json && page.json->contains("items") && !page.json->at("items").empty())
        << page.body.substr(0, 300);
    if (!page.json || !page.json->contains("items") || page.json->at("items").empty()) return "0";
    return page.json->at("items")[0]["id"];
  }

  void ContentAnswers(const std::string& container);

  TestConsole console_;
  TestSensor sensor_;
  std::set<std::string> covered_;
};

void Contract::ContentAnswers(const std::string& container) {
  std::string list = "/api/v1/content-findings";
  std::string id = FirstId(Do("listContentFindings", "GET", list + "?asset=" + container));
  Do("listContentFindings", "GET",
     list +
         "?kind=secret&severity=critical,high&confidence=high&origin=file,environment&rule=test-key&q=app&"
         "sort=first_seen&limit=1");
  for (std::string status : {"masked", "ignored", "resolved"})
    Do("listContentFindings", "GET", list + "?status=" + status);
  Do("listAssets", "GET", "/api/v1/assets?has=secret");
  Do("getContentFinding", "GET", list + "/" + id);
  for (std::string scope : {"finding", "image", "everywhere"}) {
    std::string mask = Do("createMask", "POST", "/api/v1/masks",
                          Json{{"scope", scope}, {"content_finding", id}, {"reason", "a test key"}}.dump())
                           .Text("id");
    Do("listMasks", "GET", "/api/v1/masks");
    EXPECT_EQ(Do("getContentFinding", "GET", list + "/" + id).Text("status"), "masked");
    Do("deleteMask", "DELETE", "/api/v1/masks/" + mask);
  }
  Do("exportList", "GET", "/api/v1/export/content-findings?format=sarif&kind=secret");
  Do("listContentRules", "GET", "/api/v1/content-rules?kind=secret&q=test&enabled=true");
  TestAnswer disabled = Do("disableContentRule", "POST", "/api/v1/content-rules/secret/test-key/disable",
                           R"({"reason":"finds too much"})");
  EXPECT_EQ(disabled.Text("disabled_by"), "admin");
  EXPECT_EQ(Do("getContentFinding", "GET", list + "/" + id).Text("status"), "ignored");
  Do("listContentRules", "GET", "/api/v1/content-rules");
  Do("enableContentRule", "POST", "/api/v1/content-rules/secret/test-key/enable", "{}");
  EXPECT_EQ(Do("getContentFinding", "GET", list + "/" + id).Text("status"), "open");
  std::string file = Do("addRuleFile", "POST", "/api/v1/rule-files",
                        Json{{"kind", "secret"},
                             {"name", "ours.toml"},
                             {"text", "[[rules]]\nid = \"ours\"\nregex = \"ours_[0-9a-f]{32}\"\n"}}
                            .dump())
                         .Text("id");
  Do("listRuleFiles", "GET", "/api/v1/rule-files");
  Do("deleteRuleFile", "DELETE", "/api/v1/rule-files/" + file);
}

TEST_F(Contract, AnswersHaveTheDocumentedShape) {
  wire::ScanRecord newer = SampleScan("s2", "2.15.0");
  AddSampleContent(newer);
  wire::ScanRecord host_scan = SampleScan("h1");
  host_scan.asset = {model::AssetKind::kHost, {}};
  wire::ScanRecord image_scan = SampleScan("i1");
  image_scan.asset = {model::AssetKind::kImage, kImageId};
  wire::ScanFailedRecord failed;
  failed.scan_id = "f1";
  failed.asset = {model::AssetKind::kHost, {}};
  failed.started_at = failed.finished_at = "2026-11-26T00:00:02Z";
  failed.error = {Code::kUnavailable, "the disk is gone"};
  ASSERT_EQ(
      sensor_.Send({SampleInventory("web-1"), SampleScan("s1"), host_scan, image_scan, newer, failed}).status,
      200);
  wire::Status status;
  status.scans.push_back({"s9",
                          {model::AssetKind::kContainer, kContainerId},
                          "shop",
                          "schedule",
                          "2026-11-26T00:00:03Z",
                          "reading",
                          10,
                          100,
                          0.5});
  EXPECT_EQ(sensor_.Post("/sensor/v1/status", wire::ToJson(status)).status, 204);

  Do("getSession", "GET", "/api/v1/session");
  Do("getOverview", "GET", "/api/v1/overview");
  for (std::string kind : {"host", "container", "image"}) {
    std::string id = FirstId(Do("listAssets", "GET", "/api/v1/assets?kind=" + kind));
    Do("getAsset", "GET", "/api/v1/assets/" + id);
    Do("listAssetPackages", "GET", "/api/v1/assets/" + id + "/packages");
    Do("listAssetProcesses", "GET", "/api/v1/assets/" + id + "/processes");
    Do("listAssetConnections", "GET", "/api/v1/assets/" + id + "/connections");
    Do("listAssetScans", "GET", "/api/v1/assets/" + id + "/scans");
    for (std::string format : {"cyclonedx-json", "spdx-json", "json"})
      Do("getAssetSbom", "GET", "/api/v1/assets/" + id + "/sbom?format=" + format);
  }
  for (std::string sort : {"score", "name", "last_seen", "findings"})
    Do("listAssets", "GET", "/api/v1/assets?sort=" + sort);
  Do("listAssets", "GET", "/api/v1/assets?severity=critical&state=running&q=shop&limit=1");
  std::string host = FirstId(Do("listAssets", "GET", "/api/v1/assets?kind=host"));
  std::string container = FirstId(Do("listAssets", "GET", "/api/v1/assets?kind=container&host=" + host));
  Do("getTopology", "GET", "/api/v1/topology?level=host");
  Do("getTopology", "GET", "/api/v1/topology");
  TestAnswer graph = Do("getTopology", "GET", "/api/v1/topology?level=process&root=" + host);
  EXPECT_GE(graph.json->at("edges").size(), 2U) << graph.body;

  std::string finding = FirstId(Do("listFindings", "GET", "/api/v1/findings?asset=" + container));
  Do("listFindings", "GET",
     "/api/v1/findings?severity=critical,high&kev=true&fixable=true&loaded=true&sort=first_seen");
  Do("listFindings", "GET", "/api/v1/findings?status=resolved");
  Do("listFindings", "GET", "/api/v1/findings?vulnerability=CVE-0000-0000");
  Do("getFinding", "GET", "/api/v1/findings/" + finding);
  std::string vulnerability =
      FirstId(Do("listVulnerabilities", "GET", "/api/v1/vulnerabilities?severity=critical&kev=true"));
  for (std::string sort : {"score", "assets", "published"})
    Do("listVulnerabilities", "GET", "/api/v1/vulnerabilities?sort=" + sort);
  Do("getVulnerability", "GET", "/api/v1/vulnerabilities/" + vulnerability);
  std::string package = FirstId(Do("listPackages", "GET", "/api/v1/packages?q=log4j"));
  Do("listPackageAssets", "GET", "/api/v1/packages/" + package + "/assets");
  Do("listFindings", "GET", "/api/v1/findings?package=" + package);
  ContentAnswers(container);
  for (std::string list : {"findings", "vulnerabilities", "assets", "packages", "content-findings"})
    for (std::string format : {"csv", "json"})
      Do("exportList", "GET", "/api/v1/export/" + list + "?format=" + format);

  for (std::string scope : {"finding", "image", "everywhere"}) {
    std::string mask = Do("createMask", "POST", "/api/v1/masks",
                          Json{{"scope", scope},
                               {"finding", finding},
                               {"reason", "known"},
                               {"expires_at", "2099-01-01T00:00:00Z"}}
                              .dump())
                           .Text("id");
    Do("listMasks", "GET", "/api/v1/masks");
    Do("getFinding", "GET", "/api/v1/findings/" + finding);
    Do("listFindings", "GET", "/api/v1/findings?status=masked");
    Do("deleteMask", "DELETE", "/api/v1/masks/" + mask);
  }
  Do("listScans", "GET", "/api/v1/scans?state=running");
  TestAnswer scans = Do("listScans", "GET", "/api/v1/scans?state=done&asset=" + container);
  Do("listScans", "GET", "/api/v1/scans?state=failed");
  Do("listScans", "GET", "/api/v1/scans?limit=1");
  Do("getScan", "GET", "/api/v1/scans/s9");
  Do("getScan", "GET", "/api/v1/scans/" + FirstId(scans));
  Do("compareScans", "GET", "/api/v1/scans/" + FirstId(scans) + "/compare");
  Do("startScans", "POST", "/api/v1/scans", Json{{"asset_ids", {container}}}.dump());
  Do("listJobs", "GET", "/api/v1/jobs?state=queued");

  Do("listAdvisorySources", "GET", "/api/v1/advisories/sources");
  Do("importAdvisories", "POST", "/api/v1/advisories",
     R"({"id":"X-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"left-pad"},"versions":["1.0.0"]}]})");
  Do("listAdvisorySources", "GET", "/api/v1/advisories/sources");
  Do("getSettings", "GET", "/api/v1/settings");
  Do("putSettings", "PUT", "/api/v1/settings",
     R"({"scans_kept":50,"public_url":"https://weir.example.org"})");
  std::string webhook =
      Do("createWebhook", "POST", "/api/v1/webhooks", R"({"url":"http://127.0.0.1:9/","name":"nobody"})")
          .Text("id");
  Do("listWebhooks", "GET", "/api/v1/webhooks");
  Do("testWebhook", "POST", "/api/v1/webhooks/" + webhook + "/test", "{}");
  Do("deleteWebhook", "DELETE", "/api/v1/webhooks/" + webhook);

  std::string user = Do("createUser", "POST", "/api/v1/users", R"({"name":"ada","role":"user"})").Text("id");
  Do("listUsers", "GET", "/api/v1/users?limit=1");
  Do("updateUser", "PATCH", "/api/v1/users/" + user,
     R"({"role":"read-only","reset_password":true,"disabled":false})");
  Do("deleteUser", "DELETE", "/api/v1/users/" + user);
  std::string token =
      Do("createToken", "POST", "/api/v1/tokens", R"({"name":"ci","role":"user"})").Text("id");
  Do("listTokens", "GET", "/api/v1/tokens");
  Do("deleteToken", "DELETE", "/api/v1/tokens/" + token);
  std::string enrolment =
      Do("createEnrolmentToken", "POST", "/api/v1/enrolment-tokens", R"({"name":"rack","max_uses":5})")
          .Text("id");
  Do("listEnrolmentTokens", "GET", "/api/v1/enrolment-tokens");
  Do("deleteEnrolmentToken", "DELETE", "/api/v1/enrolment-tokens/" + enrolment);
  Do("listSensors", "GET", "/api/v1/sensors");
  Do("listAudit", "GET", "/api/v1/audit?q=createMask");
  Do("revokeSensor", "DELETE", "/api/v1/sensors/" + sensor_.id());
  Do("deleteAsset", "DELETE", "/api/v1/assets/" + container);
  Do("healthz", "GET", "/healthz");
  Do("readyz", "GET", "/readyz");
  Do("metrics", "GET", "/metrics");
  Do("openapi", "GET", "/api/openapi.yaml");
  Do("logout", "DELETE", "/api/v1/session");
  for (const ApiDocument::Operation& operation : Document().operations()) {
    // Seen elsewhere: first login, live events, the sensors' own; an update would ask the real feeds.
    static const std::set<std::string> elsewhere = {"login", "changePassword", "streamEvents",
                                                    "updateAdvisories"};
    if (operation.id.starts_with("sensor") || elsewhere.contains(operation.id)) continue;
    EXPECT_TRUE(covered_.contains(operation.id)) << operation.id << " was not called";
  }
}

TEST_F(Contract, PagesLeadToTheEnd) {
  std::vector<wire::RecordBody> records = {SampleInventory("web-1"), SampleScan("s1")};
  ASSERT_EQ(sensor_.Send(records).status, 200);
  std::set<std::string> seen;
  std::string cursor;
  std::size_t total = 0;
  do {
    TestAnswer page =
        console_.Admin().Get("/api/v1/findings?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    total = page.json->at("total").get<std::size_t>();
    for (const Json& item : page.json->at("items")) EXPECT_TRUE(seen.insert(item["id"]).second);
    cursor = page.Text("next_cursor");
  } while (!cursor.empty() && seen.size() < 1000);
  EXPECT_EQ(seen.size(), total);
}

TEST_F(Contract, HostileRequestsAreRefused) {
  ASSERT_EQ(sensor_.Send({SampleInventory("web-1"), SampleScan("s1")}).status, 200);
  TestClient& admin = console_.Admin();
  auto refused = [&](const std::string& method, const std::string& path, const std::string& body = {},
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    TestAnswer answer = admin.Call(method, path, body, std::move(headers));
    EXPECT_GE(answer.status, 400) << method << " " << path;
    EXPECT_LT(answer.status, 500) << method << " " << path << " " << answer.body;
    if (answer.status != 431 && !answer.body.empty()) {
      EXPECT_EQ(answer.content_type, "application/problem+json")
          << method << " " << path << " " << answer.body;
    }
    return answer;
  };
  refused("POST", "/api/v1/masks", "{");
  refused("POST", "/api/v1/masks", "[]");
  refused("POST", "/api/v1/masks", std::string(60'000, '['));
  refused("POST", "/api/v1/masks", R"({"scope":"finding","reason":"abc","finding":"1-1","unknown":1})");
  refused("POST", "/api/v1/masks", R"({"scope":{"a":1},"reason":"abc"})");
  refused("POST", "/api/v1/masks",
          R"({"scope":"everywhere","vulnerability":"x","reason":"\u0000\u0000\u0000"})");
  refused("POST", "/api/v1/masks",
          "{\"scope\":\"everywhere\",\"vulnerability\":\"x\",\"reason\":\"\xff\xfe abc\"}");
  refused("POST", "/api/v1/masks", std::string(200'000, ' '));
  refused("POST", "/api/v1/users", R"({"name":"a b","role":"admin"})");
  refused("POST", "/api/v1/users", R"({"name":"ada","role":"root"})");
  refused("POST", "/api/v1/users", R"({"name":"ada","role":"user","password":"short"})");
  refused("POST", "/api/v1/scans", R"({"asset_ids":["1 OR 1=1"]})");
  refused("POST", "/api/v1/session", "user=admin&password=x",
          {{"Content-Type", "application/x-www-form-urlencoded"}});
  refused("PUT", "/api/v1/settings", R"({"scan_interval_hours":1e99})");
  refused("PUT", "/api/v1/settings", R"({"scan_interval_hours":-1})");
  refused("PUT", "/api/v1/settings", R"({"allowed_hosts":["a/b"]})");
  refused("PATCH", "/api/v1/users/1", R"({"role":null,"rolle":"user"})");
  refused("GET", "/api/v1/content-findings?severity=critical;drop");
  refused("GET", "/api/v1/content-findings?origin=everywhere");
  refused("GET", "/api/v1/content-findings?cursor=garbage");
  refused("GET", "/api/v1/content-findings/0");
  refused("GET", "/api/v1/content-rules?cursor=x");
  refused("POST", "/api/v1/content-rules/secret/none/disable", R"({"reason":"abc"})");
  refused("POST", "/api/v1/content-rules/virus/none/disable", R"({"reason":"abc"})");
  refused("POST", "/api/v1/rule-files", R"({"kind":"secret","name":"../x","text":"[[rules]]"})");
  refused("POST", "/api/v1/rule-files", R"({"kind":"secret","name":"x"})");
  refused("POST", "/api/v1/rule-files", R"({"kind":"secret","name":"x","text":"nothing"})");
  refused("POST", "/api/v1/rule-files", R"({"kind":"secret","name":"x","url":"https://127.0.0.1/x"})");
  std::string digest(64, '0');
  for (std::string url : {"http://example.org/x", "https://169.254.169.254/x", "file:///etc/passwd"})
    refused("POST", "/api/v1/rule-files",
            Json{{"kind", "malware"}, {"name", "x"}, {"url", url}, {"sha256", digest}}.dump());
  refused("POST", "/api/v1/masks",
          R"({"scope":"everywhere","reason":"abc","fingerprint":"0123456789abcdef0123456789abcdef"})");
  refused("POST", "/api/v1/masks", R"({"scope":"finding","reason":"abc","content_finding":"77"})");
  refused("GET", "/api/v1/export/findings?format=sarif");
  refused("GET", "/api/v1/findings?limit=0");
  refused("GET", "/api/v1/findings?limit=99999999999999999999");
  refused("GET", "/api/v1/findings?limt=5");
  refused("GET", "/api/v1/findings?severity=critical;drop");
  refused("GET", "/api/v1/findings?asset=1%27%20OR%201=1");
  refused("GET", "/api/v1/findings?cursor=%00");
  refused("GET", "/api/v1/findings?cursor=garbage");
  refused("GET", "/api/v1/findings/1-1%27");
  refused("GET", "/api/v1/assets/..%2f..%2fetc%2fpasswd");
  refused("GET", "/api/v1/assets/-1");
  refused("GET", "/api/v1/assets/4294967296");
  refused("GET", "/api/v1/nothing");
  refused("DELETE", "/api/v1/overview");
  refused("GET", "/api/v1/assets/1/sbom?format=../x");
  refused("POST", "/", "x");
  TestAnswer sql = admin.Get("/api/v1/packages?q=%27%3B%20DROP%20TABLE%20asset%3B--");
  EXPECT_EQ(sql.status, 200);
  EXPECT_EQ(sql.json->at("total"), 0);
  EXPECT_EQ(admin.Get("/api/v1/packages?q=%25").json->at("total"), 0) << "no wildcards";
  EXPECT_EQ(admin.Get("/api/v1/assets").json->at("total"), 3) << "still there";
  TestClient stranger = console_.Anonymous();
  EXPECT_EQ(stranger.Call("GET", "/api/v1/overview", {}, {{"Authorization", "Bearer weir_wrong"}}).status,
            401);
  EXPECT_EQ(stranger.Call("GET", "/api/v1/overview", {}, {{"Authorization", "Basic YWRtaW46eA=="}}).status,
            401);
  EXPECT_EQ(
      stranger.Call("GET", "/api/v1/overview", {}, {{"Cookie", "weir_session=" + std::string(150, 'x')}})
          .status,
      401);
  TestAnswer answer = stranger.Get("/healthz");
  EXPECT_NE(answer.Header("content-security-policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(answer.Header("x-content-type-options"), "nosniff");
  EXPECT_TRUE(answer.Header("strict-transport-security").empty()) << "localhost is not only ours";
  TestAnswer named = stranger.Call("GET", "/healthz", {}, {{"Host", "weir.example.org"}});
  EXPECT_EQ(named.status, 421);
  EXPECT_FALSE(named.Header("strict-transport-security").empty());
  EXPECT_TRUE(answer.Header("access-control-allow-origin").empty());
}

}  // namespace
}  // namespace weir::console
