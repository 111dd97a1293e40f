#include "rank/rank.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace weir::rank {
namespace {

bool Before(const model::Finding& a, const model::Finding& b) {
  auto rest = [](const model::Finding& f) {
    return std::tie(f.vulnerability.id, f.package_name, f.package_version, f.location, f.package_id);
  };
  bool a_closed = a.status != model::FindingStatus::kOpen, b_closed = b.status != model::FindingStatus::kOpen;
  if (a_closed != b_closed) return b_closed;
  if (a.rank.score != b.rank.score) return a.rank.score > b.rank.score;
  return rest(a) < rest(b);
}

}  // namespace

void RankFindings(model::ScanResult& result) {
  std::vector<Usage> usage = PackageUsage(result);
  std::unordered_map<std::string_view, std::size_t> package_of;
  for (std::size_t i = 0; i < result.sbom.packages.size(); ++i)
    package_of.emplace(result.sbom.packages[i].id, i);
  const Usage unknown;
  for (model::Finding& finding : result.findings) {
    auto found = package_of.find(finding.package_id);
    finding.rank = ScoreFinding(finding, found == package_of.end() ? unknown : usage[found->second]);
  }
  std::stable_sort(result.findings.begin(), result.findings.end(), Before);
}

}  // namespace weir::rank
