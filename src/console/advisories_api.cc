// Where advisories come from, and bringing new ones in.
#include <nlohmann/json.hpp>

#include "advisory/updater.h"
#include "base/json_guard.h"
#include "base/strings.h"
#include "console/advisory_service.h"
#include "console/feed_ages.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/services.h"
#include "console/settings.h"
#include "console/time_text.h"
#include "store/imported.h"
#include "store/sensors.h"

namespace weir::console {

Result<std::vector<FeedAge>> FeedAges(Services& services) {
  WEIR_ASSIGN(advisory::DatabaseStatus status, advisory::ReadDatabaseStatus(services.options.data_dir));
  std::int64_t hours = services.settings.Now()->update_interval_hours;
  store::TimeMs old = (hours > 0 ? 2 * hours : 48) * 3'600'000;
  std::vector<FeedAge> ages;
  for (advisory::SourceStatus& source : status.sources) {
    FeedAge age;
    age.fetched = ParseTime(source.fetched_at).value_or(0);
    age.stale = !source.last_error.empty() || services.store.Now() - age.fetched > old;
    age.source = std::move(source);
    ages.push_back(std::move(age));
  }
  if (!ages.empty()) return ages;
  // Without feeds, what the index itself says of its sources (the built-in set, or --db).
  if (auto index = services.advisories.index())
    for (const model::SourceInfo& info : index->sources()) {
      FeedAge age;
      age.source.name = info.name;
      age.source.url = info.url;
      age.source.data_date = info.data_date;
      age.source.records = age.source.used = info.records;
      age.fetched = ParseTime(info.fetched_at).value_or(0);
      age.stale = true;
      ages.push_back(std::move(age));
    }
  return ages;
}

Json FeedAgeJson(const FeedAge& age) {
  return {{"name", age.source.name},
          {"fetched_at", TimeOrNull(age.fetched)},
          {"data_date", age.source.data_date},
          {"stale", age.stale}};
}

Answer ListAdvisorySources(Services& services, Call&) {
  WEIR_ASSIGN(std::vector<FeedAge> ages, FeedAges(services));
  WEIR_ASSIGN(auto imported,
              services.store.Read([](store::Reader& r) { return store::ImportedAdvisories(r); }));
  auto index = services.advisories.index();
  AdvisoryService::UpdateState update = services.advisories.update_state();
  Json sources = Json::array(), by_hand = Json::array(), ecosystems = Json::array();
  for (const FeedAge& age : ages) {
    Json json = FeedAgeJson(age);
    json["url"] = age.source.url;
    json["records"] = age.source.records;
    json["used"] = age.source.used;
    json["malformed"] = age.source.malformed;
    json["last_error"] = age.source.last_error;
    sources.push_back(std::move(json));
  }
  for (const store::ImportedAdvisory& advisory : imported)
    by_hand.push_back({{"id", advisory.id},
                       {"summary", advisory.summary},
                       {"imported_at", TimeText(advisory.imported_at)},
                       {"imported_by", advisory.author}});
  for (const auto& [ecosystem, from] : index->ecosystems()) ecosystems.push_back(ecosystem);
  return JsonAnswer({{"index",
                      {{"kind", services.advisories.is_starter() ? "starter" : "built"},
                       {"built_at", TimeOrNull(services.advisories.built_at())},
                       {"advisories", index->advisory_count()},
                       {"bytes", index->size_bytes()}}},
                     {"sources", std::move(sources)},
                     {"imported", std::move(by_hand)},
                     {"update",
                      {{"running", update.running || !update.step.empty()},
                       {"source", update.source},
                       {"step", update.step},
                       {"done_bytes", update.done_bytes},
                       {"total_bytes", update.total_bytes},
                       {"last_finished_at", TimeOrNull(update.last_finished)},
                       {"last_error", update.last_error},
                       {"interval_hours", services.settings.Now()->update_interval_hours}}},
                     {"ecosystems", std::move(ecosystems)}});
}

Answer ImportAdvisories(Services& services, Call& call) {
  std::string_view type = call.request.Header("content-type");
  type = Trim(type.substr(0, type.find(';')));
  bool is_yaml = EqualsIgnoreCase(type, "application/yaml") || EqualsIgnoreCase(type, "text/yaml");
  if (!is_yaml && !EqualsIgnoreCase(type, "application/json"))
    return Refuse(415, "unsupported", "send application/json (OSV) or application/yaml (our own format)");
  if (call.request.body.empty()) return Refuse(400, "malformed", "the body is empty");
  if (!is_yaml && !CheckJsonDepth(call.request.body))
    return Refuse(400, "malformed", "the JSON is nested too deeply");
  auto outcome = services.advisories.Import(call.request.body, is_yaml, call.who.user);
  if (!outcome) return tl::unexpected<Problem>(outcome.error());
  call.target = Join(outcome->ids, ",").substr(0, 300);
  return JsonAnswer({{"imported", outcome->imported},
                     {"malformed", outcome->malformed},
                     {"first_error", outcome->first_error},
                     {"ids", outcome->ids},
                     {"packages", outcome->packages},
                     {"assets", outcome->assets},
                     {"new_findings", outcome->new_findings},
                     {"elapsed_ms", outcome->elapsed_ms}});
}

Answer UpdateAdvisories(Services& services, Call& call) {
  auto job = services.advisories.StartUpdate(call.who.user);
  if (!job) return tl::unexpected<Problem>(job.error());
  call.target = std::to_string(*job);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Job row, store::GetJob(r, *job));
    Names names(r);
    return JsonAnswer(JobJson(row, names), 202);
  });
}

}  // namespace weir::console
