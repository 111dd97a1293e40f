#include "advisory/updater.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "advisory/update/fetch.h"
#include "base/file.h"
#include "base/hash.h"
#include "net/testing.h"

namespace weir::advisory {
namespace {

constexpr std::string_view kKev =
    R"({"dateReleased":"2025-08-25T17:04:19Z","vulnerabilities":[{"cveID":"CVE-2021-44228","dateAdded":"2021-12-10"}]})";
constexpr std::string_view kEpss =
    "#model_version:v1,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\nCVE-2021-44228,0.94,0.99\n";
constexpr std::string_view kTracker =
    R"({"zlib":{"CVE-2022-37434":{"releases":{"bookworm":{"status":"resolved","fixed_version":"1:1.2.13-1","urgency":"high"}}}}})";
constexpr std::string_view kOwn =
    "- id: MINE-1\n  summary: ours\n  affected: [{ecosystem: npm, package: left, ranges: [\"<1.0.0\"]}]\n";

class UpdaterTest : public testing::Test {
 protected:
  UpdaterTest() : folder_(testing::TempDir() + "weir_updater_" + std::to_string(::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~UpdaterTest() override { std::filesystem::remove_all(folder_); }

  UpdateOptions Options(const net::TestServer& server) const {
    UpdateOptions options;
    options.data_dir = folder_ + "/data";
    options.sources = {"kev", "epss", "debian-tracker"};
    options.locations = {{"kev", server.Url("/kev.json")},
                         {"epss", server.Url("/epss.csv")},
                         {"debian-tracker", server.Url("/tracker.json")}};
    options.now = [this] { return now_; };
    options.stall_timeout_seconds = 2;
    return options;
  }
  static const SourceResult& Find(const UpdateReport& report, std::string_view name) {
    static const SourceResult none;
    for (const SourceResult& result : report.sources)
      if (result.name == name) return result;
    ADD_FAILURE() << "no result for " << name;
    return none;
  }

  std::string folder_, now_ = "2026-01-02T03:04:05Z";
};

TEST_F(UpdaterTest, FetchesBuildsAndThenCostsNothing) {
  net::TestServer server(net::ServeFiles({{"/kev.json", std::string(kKev)},
                                          {"/epss.csv", std::string(kEpss)},
                                          {"/tracker.json", std::string(kTracker)}}));
  UpdateOptions options = Options(server);
  options.starter_yaml = {std::string(kOwn)};
  auto report = UpdateDatabase(options);
  ASSERT_TRUE(report) << report.error().message;
  for (const SourceResult& result : report->sources)
    EXPECT_EQ(result.outcome, SourceOutcome::kUpdated) << result.name << " " << result.message;
  EXPECT_TRUE(report->rebuilt);
  EXPECT_EQ(report->advisories, 2U);
  auto index = Index::Open(folder_ + "/data/advisories.idx");
  ASSERT_TRUE(index);
  int hits = 0;
  (*index)->ForEach("Debian:12", "zlib", [&](const AffectedView&) { ++hits; });
  (*index)->ForEach("npm", "left", [&](const AffectedView&) { ++hits; });
  EXPECT_EQ(hits, 2);

  auto second = UpdateDatabase(options);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->rebuilt);
  EXPECT_EQ(second->advisories, 2U);
  for (const SourceResult& result : second->sources) EXPECT_EQ(result.outcome, SourceOutcome::kUnchanged);
  EXPECT_EQ(server.requests().back().Header("if-none-match").empty(), false);

  auto status = ReadDatabaseStatus(folder_ + "/data");
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->advisories, 2U);
  EXPECT_EQ(status->built_at, now_);
  ASSERT_EQ(status->sources.size(), 4U);
  EXPECT_EQ(status->sources[0].name, "debian-tracker");
  EXPECT_EQ(status->sources[0].fetched_at, now_);
  EXPECT_EQ(status->sources[2].data_date, "2025-08-25T17:04:19Z");
}

TEST_F(UpdaterTest, AFailingFeedLeavesTheLastGood) {
  bool broken = false;
  net::TestServer server([&](const net::TestRequest& request) {
    net::TestResponse response;
    if (request.target == "/kev.json") response.body = kKev;
    if (request.target == "/epss.csv") response.body = broken ? "<html>maintenance</html>" : kEpss;
    if (request.target == "/tracker.json") {
      response.body = kTracker;
      if (broken) response.status = 500;
    }
    return response;
  });
  UpdateOptions options = Options(server);
  ASSERT_TRUE(UpdateDatabase(options));
  broken = true;
  now_ = "2026-01-05T00:00:00Z";
  auto report = UpdateDatabase(options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(Find(*report, "epss").outcome, SourceOutcome::kFailed);
  EXPECT_TRUE(Find(*report, "epss").kept_last_good);
  EXPECT_NE(Find(*report, "epss").message, "");
  EXPECT_EQ(Find(*report, "debian-tracker").outcome, SourceOutcome::kFailed);
  EXPECT_TRUE(Find(*report, "debian-tracker").kept_last_good);
  auto index = Index::Open(folder_ + "/data/advisories.idx");
  ASSERT_TRUE(index);
  EXPECT_EQ((*index)->FindById("CVE-2022-37434").size(), 1U);
  auto status = ReadDatabaseStatus(folder_ + "/data");
  ASSERT_TRUE(status);
  for (const SourceStatus& source : status->sources) {
    bool failed = source.name != "kev";
    EXPECT_EQ(source.fetched_at, failed ? "2026-01-02T03:04:05Z" : now_) << source.name;
    EXPECT_EQ(source.last_error.empty(), !failed) << source.name;
  }
}

TEST_F(UpdaterTest, AnInterruptedDownloadGoesOnWhereItBroke) {
  std::string big(kKev);
  big.insert(big.size() - 1, ",\"notes\":\"" + std::string(200'000, 'x') + "\"");
  auto whole = net::ServeFiles({{"/kev.json", big}});
  int requests = 0;
  net::TestServer server([&](const net::TestRequest& request) {
    net::TestResponse response = whole(request);
    if (++requests == 1) response.send_bytes = 100'000;  // the connection breaks in the middle
    return response;
  });
  UpdateOptions options = Options(server);
  options.sources = {"kev"};
  auto report = UpdateDatabase(options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(Find(*report, "kev").outcome, SourceOutcome::kUpdated) << Find(*report, "kev").message;
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].Header("range"), "bytes=100000-");
  EXPECT_NE(server.requests()[1].Header("if-range"), "");
  auto got = ReadFile(folder_ + "/data/feeds/kev/known_exploited_vulnerabilities.json", 1U << 20U);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, big);
}

TEST_F(UpdaterTest, APartOfAnotherFileIsNotGoneOnWith) {
  std::filesystem::create_directories(folder_ + "/data/feeds/kev");
  std::string part = folder_ + "/data/feeds/kev/known_exploited_vulnerabilities.json.part";
  ASSERT_TRUE(WriteFileAtomically(part, "older bytes"));
  ASSERT_TRUE(WriteFileAtomically(part + ".of", "\"older etag\"\n"));
  net::TestServer server(net::ServeFiles({{"/kev.json", std::string(kKev)}}));
  UpdateOptions options = Options(server);
  options.sources = {"kev"};
  auto report = UpdateDatabase(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(Find(*report, "kev").outcome, SourceOutcome::kUpdated) << Find(*report, "kev").message;
  auto got = ReadFile(folder_ + "/data/feeds/kev/known_exploited_vulnerabilities.json", 1U << 20U);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, kKev);
}

TEST_F(UpdaterTest, ChecksPublishedDigests) {
  std::map<std::string, std::string> digests = {
      {"/kev.json", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}, {"/epss.csv", ""}};
  net::TestServer server([&](const net::TestRequest& request) {
    net::TestResponse response;
    response.body = request.target == "/kev.json" ? kKev : kEpss;
    if (request.target == "/kev.json") response.headers.emplace_back("Repr-Digest", digests["/kev.json"]);
    return response;
  });
  UpdateOptions options = Options(server);
  options.sources = {"kev", "epss"};
  auto report = UpdateDatabase(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(Find(*report, "kev").outcome, SourceOutcome::kFailed);
  EXPECT_NE(Find(*report, "kev").message.find("digest"), std::string::npos) << Find(*report, "kev").message;
  EXPECT_EQ(Find(*report, "epss").outcome, SourceOutcome::kUpdated);
}

TEST_F(UpdaterTest, ExportsAndImports) {
  net::TestServer server(net::ServeFiles({{"/kev.json", std::string(kKev)},
                                          {"/epss.csv", std::string(kEpss)},
                                          {"/tracker.json", std::string(kTracker)}}));
  UpdateOptions options = Options(server);
  ASSERT_TRUE(UpdateDatabase(options));
  const std::string bundle = folder_ + "/feeds.tar";
  const std::string victim = folder_ + "/victim";  // another user's trap in a shared folder
  ASSERT_TRUE(WriteFileAtomically(victim, "kept"));
  std::filesystem::create_symlink(victim, bundle + ".new");
  EXPECT_FALSE(ExportDatabase(options.data_dir, "/proc/self/fd/1")) << "not to be renamed over";
  auto exported = ExportDatabase(options.data_dir, bundle);
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(*ReadFile(victim, 10), "kept");

  UpdateOptions other = options;
  other.data_dir = folder_ + "/other";
  now_ = "2026-03-01T00:00:00Z";
  auto report = ImportDatabase(bundle, other);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->sources.size(), 3U);
  EXPECT_EQ(report->advisories, 1U);
  auto status = ReadDatabaseStatus(other.data_dir);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->sources[0].fetched_at, "2026-01-02T03:04:05Z") << "as old as where it came from";

  auto bytes = ReadFile(bundle, 1U << 20U);
  ASSERT_TRUE(bytes);
  std::size_t at = bytes->find("2021-12-10");
  ASSERT_NE(at, std::string::npos);
  (*bytes)[at] = '3';
  ASSERT_TRUE(WriteFileAtomically(bundle, *bytes));
  auto damaged = ImportDatabase(bundle, other);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().message.find("SHA-256"), std::string::npos);
}

TEST_F(UpdaterTest, ImportsFoldersAndFilesByContent) {
  std::filesystem::create_directories(folder_ + "/in/a");
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/in/a/whatever.json", kKev));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/in/scores.csv", kEpss));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/in/debian.json", kTracker));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/in/mine.yaml", kOwn));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/in/other.json", "{\"a\":1}"));
  UpdateOptions options;
  options.data_dir = folder_ + "/data";
  options.now = [this] { return now_; };
  auto report = ImportDatabase(folder_ + "/in", options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->sources.size(), 5U);
  EXPECT_EQ(Find(*report, "kev").outcome, SourceOutcome::kUpdated);
  EXPECT_EQ(Find(*report, "epss").outcome, SourceOutcome::kUpdated);
  EXPECT_EQ(Find(*report, "debian-tracker").outcome, SourceOutcome::kUpdated);
  EXPECT_EQ(Find(*report, "import:mine.yaml").outcome, SourceOutcome::kUpdated);
  EXPECT_EQ(Find(*report, folder_ + "/in/other.json").outcome, SourceOutcome::kFailed);
  EXPECT_EQ(report->advisories, 2U);
  EXPECT_FALSE(ImportDatabase(folder_ + "/in/other.json", options));
  EXPECT_FALSE(ImportDatabase(folder_ + "/none", options));
}

TEST_F(UpdaterTest, RefusesUnknownSources) {
  UpdateOptions options;
  options.data_dir = folder_ + "/data";
  options.sources = {"nonsense"};
  auto report = UpdateDatabase(options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kInvalidArgument);
}

TEST(Fetch, Paths) {
  EXPECT_EQ(LocalPathOf("file:/srv/x"), "/srv/x");
  EXPECT_EQ(LocalPathOf("file:///srv/x"), "/srv/x");
  EXPECT_EQ(LocalPathOf("/srv/x"), "/srv/x");
  EXPECT_EQ(LocalPathOf("https://a/x"), "");
  EXPECT_EQ(EncodePath("Rocky Linux/all.zip"), "Rocky%20Linux/all.zip");
}

}  // namespace
}  // namespace weir::advisory
