// Scans: history, comparison, and asking for new ones.
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "console/content_view.h"
#include "console/event_hub.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/request_fields.h"
#include "console/sensor_hub.h"
#include "console/services.h"
#include "store/views.h"

namespace weir::console {
namespace {

constexpr std::array<std::string_view, 3> kScanStates = {"running", "done", "failed"};
constexpr std::array<std::string_view, 6> kJobStates = {"queued", "sent",   "running",
                                                        "done",   "failed", "cancelled"};
constexpr std::size_t kMostCompared = 5000;

std::optional<store::ScanId> ParseScanId(std::string_view text) {
  std::optional<std::uint64_t> number = ParseUint(text);
  if (!number || *number == 0 || *number > (std::uint64_t{1} << 62U)) return std::nullopt;
  return static_cast<store::ScanId>(*number);
}

Json ParsedList(const std::string& text) {
  Json list = Json::parse(text, nullptr, false);
  return list.is_array() ? list : Json::array();
}

/// Adds what came and went; a package that only changed its version goes to CHANGED.
void AddPackages(Json& json, const store::ScanDifference& difference) {
  std::map<std::pair<std::string, std::string>, std::vector<const store::ScanDifference::PackageChange*>>
      gone, came;
  auto key = [](const store::ScanDifference::PackageChange& change) {
    return std::pair(std::string(model::PackageTypeName(change.type)), change.name);
  };
  for (const auto& change : difference.removed) gone[key(change)].push_back(&change);
  for (const auto& change : difference.added) came[key(change)].push_back(&change);
  auto entry = [](const auto& type_and_name, const auto* change) {
    return Json{{"type", type_and_name.first}, {"name", type_and_name.second}, {"version", change->version}};
  };
  bool truncated = false;
  auto put = [&](const char* list, Json item) {
    if (json[list].size() < kMostCompared) {
      json[list].push_back(std::move(item));
    } else {
      truncated = true;
    }
  };
  for (const auto& [name, after] : came) {
    auto before = gone.find(name);
    if (before != gone.end() && before->second.size() == 1 && after.size() == 1) {
      put("packages_changed", {{"type", name.first},
                               {"name", name.second},
                               {"from_version", before->second.front()->version},
                               {"to_version", after.front()->version}});
      gone.erase(before);
      continue;
    }
    for (const auto* change : after) put("packages_added", entry(name, change));
  }
  for (const auto& [name, before] : gone)
    for (const auto* change : before) put("packages_removed", entry(name, change));
  json["truncated"] = truncated;
}

void AddFindings(Json& list, const std::vector<store::ScanDifference::FindingChange>& changes,
                 Json& truncated) {
  for (const auto& change : changes) {
    if (list.size() >= kMostCompared) {
      truncated = true;
      return;
    }
    list.push_back({{"vulnerability", change.vulnerability},
                    {"severity", model::SeverityName(change.severity)},
                    {"package_name", change.package_name},
                    {"package_version", change.package_version}});
  }
}

void AddContent(Json& list, const std::vector<store::ContentRow>& rows, Json& truncated) {
  for (const store::ContentRow& row : rows) {
    if (list.size() >= kMostCompared) {
      truncated = true;
      return;
    }
    model::ContentFinding finding = FindingOf(row);
    list.push_back({{"id", std::to_string(row.id)},
                    {"kind", model::ContentKindName(row.kind)},
                    {"rule", row.rule},
                    {"title", row.title},
                    {"severity", model::SeverityName(row.severity)},
                    {"masked", finding.masked},
                    {"path", finding.places.empty() ? "" : finding.places.front().location.path}});
  }
}

/// A job that asks for a scan of ASSET, new or (where one is waiting) the same again.
Result<store::Job> JobFor(store::Transaction& t, Services& services, const store::Asset& asset,
                          const std::string& author) {
  WEIR_ASSIGN(std::vector<store::Job> open, store::OpenJobs(t, asset.sensor));
  for (store::Job& job : open)
    if (job.kind == "scan" && job.asset == asset.id) return std::move(job);
  store::Job job;
  job.kind = "scan";
  job.sensor = asset.sensor;
  job.asset = asset.id;
  job.author = author;
  job.detail = "{}";
  job.created_at = job.updated_at = t.now();
  WEIR_ASSIGN(job.id, store::AddJob(t, job));
  WEIR_TRY(services.events.Emit(
      t, "job",
      {{"job_id", std::to_string(job.id)}, {"asset_id", std::to_string(asset.id)}, {"state", "queued"}}));
  return job;
}

}  // namespace

Answer ListScans(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  store::AssetId asset = query.Id("asset");
  std::string state = query.Word("state", kScanStates);
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::vector<RunningScan> running = services.sensors.RunningScans();
  std::erase_if(running, [&](const RunningScan& scan) { return asset != 0 && scan.asset != asset; });
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    Names names(r);
    Json items = Json::array();
    bool with_running = state.empty() || state == "running";
    if (with_running && wanted.cursor.empty())
      for (const RunningScan& scan : running)
        items.push_back(RunningScanJson(scan.progress, scan.asset, names));
    if (state == "running") return JsonAnswer(SlicedPage(std::move(items), wanted));
    store::ScanQuery stored{asset, std::nullopt, wanted};
    if (!state.empty()) stored.state = state == "done" ? store::ScanState::kDone : store::ScanState::kFailed;
    WEIR_ASSIGN(store::Page<store::Scan> page, store::FilteredScans(r, stored));
    for (const store::Scan& scan : page.items) items.push_back(ScanJson(scan, names));
    page.total += with_running ? running.size() : 0;
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer StartScans(Services& services, Call& call) {
  BodyFields body(call.request);
  std::optional<std::vector<std::string>> wanted = body.OptionalTexts("asset_ids", 1000, 20);
  if (!wanted || wanted->empty()) body.Complain("asset_ids", "must name 1 to 1000 assets");
  if (auto fault = body.Fault()) return tl::unexpected<Problem>(*fault);
  call.target = Join(*wanted, ",").substr(0, 300);
  Json jobs = Json::array();
  std::set<std::string> sensors;
  std::optional<Problem> problem;
  auto done = services.store.Write([&](store::Transaction& t) -> Result<void> {
    Names names(t);
    for (const std::string& text : *wanted) {
      std::optional<std::uint32_t> id = ParseId(text);
      auto asset = store::GetAsset(t, id.value_or(0));
      if (!asset && asset.error().code == Code::kNotFound) {
        problem = Problem(400, "invalid-argument", "there is no asset " + text, "asset_ids");
        return Err(Code::kInvalidArgument, problem->detail);  // all or none: what was begun is undone
      }
      WEIR_TRY(asset);
      auto sensor = store::GetSensor(t, asset->sensor);
      if (!sensor || sensor->revoked) {
        problem = Problem(409, "conflict", "no sensor can scan " + asset->name, "asset_ids");
        return Err(Code::kInvalidArgument, problem->detail);
      }
      WEIR_ASSIGN(store::Job job, JobFor(t, services, *asset, call.who.user));
      sensors.insert(job.sensor);
      jobs.push_back(JobJson(job, names));
    }
    return {};
  });
  if (problem) return tl::unexpected<Problem>(*problem);
  WEIR_TRY(done);
  for (const std::string& sensor : sensors) services.sensors.SendJobs(sensor);
  return JsonAnswer({{"jobs", std::move(jobs)}}, 202);
}

Answer GetScan(Services& services, Call& call) {
  for (const RunningScan& scan : services.sensors.RunningScans())
    if (scan.progress.scan_id == call.id())
      return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
        Names names(r);
        Json json = RunningScanJson(scan.progress, scan.asset, names);
        json["coverage"] = json["problem_list"] = json["content_scans"] = Json::array();
        json["previous_id"] = nullptr;
        return JsonAnswer(json);
      });
  std::optional<store::ScanId> id = ParseScanId(call.id());
  if (!id) return NoSuch("scan", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Scan scan, store::GetScan(r, *id));
    Names names(r);
    Json json = ScanJson(scan, names);
    json["coverage"] = ParsedList(scan.coverage);
    json["problem_list"] = ParsedList(scan.problems);
    json["content_scans"] = ContentScansJson(scan.content);
    WEIR_ASSIGN(store::ScanId before, store::ScanBefore(r, scan.asset, scan.id));
    json["previous_id"] = before == 0 ? Json(nullptr) : Json(std::to_string(before));
    return JsonAnswer(json);
  });
}

Answer CompareScans(Services& services, Call& call) {
  QueryFields query(call.request);
  std::string with = query.Text("with", 20);
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<store::ScanId> id = ParseScanId(call.id()), other = ParseScanId(with);
  if (!id) return NoSuch("scan", call.id());
  if (!with.empty() && !other) return NoSuch("scan", with);
  std::optional<Problem> problem;
  auto answer = services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Scan to, store::GetScan(r, *id));
    store::ScanId before = other.value_or(0);
    if (before == 0) {
      WEIR_ASSIGN(before, store::ScanBefore(r, to.asset, to.id));
    }
    if (before == 0) {
      problem = Problem(404, "not-found", "there is no scan before this one");
      return NoContent();
    }
    WEIR_ASSIGN(store::Scan from, store::GetScan(r, before));
    if (from.asset != to.asset) {
      problem = Problem(400, "invalid-argument", "the two scans are of different assets", "with");
      return NoContent();
    }
    WEIR_ASSIGN(store::ScanDifference difference, store::CompareScans(r, from.id, to.id));
    Names names(r);
    Json json = {{"from", ScanJson(from, names)}, {"to", ScanJson(to, names)}};
    for (const char* list : {"packages_added", "packages_removed", "packages_changed", "findings_added",
                             "findings_removed", "content_added", "content_removed"})
      json[list] = Json::array();
    AddPackages(json, difference);
    AddFindings(json["findings_added"], difference.opened, json["truncated"]);
    AddFindings(json["findings_removed"], difference.resolved, json["truncated"]);
    AddContent(json["content_added"], difference.content_added, json["truncated"]);
    AddContent(json["content_removed"], difference.content_removed, json["truncated"]);
    return JsonAnswer(json);
  });
  if (problem) return tl::unexpected<Problem>(*problem);
  return answer;
}

Answer ListJobs(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  std::string state = query.Word("state", kJobStates);
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    std::optional<store::JobState> only;
    for (std::size_t i = 0; i < kJobStates.size(); ++i)
      if (kJobStates[i] == state) only = static_cast<store::JobState>(i);
    WEIR_ASSIGN(store::Page<store::Job> page, store::FilteredJobs(r, only, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::Job& job : page.items) items.push_back(JobJson(job, names));
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

}  // namespace weir::console
