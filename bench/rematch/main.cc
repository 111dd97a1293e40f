// What the match service and the store cost with a fleet's data. See README.md.
//
//   bench_rematch load DIR [ASSETS]     makes DIR/state.db through the real ingest, and three indexes
//   bench_rematch advisories DIR        single advisories only
//   bench_rematch measure DIR           measures on it, in a process of its own
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "advisory/feed.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"
#include "console/match_service.h"
#include "sboms.h"
#include "store/assets.h"
#include "store/outbox.h"
#include "store/scans.h"
#include "store/sensors.h"
#include "store/vulnerabilities.h"

namespace weir::bench {
namespace {

using Clock = std::chrono::steady_clock;
using IndexPtr = std::shared_ptr<const advisory::Index>;

/// Of this thread: what a quiet machine would take, but for the disk.
double ProcessorMs() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

template <class T>
T Must(Result<T> result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "%s: %s\n", what, result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double MemoryMib(const char* key) {
  Result<std::string> text = ReadFile("/proc/self/status", 1U << 20U);
  std::size_t at = text ? text->find(key) : std::string::npos;
  return at == std::string::npos
             ? 0
             : std::strtod(text->c_str() + at + std::string_view(key).size(), nullptr) / 1024;
}

void Row(const std::string& what, const std::string& figure, const std::string& note = "") {
  std::printf("| %-62s | %14s | %s\n", what.c_str(), figure.c_str(), note.c_str());
  std::fflush(stdout);
}

std::string Text(double value, int digits, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f %s", digits, value, unit);
  return text;
}

/// Everything the published feeds hold.
class Feeds : public advisory::RecordSink {
 public:
  void OnAdvisory(advisory::Advisory advisory) override { advisories.push_back(std::move(advisory)); }
  void OnKev(advisory::KevEntry entry) override { kev.push_back(std::move(entry)); }
  void OnEpss(advisory::EpssEntry) override {}
  std::vector<advisory::Advisory> advisories;
  std::vector<advisory::KevEntry> kev;
};

Feeds ReadFeeds() {
  const char* data = std::getenv("WEIR_DATA");
  if (data == nullptr) {
    std::fprintf(stderr, "WEIR_DATA names no folder with feeds/\n");
    std::exit(64);
  }
  Feeds out;
  std::string root = std::string(data) + "/feeds/";
  for (const auto& entry : std::filesystem::directory_iterator(root + "osv"))
    Must(advisory::ReadOsvZip(entry.path().string() + "/all.zip", out), "reading a feed");
  std::string kev =
      Must(ReadFile(root + "kev/known_exploited_vulnerabilities.json", 64U << 20U), "reading kev");
  Must(advisory::ReadKev(kev, out), "reading kev");
  std::ranges::sort(out.advisories, {}, [](const auto& a) { return a.id + a.source; });
  return out;
}

enum class Kind { kMost, kAll, kAllWithEpss };

/// kMost: nine of ten advisories and no KEV, as it was some time ago.
void BuildIndex(const Feeds& feeds, Kind kind, const std::string& path) {
  advisory::IndexBuilder builder;
  model::SourceInfo source;
  source.name = "osv";
  source.fetched_at = kind == Kind::kMost ? "2026-11-01T00:00:00Z" : "2026-11-26T00:00:00Z";
  source.data_date = kind == Kind::kAllWithEpss ? "with-epss" : "";
  builder.AddSource(source);
  std::vector<std::string> cves;
  for (const advisory::Advisory& advisory : feeds.advisories) {
    if (kind == Kind::kMost && Hash64(advisory.id) % 10 == 0) continue;
    builder.Add(advisory);
    for (const auto* list : {&advisory.aliases, &advisory.related})
      for (const std::string& name : *list)
        if (name.starts_with("CVE-")) cves.push_back(name);
  }
  if (kind != Kind::kMost)
    for (const advisory::KevEntry& entry : feeds.kev) builder.Add(entry);
  std::ranges::sort(cves);
  cves.erase(std::unique(cves.begin(), cves.end()), cves.end());
  if (kind == Kind::kAllWithEpss)
    for (const std::string& cve : cves) {
      auto part = static_cast<float>(Hash64(cve) % 1000) / 1000;
      builder.Add(advisory::EpssEntry{cve, part * part * part, part});
    }
  Must(WriteFileAtomically(path, Must(builder.Finish(), "building an index"), 0600), "writing an index");
}

Result<int> Ingest(store::Transaction& t, console::MatchService& service, const Fleet& fleet,
                   std::size_t index) {
  model::Sbom sbom = fleet.SbomOf(index);
  std::string sensor = "sensor-" + std::to_string(index - index % 10);
  WEIR_ASSIGN(bool fresh, store::Advance(t, sensor, "epoch", index % 10 + 1));
  if (!fresh) return 0;
  store::AssetInput input;
  input.kind = sbom.asset.kind;
  input.key = sbom.asset.id;
  input.name = sbom.asset.name;
  input.sensor = sensor;
  input.image =
      sbom.asset.kind == model::AssetKind::kContainer ? "registry/app:" + std::to_string(index % 400) : "";
  WEIR_ASSIGN(store::AssetId asset, store::UpsertAsset(t, input));
  WEIR_ASSIGN(console::AssetOutcome outcome, service.StoreScan(t, asset, sbom, fleet.UsageOf(index, sbom)));
  store::ScanInput scan;
  scan.key = "scan-" + std::to_string(index);
  scan.asset = asset;
  scan.trigger = "start";
  scan.opened = outcome.opened;
  WEIR_TRY(store::AddScan(t, scan));
  return 1;
}

std::int64_t OpenFindings(store::Store& store) {
  return Must(store.Read([](store::Reader& r) { return store::GetAssetTotals(r); }), "totals").open.total();
}

int Load(const std::string& folder, std::size_t assets) {
  Feeds feeds = ReadFeeds();
  auto start = Clock::now();
  Must(MakeDirectories(folder), "making the folder");
  BuildIndex(feeds, Kind::kMost, folder + "/most.idx");
  BuildIndex(feeds, Kind::kAll, folder + "/all.idx");
  Row("build an index of all feeds", Text(MsSince(start) / 2 / 1000, 1, "s"),
      std::to_string(feeds.advisories.size()) + " advisories");
  BuildIndex(feeds, Kind::kAllWithEpss, folder + "/epss.idx");
  FleetOptions options;
  options.assets = assets;
  Fleet fleet(options, feeds.advisories);
  feeds = {};

  auto store = Must(store::Store::Open(folder), "opening the store");
  console::MatchService service(*store);
  Must(service.Start(Must(advisory::Index::Open(folder + "/most.idx"), "index"), nullptr), "start");
  double making = 0;
  start = Clock::now();
  std::vector<double> times;
  for (std::size_t i = 0; i < assets; ++i) {
    auto one = Clock::now();
    static_cast<void>(fleet.SbomOf(i));  // its share, to be taken off
    double made = MsSince(one);
    making += 2 * made;
    one = Clock::now();
    Must(store->Write([&](store::Transaction& t) { return Ingest(t, service, fleet, i); }), "ingest");
    times.push_back(MsSince(one) - made);
  }
  double total = MsSince(start) - making;
  std::ranges::sort(times);
  Row("ingest: " + std::to_string(assets) + " SBOMs of 500 packages, one transaction each",
      Text(total / 1000, 1, "s"), Text(static_cast<double>(assets) / total * 1000, 0, "SBOMs/s"));
  Row("  median, 99th of a hundred, longest", Text(times[times.size() / 2], 1, "ms"),
      Text(times[times.size() * 99 / 100], 1, "ms") + ", " + Text(times.back(), 1, "ms"));
  Row("open findings", std::to_string(OpenFindings(*store)));
  Row("distinct packages held", std::to_string(Must(store->Read([](store::Reader& r) -> Result<std::size_t> {
        return r.postings().Held().size();
      }),
                                                    "held")));
  Row("memory of the loading process (with the generator), highest", Text(MemoryMib("VmHWM:"), 0, "MiB"));
  return 0;
}

std::string AdvisoryFor(const std::string& package, int number) {
  std::string id = "GHSA-bench-" + package + "-" + std::to_string(number) + "-" +
                   std::to_string(Clock::now().time_since_epoch().count());
  return R"({"schema_version":"1.6.0","id":")" + id +
         R"(","modified":"2026-11-26T00:00:00Z","summary":"bench",)" +
         R"("severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":)" +
         R"({"ecosystem":"PyPI","name":")" + package +
         R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"9.0"}]}]}]})";
}

void MeasureAdvisories(console::MatchService& service, store::Store& store) {
  for (const char* package : {kHeldBy1, kHeldBy10, kHeldBy100}) {
    std::vector<double> times, processor;
    std::int64_t opened = 0;
    for (int i = 0; i < 7; ++i) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(1200));  // as if it came alone: the log is moved meanwhile
      auto start = Clock::now();
      double before = ProcessorMs();
      advisory::IndexBuilder builder;
      class Sink : public advisory::RecordSink {
       public:
        explicit Sink(advisory::IndexBuilder& b) : builder_(b) {}
        void OnAdvisory(advisory::Advisory a) override { builder_.Add(a); }
        void OnKev(advisory::KevEntry) override {}
        void OnEpss(advisory::EpssEntry) override {}

       private:
        advisory::IndexBuilder& builder_;
      } sink(builder);
      Must(advisory::ReadOsvJson(AdvisoryFor(package, i), sink), "reading");
      std::string bytes = Must(builder.Finish(), "building");
      IndexPtr fresh = Must(advisory::Index::FromMemory(bytes), "opening");
      console::RematchOutcome outcome = Must(service.NewAdvisories(fresh, nullptr), "matching");
      times.push_back(MsSince(start));
      processor.push_back(ProcessorMs() - before);
      opened = outcome.opened;
    }
    std::ranges::sort(times);
    std::ranges::sort(processor);
    Row("one new advisory, package " + std::string(package) + ": " + std::to_string(opened) + " findings",
        Text(times[times.size() / 2], 1, "ms"),
        "longest of 7: " + Text(times.back(), 1, "ms") + "; processor " +
            Text(processor[processor.size() / 2], 1, "ms"));
  }
  static_cast<void>(store);
}

/// The same rows put into the same table and indexes, and nothing else.
void MeasureLimit(const std::string& folder, const std::string& from, std::int64_t rows) {
  std::string path = folder + "/limit.db";
  std::filesystem::remove(path);
  store::ConnectionOptions options;
  options.cache_kib = 65536;
  auto db = Must(store::Connection::Open(path, options), "limit");
  Must(
      db->Script(
          "CREATE TABLE finding (match INTEGER NOT NULL, asset INTEGER NOT NULL, state INTEGER NOT NULL, "
          "severity INTEGER NOT NULL, rank INTEGER NOT NULL, level INTEGER NOT NULL, first_seen INTEGER NOT "
          "NULL, "
          "PRIMARY KEY (match, asset)) WITHOUT ROWID; CREATE INDEX finding_order ON finding (state, "
          "severity, "
          "rank, match, asset); CREATE INDEX finding_loaded ON finding (state, severity, rank, match, asset) "
          "WHERE level = 3; ATTACH '" +
          from +
          "/state.db' AS source; CREATE TEMP TABLE rows AS SELECT * FROM "
          "source.finding ORDER BY match, asset LIMIT " +
          std::to_string(rows)),
      "limit");
  auto start = Clock::now();
  Must(db->Run("INSERT INTO finding SELECT * FROM rows"), "limit");
  Row("limit: plain INSERT ... SELECT of " + std::to_string(rows) + " findings into its table",
      Text(MsSince(start), 1, "ms"));
  db.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

template <class Fn>
void Query(const std::string& what, store::Store& store, const Fn& fn) {
  std::vector<double> times;
  std::string note;
  for (int i = 0; i < 7; ++i) {
    auto start = Clock::now();
    auto page = Must(store.Read(fn), what.c_str());
    times.push_back(MsSince(start));
    note = std::to_string(page.total) + " in all";
  }
  std::ranges::sort(times);
  Row(what, Text(times[times.size() / 2], 1, "ms"), "longest " + Text(times.back(), 1, "ms") + ", " + note);
}

void MeasureQueries(store::Store& store) {
  auto findings = [&](const std::string& what, const store::FindingQuery& query) {
    Query("page of findings: " + what, store,
          [&](store::Reader& r) { return store::ListFindings(r, query); });
  };
  store::FindingQuery all;
  findings("all, first page", all);
  store::FindingQuery deep = all;
  deep.page.limit = 500;
  for (int i = 0; i < 100; ++i)
    deep.page.cursor =
        Must(store.Read([&](store::Reader& r) { return store::ListFindings(r, deep); }), "deep").next_cursor;
  deep.page.limit = 50;
  findings("all, after 50,000 others", deep);
  store::FindingQuery newest;
  newest.newest = true;
  findings("all, newest first", newest);
  for (model::Severity severity : {model::Severity::kCritical, model::Severity::kLow}) {
    store::FindingQuery query;
    query.severity_bits = store::SeverityBit(severity);
    findings("severity " + std::string(model::SeverityName(severity)), query);
  }
  store::FindingQuery query;
  query.known_exploited = true;
  findings("known to be exploited", query);
  query = {};
  query.loaded = true;
  findings("in use", query);
  query = {};
  query.fixable = true;
  query.loaded = true;
  findings("in use, with a fix", query);
  query = {};
  query.q = "openssl";
  findings("text \"openssl\"", query);
  query.q = "cve-2022";
  findings("text \"cve-2022\"", query);
  query = {};
  query.asset = 5000;
  findings("of one asset", query);
  auto vulnerabilities =
      Must(store.Read([](store::Reader& r) { return store::ListVulnerabilities(r, {}); }), "list");
  query = {};
  query.vulnerability = vulnerabilities.items.front().id;
  findings("of one vulnerability", query);
  Query("page of vulnerabilities", store, [](store::Reader& r) { return store::ListVulnerabilities(r, {}); });
  store::VulnerabilityQuery by_assets;
  by_assets.sort = store::VulnerabilitySort::kAssets;
  by_assets.q = "overflow";
  Query("page of vulnerabilities: text, by assets", store,
        [&](store::Reader& r) { return store::ListVulnerabilities(r, by_assets); });
  Query("page of assets", store, [](store::Reader& r) { return store::ListAssets(r, {}); });
  store::AssetQuery hosts;
  hosts.q = "host-12";
  Query("page of assets: text", store, [&](store::Reader& r) { return store::ListAssets(r, hosts); });
  Query("page of an asset's packages", store, [](store::Reader& r) {
    store::AssetPackageQuery packages;
    packages.asset = 5000;
    return store::ListAssetPackages(r, packages);
  });
  Query("package search \"ssl\"", store,
        [](store::Reader& r) { return store::SearchPackages(r, "ssl", {}); });
  std::vector<double> times;
  for (int i = 0; i < 7; ++i) {
    auto start = Clock::now();
    OpenFindings(store);
    times.push_back(MsSince(start));
  }
  std::ranges::sort(times);
  Row("totals of the overview", Text(times[3], 1, "ms"));
}

void MeasureIndex(const std::string& what, console::MatchService& service, const std::string& path,
                  store::Store& store) {
  std::vector<double> reads;
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      auto start = Clock::now();
      Must(store.Read([](store::Reader& r) { return store::ListFindings(r, {}); }), "read");
      reads.push_back(MsSince(start));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  auto start = Clock::now();
  console::RematchOutcome outcome =
      Must(service.NewIndex(Must(advisory::Index::Open(path), "index"), nullptr), "index");
  double took = MsSince(start);
  stop = true;
  reader.join();
  std::ranges::sort(reads);
  Row(what, Text(took / 1000, 1, "s"),
      std::to_string(outcome.packages) + " packages, opened " + std::to_string(outcome.opened) +
          ", resolved " + std::to_string(outcome.resolved) + ", rescored " +
          std::to_string(outcome.rescored) + "; a page read meanwhile took at most " +
          Text(reads.back(), 0, "ms"));
  Row("  memory after, highest", Text(MemoryMib("VmRSS:"), 0, "MiB"), Text(MemoryMib("VmHWM:"), 0, "MiB"));
}

int Measure(const std::string& folder) {
  auto start = Clock::now();
  auto store = Must(store::Store::Open(folder), "opening the store");
  double opened = MsSince(start);
  console::MatchService service(*store);
  Must(service.Start(Must(advisory::Index::Open(folder + "/most.idx"), "index"), nullptr), "start");
  Row("open the store and the index", Text(MsSince(start), 0, "ms"), "store alone " + Text(opened, 0, "ms"));
  Row("memory when open", Text(MemoryMib("VmRSS:"), 0, "MiB"));
  store::StoreStats stats = Must(store->Stats(), "stats");
  Row("database file", Text(static_cast<double>(stats.file_bytes) / 1048576, 0, "MiB"),
      "postings in memory " + Text(static_cast<double>(stats.posting_bytes) / 1048576, 0, "MiB"));
  Row("open findings", std::to_string(OpenFindings(*store)));
  MeasureQueries(*store);
  Row("memory after the queries", Text(MemoryMib("VmRSS:"), 0, "MiB"));
  MeasureAdvisories(service, *store);
  MeasureLimit(folder, folder, 10'000);
  MeasureIndex("full new index: a tenth more advisories, and KEV", service, folder + "/all.idx", *store);
  MeasureIndex("full new index: EPSS changed for every CVE", service, folder + "/epss.idx", *store);
  MeasureIndex("full new index: nothing changed", service, folder + "/epss.idx", *store);
  MeasureLimit(folder, folder, OpenFindings(*store));
  std::this_thread::sleep_for(std::chrono::seconds(40));
  Row("memory after 40 quiet seconds", Text(MemoryMib("VmRSS:"), 0, "MiB"));
  return 0;
}

/// For a profiler.
int MeasureAdvisoriesAlone(const std::string& folder) {
  auto store = Must(store::Store::Open(folder), "opening the store");
  console::MatchService service(*store);
  Must(service.Start(Must(advisory::Index::Open(folder + "/most.idx"), "index"), nullptr), "start");
  MeasureAdvisories(service, *store);
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  std::string command = argc > 2 ? argv[1] : "";
  if (command == "load")
    return weir::bench::Load(argv[2], argc > 3 ? weir::ParseUint(argv[3]).value_or(10'000) : 10'000);
  if (command == "measure") return weir::bench::Measure(argv[2]);
  if (command == "advisories") return weir::bench::MeasureAdvisoriesAlone(argv[2]);
  std::fprintf(stderr, "usage: bench_rematch load DIR [ASSETS] | measure DIR\n");
  return 64;
}
