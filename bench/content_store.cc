// How long pages of secrets and malware take over a large store, and what it costs to
// take them in: HOSTS assets with FINDINGS each, through the same functions as the
// console's. Prints one line a measurement.
//   bench_content_store [HOSTS=1000] [FINDINGS=200]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/strings.h"
#include "store/assets.h"
#include "store/content.h"
#include "store/content_rules.h"
#include "store/scans.h"
#include "store/store.h"
#include "store/testing.h"
#include "wire/content.h"

namespace {

using namespace weir;  // NOLINT(google-build-using-namespace): a program of its own
using Clock = std::chrono::steady_clock;

double Ms(Clock::time_point from) {
  return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
}

store::ContentInput Finding(unsigned host, unsigned number) {
  model::ContentFinding finding;
  finding.kind = number % 20 == 0 ? model::ContentKind::kMalware : model::ContentKind::kSecret;
  finding.rule = "rule-" + std::to_string(number % 150);
  finding.title = "What rule " + std::to_string(number % 150) + " finds";
  finding.severity = static_cast<model::Severity>(1 + number % 5);
  finding.confidence = static_cast<model::Confidence>(number % 3);
  // One in four is in every host, as what comes with an image is.
  unsigned named = number % 4 == 0 ? number : host * 1'000'000 + number;
  std::string digits = std::to_string(named);
  finding.fingerprint = std::string(32 - digits.size(), 'b') + digits;
  finding.masked = "ab****";
  model::ContentPlace place;
  place.location.path = "srv/app" + std::to_string(number % 50) + "/releases/2026-11-0" +
                        std::to_string(number % 9) + "/config/settings." + std::to_string(number) + ".yaml";
  place.line = number;
  place.mode = 0644;
  finding.places.assign(1 + number % 3, place);
  finding.place_count = finding.places.size();
  finding.rank.score = (number * 7 + host) % 1000 / 10.0;
  finding.rank.reasons = {{"severity", 40, "of severity high"},
                          {"readable", 10, "every process of the host may read it"},
                          {"confidence", -5, "the rule is not sure"}};
  store::ContentInput input;
  input.kind = finding.kind;
  input.fingerprint = finding.fingerprint;
  input.rule = finding.rule;
  input.title = finding.title;
  input.severity = finding.severity;
  input.confidence = finding.confidence;
  input.score = finding.rank.score;
  input.search = place.location.path;
  input.detail = wire::ToJson(finding);
  return input;
}

template <class Fn>
void Measure(const char* what, store::Store& store, const Fn& fn) {
  std::vector<double> times;
  std::uint64_t rows = 0;
  for (int i = 0; i < 9; ++i) {
    auto from = Clock::now();
    auto got = store.Read(fn);
    times.push_back(Ms(from));
    if (!got) std::printf("%s: %s\n", what, got.error().message.c_str());
    if (got) rows = *got;
  }
  std::sort(times.begin(), times.end());
  std::printf("%-52s %8.1f ms median %8.1f ms worst  (%llu)\n", what, times[times.size() / 2], times.back(),
              static_cast<unsigned long long>(rows));
}

}  // namespace

int main(int argc, char** argv) {
  auto number = [&](int at, unsigned fallback) {
    return argc > at ? static_cast<unsigned>(ParseUint(argv[at]).value_or(fallback)) : fallback;
  };
  const unsigned hosts = number(1, 1000), findings = number(2, 200);
  constexpr model::ContentKind kBoth[] = {model::ContentKind::kSecret, model::ContentKind::kMalware};
  store::TemporaryFolder folder;
  auto opened = store::Store::Open(folder.path());
  if (!opened) return 1;
  store::Store& store = **opened;
  std::vector<store::AssetId> ids;
  auto put = [&](unsigned host, unsigned count) {
    std::vector<store::ContentInput> found;
    for (unsigned i = 0; i < count; ++i) found.push_back(Finding(host, i));
    return store.Write([&](store::Transaction& t) -> Result<store::AssetId> {
      store::AssetInput input;
      input.key = "host-" + std::to_string(host);
      input.name = "web-" + std::to_string(host);
      WEIR_ASSIGN(store::AssetId id, store::UpsertAsset(t, input));
      WEIR_TRY(store::PutContent(t, id, kBoth, found, true));
      store::ScanInput scan;
      scan.key = "s";
      scan.asset = id;
      WEIR_TRY(store::AddScan(t, scan));
      return id;
    });
  };
  auto from = Clock::now();
  for (unsigned host = 0; host < hosts; ++host) {
    auto id = put(host, findings);
    if (!id) return 1;
    ids.push_back(*id);
  }
  std::printf("%u assets of %u findings stored in %.0f ms: %.0f us a finding\n", hosts, findings, Ms(from),
              Ms(from) * 1000 / hosts / findings);
  from = Clock::now();
  for (unsigned host = 0; host < std::min(hosts, 100U); ++host)
    if (!put(host, findings)) return 1;
  std::printf("the same again: %.2f ms an asset\n", Ms(from) / std::min(hosts, 100U));
  from = Clock::now();
  for (unsigned host = 0; host < std::min(hosts, 100U); ++host)
    if (!put(host, findings - 1)) return 1;
  std::printf("with one gone: %.2f ms an asset\n", Ms(from) / std::min(hosts, 100U));

  auto list = [](store::ContentQuery query) {
    return [query](store::Reader& r) -> Result<std::uint64_t> {
      WEIR_ASSIGN(auto page, store::ListContent(r, query));
      for (const store::ContentRow& row : page.items)
        WEIR_TRY(store::CountSame(r, row.kind, row.fingerprint, row.asset));
      return page.total;
    };
  };
  store::ContentQuery query;
  Measure("first page, by score", store, list(query));
  query.page.limit = 500;
  Measure("500 rows, by score", store, list(query));
  query = {};
  query.page.cursor = "500.100000";
  Measure("a page in the middle", store, list(query));
  query = {};
  query.newest = true;
  Measure("first page, newest first", store, list(query));
  query = {};
  query.kind = model::ContentKind::kMalware;
  Measure("malware", store, list(query));
  query.severity_bits = store::SeverityBit(model::Severity::kCritical);
  query.confidence_bits = 4;
  Measure("malware, critical, high confidence", store, list(query));
  query = {};
  query.rule = "rule-77";
  Measure("of one rule", store, list(query));
  query = {};
  query.asset = ids[ids.size() / 2];
  Measure("of one asset", store, list(query));
  query = {};
  query.fingerprint = Finding(0, 4).fingerprint;
  Measure("of one fingerprint", store, list(query));
  query = {};
  query.q = "settings.77.y";
  Measure("text in paths", store, list(query));
  query.q = "nowhere to be found";
  Measure("text that is nowhere", store, list(query));
  query = {};
  query.state = store::ContentState::kResolved;
  Measure("resolved", store, list(query));
  Measure("totals", store, [](store::Reader& r) -> Result<std::uint64_t> {
    WEIR_ASSIGN(auto totals, store::GetContentTotals(r));
    return static_cast<std::uint64_t>(totals.secrets.total());
  });
  Measure("counts by rule", store, [](store::Reader& r) -> Result<std::uint64_t> {
    WEIR_ASSIGN(auto counts, store::CountByRule(r));
    return counts.size();
  });
  Measure("assets by score", store, [](store::Reader& r) -> Result<std::uint64_t> {
    WEIR_ASSIGN(auto page, store::ListAssets(r, {}));
    return page.total;
  });
  if (auto stats = store.Stats())
    std::printf("file %.0f MB\n", static_cast<double>(stats->file_bytes + stats->log_bytes) / 1e6);
  return 0;
}
