// What monitoring and browsers ask of the service itself.
#include <unistd.h>

#include <cstdio>

#include "base/file.h"
#include "base/strings.h"
#include "console/advisory_service.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/ingest.h"
#include "console/openapi_text.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "console/web_assets.h"
#include "store/assets.h"

namespace weir::console {
namespace {

std::uint64_t ResidentBytes() {
  auto text = ReadFile("/proc/self/statm", 4096);
  if (!text) return 0;
  std::string_view rest = *text;
  NextPiece(rest, ' ');
  return ParseUint(NextPiece(rest, ' ')).value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class MetricsText {
 public:
  void Add(std::string_view name, std::string_view type, std::string_view help, double value,
           std::string_view labels = {}) {
    if (name != last_) {
      text_ += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) +
               " " + std::string(type) + "\n";
      last_ = name;
    }
    char number[64];
    std::snprintf(number, sizeof number, "%.17g", value);
    text_ += std::string(name) + std::string(labels) + " " + number + "\n";
  }
  template <class N>
  void Gauge(std::string_view name, std::string_view help, N value, std::string_view labels = {}) {
    Add(name, "gauge", help, static_cast<double>(value), labels);
  }
  template <class N>
  void Counter(std::string_view name, std::string_view help, N value) {
    Add(name, "counter", help, static_cast<double>(value));
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_, last_;
};

/// Whether a list like "gzip, br;q=0" allows gzip.
bool TakesGzip(std::string_view accept) {
  for (std::string_view item : Split(accept, ',')) {
    std::string_view coding = Trim(NextPiece(item, ';'));
    if (!EqualsIgnoreCase(coding, "gzip")) continue;
    std::string_view weight = Trim(item);
    return weight != "q=0" && weight != "q=0.0";
  }
  return false;
}

bool ListsTag(std::string_view list, std::string_view tag) {
  if (Trim(list) == "*") return true;
  for (std::string_view item : Split(list, ',')) {
    item = Trim(item);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
  }
  return false;
}

}  // namespace

Answer Healthz(Services&, Call&) { return TextAnswer("ok\n", "text/plain; charset=utf-8"); }

Answer Readyz(Services& services, Call&) {
  auto read = services.store.Read([](store::Reader& r) { return r.db().Value(0, "SELECT 1"); });
  if (!read) return TextAnswer("the store does not answer\n", "text/plain; charset=utf-8", 503);
  return TextAnswer("ready\n", "text/plain; charset=utf-8");
}

Answer Metrics(Services& services, Call&) {
  MetricsText metrics;
  metrics.Gauge("weir_build_info", "The version.", 1, "{version=\"" + services.options.version + "\"}");
  metrics.Gauge("process_resident_memory_bytes", "Memory in use.", ResidentBytes());
  WEIR_ASSIGN(store::AssetTotals totals,
              services.store.Read([](store::Reader& r) { return store::GetAssetTotals(r); }));
  metrics.Gauge("weir_assets", "Assets that have not gone.", totals.hosts, "{kind=\"host\"}");
  metrics.Gauge("weir_assets", "", totals.containers, "{kind=\"container\"}");
  metrics.Gauge("weir_assets", "", totals.images, "{kind=\"image\"}");
  for (std::size_t i = 0; i < store::SeverityCounts::kCount; ++i)
    metrics.Gauge("weir_findings_open", "Open findings.", totals.open.by[i],
                  "{severity=\"" + std::string(model::SeverityName(static_cast<model::Severity>(i))) + "\"}");
  metrics.Gauge("weir_findings_known_exploited", "Open findings in CISA's catalogue.",
                totals.known_exploited);
  metrics.Gauge("weir_sensors_online", "Sensors that are there.", services.sensors.online());
  metrics.Gauge("weir_event_streams", "Open streams of live events.", services.events.streams());
  IngestStatistics ingest = services.ingest.statistics();
  metrics.Counter("weir_ingest_batches_total", "Batches stored.", ingest.batches);
  metrics.Counter("weir_ingest_records_total", "Records stored.", ingest.records);
  metrics.Counter("weir_ingest_skipped_records_total", "Records that were stored before.",
                  ingest.skipped_records);
  metrics.Counter("weir_ingest_refused_total", "Batches told to come back.", ingest.refused);
  metrics.Counter("weir_ingest_failed_total", "Batches that could not be stored.", ingest.failed);
  metrics.Counter("weir_ingest_bytes_total", "Bytes of batches, decoded.", ingest.bytes);
  metrics.Gauge("weir_ingest_waiting", "Batches that wait.", ingest.waiting);
  WEIR_ASSIGN(store::StoreStats stats, services.store.Stats());
  metrics.Gauge("weir_store_file_bytes", "The database.", stats.file_bytes);
  metrics.Gauge("weir_store_log_bytes", "Its write-ahead log.", stats.log_bytes);
  metrics.Gauge("weir_store_posting_bytes", "Memory of the inverted index.", stats.posting_bytes);
  if (auto index = services.advisories.index()) {
    metrics.Gauge("weir_advisories", "In the index.", index->advisory_count());
    metrics.Gauge("weir_advisories_built_seconds", "When the index was made, Unix time.",
                  services.advisories.built_at() / 1000);
  }
  return TextAnswer(metrics.Take() + (services.metrics ? services.metrics() : std::string()),
                    "text/plain; version=0.0.4; charset=utf-8");
}

Answer OpenApi(Services&, Call&) { return TextAnswer(std::string(OpenApiText()), "application/yaml"); }

net::ServerResponse ServePage(Services&, const net::ServerRequest& request) {
  const WebAsset* asset = FindWebAsset(request.path);
  // The page does its own routing; what looks like a file and is none is an error, not the page.
  bool is_file =
      request.path.rfind('.') != std::string::npos && request.path.rfind('.') > request.path.rfind('/');
  if (asset == nullptr && !is_file) asset = FindWebAsset("/");
  if (asset == nullptr)
    return is_file || !WebAssets().empty()
               ? ProblemAnswer(Problem(404, "not-found", "there is nothing here"))
               : TextAnswer(
                     "This weir was built without the page. Its interface is described at "
                     "/api/openapi.yaml.\n",
                     "text/plain; charset=utf-8");
  bool gzip = !asset->gzip.empty() && TakesGzip(request.Header("accept-encoding"));
  std::string_view tag = gzip ? asset->gzip_etag : asset->etag;
  net::ServerResponse response;
  response.headers = {
      {"etag", std::string(tag)},
      {"vary", "accept-encoding"},
      {"cache-control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (std::string_view known = request.Header("if-none-match"); !known.empty() && ListsTag(known, tag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("content-type", std::string(asset->content_type));
  if (gzip) response.headers.emplace_back("content-encoding", "gzip");
  response.body = gzip ? asset->gzip : asset->identity;
  return response;
}

}  // namespace weir::console
