// For tests: what a scan by the command line says of an SBOM, and the same out of the store.
// Threading: one thread.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "advisory/match.h"
#include "console/match_service.h"
#include "rank/rank.h"
#include "store/matches.h"
#include "store/packages.h"

namespace weir::console {

/// "CVE-1 openssl 3.0 open 87.5 high < 9 fixed 9", one line for each package and vulnerability, sorted.
/// Instances of one package count once, with the highest score.
inline std::vector<std::string> ScanLines(const model::Sbom& sbom, const std::vector<model::Usage>& usage,
                                          const advisory::Index& index) {
  std::unordered_map<std::string, const model::Usage*> usage_of;
  std::unordered_map<std::string, const model::Package*> package_of;
  for (std::size_t i = 0; i < sbom.packages.size(); ++i) {
    usage_of[sbom.packages[i].id] = &usage[i];
    package_of[sbom.packages[i].id] = &sbom.packages[i];
  }
  std::unordered_map<std::string, double> best;
  for (const model::Finding& f : advisory::Match(sbom, index, {}).findings) {
    const model::Package& p = *package_of[f.package_id];
    double score = rank::ScoreFinding(f, *usage_of[f.package_id]).score;
    std::string fixed;
    for (const std::string& version : f.fixed_versions) fixed += " " + version;
    std::string line = f.vulnerability.id + " " + std::string(model::PackageTypeName(f.package_type)) + " " +
                       f.package_name + " " + f.package_version + " " + p.arch + " " + p.source_version +
                       " " + (f.status == model::FindingStatus::kOpen ? "open" : "closed") + " " +
                       std::string(model::SeverityName(f.vulnerability.severity)) + " " + f.affected_range +
                       " " + std::string(model::FixStateName(f.fix_state)) + fixed +
                       (f.vulnerability.known_exploited ? " exploited" : "");
    auto [at, fresh] = best.emplace(line, score);
    if (!fresh) at->second = std::max(at->second, score);
  }
  std::vector<std::string> out;
  for (const auto& [line, score] : best) out.push_back(line + " " + std::to_string(score));
  std::ranges::sort(out);
  return out;
}

/// The same of a stored asset.
inline Result<std::vector<std::string>> StoredLines(store::Reader& r, store::AssetId asset) {
  std::vector<std::string> out;
  for (store::FindingState state : {store::FindingState::kOpen, store::FindingState::kClosed}) {
    store::FindingQuery query;
    query.asset = asset;
    query.state = state;
    query.page.limit = 500;
    for (;;) {
      WEIR_ASSIGN(auto page, store::ListFindings(r, query));
      for (const store::FindingRow& row : page.items) {
        // As GetFinding, but for the places, which cost a look at the whole SBOM.
        store::FindingDetail detail;
        WEIR_ASSIGN(detail.finding, store::LoadMatch(r, row.match));
        WEIR_ASSIGN(store::PackageUsage usage, store::GetUsage(r, asset, row.package));
        detail.usage_text = usage.text;
        detail.usage_key = usage.key;
        WEIR_ASSIGN(store::DistinctPackage package, store::LoadDistinctPackage(r, row.package));
        const model::Finding& f = detail.finding;
        std::string fixed;
        for (const std::string& version : f.fixed_versions) fixed += " " + version;
        out.push_back(f.vulnerability.id + " " + std::string(model::PackageTypeName(f.package_type)) + " " +
                      f.package_name + " " + f.package_version + " " + package.package.arch + " " +
                      package.package.source_version + " " + std::string(store::FindingStateName(row.state)) +
                      " " + std::string(model::SeverityName(row.severity)) + " " + f.affected_range + " " +
                      std::string(model::FixStateName(f.fix_state)) + fixed +
                      (row.known_exploited ? " exploited" : "") + " " + std::to_string(row.score));
        // The reasons on the page add up to the score in the list.
        if (state == store::FindingState::kOpen && ExplainRank(detail).score != row.score)
          out.push_back("EXPLAINED OTHERWISE: " + out.back());
      }
      if (page.next_cursor.empty()) break;
      query.page.cursor = page.next_cursor;
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace weir::console
