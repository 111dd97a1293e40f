#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "advisory/ignore.h"
#include "advisory/vex_product.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::FindingStatus;

class VexApplier {
 public:
  explicit VexApplier(model::ScanResult& result) : result_(result) {
    const model::Sbom& sbom = result.sbom;
    for (std::size_t i = 0; i < sbom.packages.size(); ++i) by_id_.emplace(sbom.packages[i].id, i);
    purls_.resize(sbom.packages.size());
    for (const model::Relation& relation : sbom.relations)
      if (relation.kind == model::RelationKind::kContains && !relation.from.empty())
        containers_[relation.to].push_back(relation.from);
    for (std::size_t i = 0; i < result.findings.size(); ++i) {
      const model::Vulnerability& vulnerability = result.findings[i].vulnerability;
      by_name_[ToLower(vulnerability.id)].insert(i);
      for (const std::string& alias : vulnerability.aliases) by_name_[ToLower(alias)].insert(i);
    }
  }

  void Apply(const VexStatement& statement) {
    std::set<std::size_t> findings;
    auto add = [&](std::string_view name) {
      if (auto known = by_name_.find(ToLower(name)); known != by_name_.end())
        findings.insert(known->second.begin(), known->second.end());
    };
    add(statement.vulnerability);
    for (const std::string& alias : statement.aliases) add(alias);
    if (findings.empty()) return;
    std::vector<VexProduct> products(statement.products.begin(), statement.products.end());
    std::vector<VexProduct> parts(statement.subcomponents.begin(), statement.subcomponents.end());
    for (std::size_t i : findings)
      if (Concerns(products, parts, result_.findings[i])) Mark(statement, result_.findings[i]);
  }

 private:
  const model::Purl& PurlOf(std::size_t package) {
    std::optional<model::Purl>& purl = purls_[package];
    if (!purl) {
      const model::Package& p = result_.sbom.packages[package];
      Result<model::Purl> parsed =
          model::ParsePurl(p.purl.empty() ? model::BuildPurl(p, result_.sbom.distro) : p.purl);
      purl = parsed ? std::move(*parsed) : model::Purl{};
    }
    return *purl;
  }

  bool Names(const VexProduct& product, std::size_t package) {
    return product.IsPackage(result_.sbom.packages[package], PurlOf(package));
  }

  /// The package of a finding and all that it lies in: jar, war, program.
  std::vector<std::size_t> WithContainers(const std::string& id) const {
    std::vector<std::string> open = {id};
    std::set<std::string> seen = {id};
    std::vector<std::size_t> out;
    while (!open.empty()) {
      std::string at = std::move(open.back());
      open.pop_back();
      if (auto package = by_id_.find(at); package != by_id_.end()) out.push_back(package->second);
      auto outer = containers_.find(at);
      if (outer == containers_.end()) continue;
      for (const std::string& from : outer->second)
        if (seen.insert(from).second) open.push_back(from);
    }
    return out;
  }

  bool IsAsset(const std::vector<VexProduct>& products) const {
    return std::ranges::any_of(products, [&](const VexProduct& product) {
      return product.IsAsset(result_.sbom.asset, result_.sbom.distro);
    });
  }

  bool NamesAny(const std::vector<VexProduct>& products, const std::vector<std::size_t>& packages) {
    return std::ranges::any_of(products, [&](const VexProduct& product) {
      return std::ranges::any_of(packages, [&](std::size_t package) { return Names(product, package); });
    });
  }

  /// A product that is a package somewhere else in the asset says nothing of this finding, unless the SBOM
  /// does not tell what lies in it.
  bool IsPackageWithoutContents(const std::vector<VexProduct>& products) {
    std::set<std::string_view> outer;
    for (const auto& [to, from] : containers_) outer.insert(from.begin(), from.end());
    for (std::size_t i = 0; i < result_.sbom.packages.size(); ++i)
      if (!outer.contains(result_.sbom.packages[i].id) && NamesAny(products, {i})) return true;
    return false;
  }

  bool Concerns(const std::vector<VexProduct>& products, const std::vector<VexProduct>& parts,
                const model::Finding& finding) {
    std::vector<std::size_t> chain = WithContainers(finding.package_id);
    if (parts.empty()) return IsAsset(products) || NamesAny(products, chain);
    if (!NamesAny(parts, chain)) return false;
    return IsAsset(products) || NamesAny(products, chain) || IsPackageWithoutContents(products);
  }

  static void Mark(const VexStatement& statement, model::Finding& finding) {
    if (finding.status == FindingStatus::kIgnored) return;  // the user's own rule stands
    std::string reason = "VEX: " + ReplaceAll(statement.status, "_", " ");
    if (!statement.justification.empty()) reason += ", " + ReplaceAll(statement.justification, "_", " ");
    if (!statement.statement.empty()) reason += ": " + statement.statement;
    finding.status_reason = std::move(reason);
    if (statement.status == "not_affected") {
      finding.status = FindingStatus::kNotAffected;
    } else if (statement.status == "fixed") {
      finding.status = FindingStatus::kFixedByVex;
    } else if (statement.status == "under_investigation") {
      finding.status = FindingStatus::kUnderInvestigation;
    } else {
      finding.status = FindingStatus::kOpen;
    }
  }

  model::ScanResult& result_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::map<std::string, std::vector<std::string>> containers_;  // package id to those that contain it
  std::map<std::string, std::set<std::size_t>> by_name_;        // lower-cased vulnerability id to findings
  std::vector<std::optional<model::Purl>> purls_;
};

}  // namespace

void ApplyVex(const std::vector<VexStatement>& statements, model::ScanResult& result) {
  VexApplier applier(result);
  for (const VexStatement& statement : statements) applier.Apply(statement);
}

}  // namespace weir::advisory
