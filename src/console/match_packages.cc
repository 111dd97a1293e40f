#include "console/match_packages.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "advisory/match.h"
#include "advisory/match_input.h"
#include "base/strings.h"

namespace weir::console {
namespace {

using model::Finding;
using store::DistinctPackage;

bool NamesShared(const model::Vulnerability& a, const model::Vulnerability& b) {
  auto known = [&](const std::string& name) {
    return name == a.id || std::ranges::find(a.aliases, name) != a.aliases.end();
  };
  return known(b.id) || std::ranges::any_of(b.aliases, known);
}

/// One SBOM for each distribution, its packages named by their place in PACKAGES.
std::vector<model::Sbom> SbomsOf(std::span<const DistinctPackage> packages) {
  std::vector<model::Sbom> out;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> by_distro;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    const DistinctPackage& value = packages[i];
    if (value.answered_by_owner) continue;
    std::tuple key(value.distro.id, value.distro.version_id, value.distro.codename);
    auto [at, fresh] = by_distro.emplace(std::move(key), out.size());
    if (fresh) out.emplace_back().distro = value.distro;
    model::Package& package = out[at->second].packages.emplace_back(value.package);
    package.id = std::to_string(i);
    package.locations = {{package.id, ""}};  // so that a problem tells whose it is
  }
  return out;
}

void MatchInto(std::span<const DistinctPackage> packages, const advisory::Index& index,
               std::vector<PackageMatches>& out) {
  for (const model::Sbom& sbom : SbomsOf(packages)) {
    advisory::MatchResult result = advisory::Match(sbom, index, {});
    for (model::Problem& problem : result.problems) {
      std::size_t at = ParseUint(problem.path).value_or(out.size());
      if (problem.code != Code::kMalformed || at >= out.size()) continue;
      problem.path.clear();
      out[at].problems.push_back(std::move(problem));
    }
    for (Finding& finding : result.findings) {
      std::size_t at = ParseUint(finding.package_id).value_or(out.size());
      if (at >= out.size()) continue;
      finding.location = {};
      auto same = [&](const Finding& other) { return other.vulnerability.id == finding.vulnerability.id; };
      if (std::ranges::none_of(out[at].findings, same)) out[at].findings.push_back(std::move(finding));
    }
  }
}

}  // namespace

std::vector<DistinctPackage> DistinctPackagesOf(const model::Sbom& sbom) {
  std::unordered_map<std::string_view, const model::Package*> by_id;
  for (const model::Package& package : sbom.packages) by_id.emplace(package.id, &package);
  std::vector<DistinctPackage> out;
  out.reserve(sbom.packages.size());
  for (const model::Package& package : sbom.packages) {
    DistinctPackage value;
    value.package = advisory::MatchInput(package);
    if (model::IsOsPackage(package.type)) {
      value.distro = advisory::DistroFor(package, sbom.distro);
      value.distro.pretty_name.clear();
    }
    auto owner = by_id.find(package.owned_by);
    if (!package.owned_by.empty() && owner != by_id.end()) {
      model::Distro distro = advisory::DistroFor(*owner->second, sbom.distro);
      value.answered_by_owner = advisory::AnswersForOwned(*owner->second, distro);
    }
    value.names = advisory::LookupNames(package, value.distro);
    out.push_back(std::move(value));
  }
  return out;
}

Joined JoinImported(const Finding& known, Finding& imported) {
  const model::Vulnerability& old = known.vulnerability;
  model::Vulnerability& now = imported.vulnerability;
  if (old.id != now.id) return NamesShared(old, now) ? Joined::kKnown : Joined::kNew;
  if (now.summary.empty()) now.summary = old.summary;
  if (now.cvss.empty()) now.cvss = old.cvss;
  if (now.cwes.empty()) now.cwes = old.cwes;
  if (now.references.empty()) now.references = old.references;
  if (now.published.empty()) now.published = old.published;
  if (now.severity == model::Severity::kUnknown) {
    now.severity = old.severity;
    now.severity_source = old.severity_source;
  }
  for (const std::string& alias : old.aliases)
    if (std::ranges::find(now.aliases, alias) == now.aliases.end()) now.aliases.push_back(alias);
  std::ranges::sort(now.aliases);
  return Joined::kReplaces;
}

std::vector<PackageMatches> MatchPackages(std::span<const DistinctPackage> packages,
                                          const advisory::Index& index, const advisory::Index* imported) {
  std::vector<PackageMatches> out(packages.size());
  MatchInto(packages, index, out);
  if (imported == nullptr) return out;
  std::vector<PackageMatches> more(packages.size());
  MatchInto(packages, *imported, more);
  for (std::size_t i = 0; i < more.size(); ++i) {
    for (Finding& finding : more[i].findings) {
      index.JoinExploitation(finding.vulnerability);
      std::vector<Finding>& known = out[i].findings;
      Joined joined = Joined::kNew;
      for (Finding& old : known) {
        joined = JoinImported(old, finding);
        if (joined == Joined::kReplaces) old = finding;
        if (joined != Joined::kNew) break;
      }
      if (joined == Joined::kNew) known.push_back(std::move(finding));
    }
  }
  return out;
}

}  // namespace weir::console
