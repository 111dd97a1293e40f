// Vulnerabilities over all assets, and the search for packages.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/query_words.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "store/packages.h"
#include "store/views.h"

namespace weir::console {

store::VulnerabilityQuery VulnerabilityQueryOf(QueryFields& query) {
  store::VulnerabilityQuery wanted;
  std::string severities = query.Text("severity", 100);
  if (!severities.empty())
    for (std::string_view word : Split(severities, ',')) {
      if (std::find(kSeverityWords.begin(), kSeverityWords.end(), word) == kSeverityWords.end())
        query.Complain("severity", "has a word that is not a severity");
      wanted.severity_bits |= store::SeverityBit(model::ParseSeverity(word));
    }
  wanted.q = query.Text("q", 200);
  wanted.known_exploited = query.Bool("kev");
  wanted.fixable = query.Bool("fixable");
  return wanted;
}

Answer ListVulnerabilities(Services& services, Call& call) {
  static constexpr std::array<std::string_view, 3> kSorts = {"score", "assets", "published"};
  QueryFields query(call.request);
  store::VulnerabilityQuery wanted = VulnerabilityQueryOf(query);
  std::string sort = query.Word("sort", kSorts);
  wanted.sort = sort == "assets"      ? store::VulnerabilitySort::kAssets
                : sort == "published" ? store::VulnerabilitySort::kPublished
                                      : store::VulnerabilitySort::kScore;
  wanted.page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Page<store::VulnerabilityRow> page, store::ListVulnerabilities(r, wanted));
    Json items = Json::array();
    for (const store::VulnerabilityRow& row : page.items) {
      WEIR_ASSIGN(Json item, VulnerabilityJson(r, row));
      items.push_back(std::move(item));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer GetVulnerability(Services& services, Call& call) {
  std::optional<Problem> missing;
  auto answer = services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(auto id, store::FindVulnerability(r, call.id()));
    if (!id) return Err(Code::kNotFound, "no asset has or had " + ToValidUtf8(call.id().substr(0, 100)));
    WEIR_ASSIGN(store::VulnerabilityDetail detail, store::GetVulnerability(r, *id));
    WEIR_ASSIGN(Json json, VulnerabilityJson(r, detail.row));
    json["detail"] = VulnerabilityFactsJson(detail.vulnerability);
    Json packages = Json::array();
    std::sort(detail.packages.begin(), detail.packages.end(),
              [](const auto& a, const auto& b) { return a.open > b.open; });
    for (const store::AffectedPackageRow& row : detail.packages) {
      if (packages.size() == 100) break;
      packages.push_back({{"id", std::to_string(row.package)},
                          {"type", model::PackageTypeName(row.type)},
                          {"name", row.name},
                          {"version", row.version},
                          {"affected", row.affected_range},
                          {"fix_state", row.fixed_versions.empty() ? "not-fixed" : "fixed"},
                          {"fixed_versions", row.fixed_versions},
                          {"assets", r.postings().Count(row.package)}});
    }
    json["affected_packages"] = std::move(packages);
    WEIR_ASSIGN(auto top, store::TopFindingOf(r, *id));
    json["top_finding"] =
        top ? Json(std::to_string(top->first) + "-" + std::to_string(top->second)) : Json(nullptr);
    return JsonAnswer(json);
  });
  return answer;
}

Answer ListPackages(Services& services, Call& call) {
  QueryFields query(call.request);
  std::string q = query.Text("q", 300);
  store::PageRequest wanted = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Page<store::PackageRow> page, store::SearchPackages(r, q, wanted));
    Json items = Json::array();
    for (const store::PackageRow& row : page.items) {
      WEIR_ASSIGN(Json item, PackageJson(r, row));
      items.push_back(std::move(item));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Result<Json> PackageJson(store::Reader& r, const store::PackageRow& row) {
  WEIR_ASSIGN(store::SeverityCounts counts, store::SeveritiesOfPackage(r, row.id));
  WEIR_ASSIGN(double score, store::ScoreOfPackage(r, row.id));
  return Json{{"id", std::to_string(row.id)},
              {"type", model::PackageTypeName(row.type)},
              {"name", row.name},
              {"version", row.version},
              {"purl", row.purl},
              {"ecosystem", row.ecosystem},
              {"assets", row.assets},
              {"findings", SeverityCountsJson(counts)},
              {"score", score}};
}

Answer ListPackageAssets(Services& services, Call& call) {
  QueryFields query(call.request);
  store::AssetQuery wanted;
  wanted.page = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("package", call.id());
  wanted.package = *id;
  wanted.include_gone = true;
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::PackageRow package, store::GetPackage(r, *id));
    WEIR_ASSIGN(store::Page<store::Asset> page, store::ListAssets(r, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::Asset& asset : page.items) {
      WEIR_ASSIGN(store::PackageUsage usage, store::GetUsage(r, asset.id, *id));
      WEIR_ASSIGN(double score, store::ScoreOfPackageIn(r, *id, asset.id));
      store::AssetPackageQuery where;
      where.asset = asset.id;
      where.q = package.name;
      where.page.limit = 200;
      std::string location;
      WEIR_ASSIGN(store::Page<store::AssetPackageRow> rows, store::ListAssetPackages(r, where));
      for (const store::AssetPackageRow& row : rows.items)
        if (row.id == *id && location.empty()) location = row.path;
      std::string used_by;
      if (auto parsed = wire::ParseUsage(usage.text, {})) used_by = parsed->evidence;
      items.push_back({{"asset_id", std::to_string(asset.id)},
                       {"asset_name", asset.name},
                       {"asset_kind", model::AssetKindName(asset.kind)},
                       {"host_name", names.HostName(asset)},
                       {"state", store::AssetStateName(asset.state)},
                       {"location", location},
                       {"usage", model::UsageLevelName(store::LevelOf(usage.key))},
                       {"used_by", used_by},
                       {"score", score}});
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

}  // namespace weir::console
