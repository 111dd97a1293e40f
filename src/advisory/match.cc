#include "advisory/match.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "advisory/match_input.h"
#include "advisory/match_merge.h"
#include "advisory/match_rules.h"
#include "base/strings.h"
#include "model/purl.h"

namespace weir::advisory {
namespace {

using model::Package;
using model::PackageType;

// Work between giving index pages back: a look-up touches a few 64 KiB windows of the file, a finding more.
constexpr std::size_t kReleaseAfter = 64, kFindingCost = 4;

/// The name of a row in the coverage where no ecosystem's advisories follow the package.
std::string UncoveredName(const Package& package, const model::Distro& distro) {
  std::string type(model::PackageTypeName(package.type));
  if (!model::IsOsPackage(package.type)) return type;
  if (distro.empty()) return type + " (unknown distribution)";
  return distro.id + (distro.version_id.empty() ? "" : ":" + distro.version_id) + " (" + type + ")";
}

bool IsExtendedSupport(std::string_view version) {
  return version.find("esm") != std::string_view::npos || version.find("fips") != std::string_view::npos;
}

class Matcher {
 public:
  Matcher(const model::Sbom& sbom, const Index& index, const MatchOptions& options)
      : sbom_(sbom), index_(index), options_(options), merger_(index, options) {
    for (auto& [name, sources] : index.ecosystems()) known_.emplace(name, std::move(sources));
    for (const Package& package : sbom.packages) by_id_.emplace(package.id, &package);
  }

  /// Coverage and what was told of whole groups of packages, without findings.
  MatchResult CoverOnly() {
    cover_only_ = true;
    for (const Package& package : sbom_.packages) MatchPackage(package);
    Finish();
    return std::move(result_);
  }

  MatchResult Run() {
    std::size_t work = 0;
    for (const Package& package : sbom_.packages) {
      std::size_t before = result_.findings.size();
      MatchPackage(package);
      work += 1 + (result_.findings.size() - before) * kFindingCost;
      if (work < kReleaseAfter) continue;
      index_.ReleasePages();
      work = 0;
    }
    index_.ReleasePages();
    Finish();
    return std::move(result_);
  }

 private:
  model::Distro DistroOf(const Package& package) const { return DistroFor(package, sbom_.distro); }

  std::set<std::string> SourcesOf(const std::vector<Query>& queries) const {
    std::set<std::string> out;
    for (const Query& query : queries)
      if (auto known = known_.find(query.ecosystem); known != known_.end() && !query.paid)
        out.insert(known->second.begin(), known->second.end());
    return out;
  }

  void Cover(const Package& package, const std::string& ecosystem, const std::vector<Query>& queries,
             const model::Distro& distro) {
    model::Coverage& row = coverage_[ecosystem.empty() ? UncoveredName(package, distro) : ecosystem];
    ++row.packages;
    if (!row.sources.empty()) return;
    std::set<std::string> sources = SourcesOf(queries);
    row.sources.assign(sources.begin(), sources.end());
  }

  bool OwnerAnswers(const Package& package) {
    auto owner = by_id_.find(package.owned_by);
    if (owner == by_id_.end()) return false;
    model::Distro distro = DistroOf(*owner->second);
    std::string ecosystem = EcosystemOf(*owner->second, distro);
    if (AnswersForOwned(*owner->second, distro)) return true;
    if (!ecosystem.empty() || IsThirdParty(*owner->second, ecosystem)) return false;
    Tell(Code::kNotFound, "packages installed by packages of " + UncoveredName(*owner->second, distro) +
                              " were matched by themselves: there are no advisories of that distribution");
    return false;
  }

  void MatchPackage(const Package& package) {
    if (package.type == PackageType::kKernelModule) return;
    if (package.scope == model::Scope::kDeclared && !options_.match_declared) return;
    model::Distro distro = DistroOf(package);
    std::string ecosystem = EcosystemOf(package, distro);
    std::vector<Query> queries = QueriesOf(package, distro);
    if (!package.owned_by.empty() && OwnerAnswers(package)) return;
    Cover(package, ecosystem, queries, distro);
    if (queries.empty() || IsUnversionedGoMain(package)) return;
    if (IsThirdParty(package, ecosystem)) {
      const std::string& party = package.type == PackageType::kDeb ? package.origin : package.vendor;
      Tell(Code::kUnsupported,
           "packages of \"" + ToValidUtf8(party.substr(0, 100)) +
               "\" are not the distribution's, so its advisories were not applied to them");
      return;
    }
    if (cover_only_) return;
    Statements statements;
    Gather(package, queries, statements);
    if (package.type == PackageType::kApk && !package.cpes.empty()) AddCpeComplement(package, statements);
    merger_.Merge(package, std::move(statements), result_.findings);
  }

  /// The version's key in SCHEME; none where it cannot be read, which is told.
  const std::optional<std::string>& Key(const Package& package, Scheme scheme, const std::string& version) {
    for (const auto& [known_scheme, text, key] : keys_)
      if (known_scheme == scheme && text == version) return key;
    Result<std::string> key = version.empty() ? Err(Code::kMalformed, "") : EncodeVersion(scheme, version);
    if (!key) {
      std::string path = package.locations.empty() ? "" : package.locations.front().path;
      std::string what =
          version.empty() ? package.name + ": version unknown; there are advisories for it, none was checked"
                          : package.name + " " + version + ": not a " + std::string(SchemeName(scheme)) +
                                " version; advisories were checked for this exact text only";
      result_.problems.push_back({Code::kMalformed, path, ToValidUtf8(what.substr(0, 400)), 1});
    }
    keys_.emplace_back(scheme, version, key ? std::optional(std::move(*key)) : std::nullopt);
    return std::get<2>(keys_.back());
  }

  bool Holds(const Package& package, const Query& query, const AffectedView& record, Hit& hit) {
    std::optional<std::string> key = Key(package, record.scheme, query.version);
    std::size_t local = record.scheme == Scheme::kPep440 ? query.version.find('+') : std::string::npos;
    if (local == std::string::npos)
      return index_.Affects(record, query.version, key ? *key : "", &hit.range, &hit.fixed);
    // A local build ("2.1.0+cu118") is its public version, unless the advisory itself speaks of local builds.
    std::string release = query.version.substr(0, local);
    std::optional<std::string> public_key = Key(package, record.scheme, release);
    bool whole = index_.Affects(record, query.version, key ? *key : "", &hit.range, &hit.fixed);
    if (whole && hit.range.find('+') != std::string::npos) return true;
    return index_.Affects(record, release, public_key ? *public_key : "", &hit.range, &hit.fixed) &&
           hit.range.find('+') == std::string::npos;
  }

  void Gather(const Package& package, const std::vector<Query>& queries, Statements& out) {
    keys_.clear();
    bool extended = IsExtendedSupport(package.version);
    std::set<std::uint32_t> decided_own, decided_paid;
    bool has_paid = std::ranges::any_of(queries, &Query::paid);
    for (const Query& query : queries) {
      index_.ForEach(query.ecosystem, query.name, [&](const AffectedView& record) {
        if (!QualifiersAgree(record, query, package)) return;
        if (has_paid) (query.paid ? decided_paid : decided_own).insert(record.advisory);
        Hit hit;
        hit.kind = query.kind;
        hit.paid = query.paid;
        bool holds = Holds(package, query, record, hit);
        if (!holds) {
          if (!record.unaffected && !query.paid) out.misses.push_back(record.advisory);
          return;
        }
        if (record.unaffected) {
          out.cleared.push_back(record.advisory);
          return;
        }
        hit.record = record;
        if (record.has_go_imports)
          hit.symbols_absent = !HasVulnerableSymbol(index_.GoImports(record), package);
        out.hits.push_back(std::move(hit));
      });
    }
    std::erase_if(out.hits, [&](const Hit& hit) {
      // The stream that the package comes from decides; the other speaks where that one is silent.
      if (hit.paid ? !extended && decided_own.contains(hit.record.advisory)
                   : extended && decided_paid.contains(hit.record.advisory))
        return true;
      AdvisoryNames names = index_.Names(hit.record.advisory);
      return IsBugfixAdvisory(names.id) && merger_.OwnCves(names).empty() && names.related.empty();
    });
  }

  /// NVD's word on a package whose distribution has not spoken of that CVE at all.
  void AddCpeComplement(const Package& package, Statements& out) {
    Statements by_cpe;
    Gather(package, CpeQueriesOf(package), by_cpe);
    if (by_cpe.hits.empty()) return;
    std::set<std::string> spoken;
    auto add = [&](std::uint32_t advisory) {
      AdvisoryNames names = index_.Names(advisory);
      for (std::string_view cve : merger_.OwnCves(names)) spoken.emplace(cve);
      spoken.insert(names.related.begin(), names.related.end());
    };
    for (const Hit& hit : out.hits) add(hit.record.advisory);
    for (std::uint32_t advisory : out.misses) add(advisory);
    for (std::uint32_t advisory : out.cleared) add(advisory);
    for (Hit& hit : by_cpe.hits) {
      std::vector<std::string_view> own = merger_.OwnCves(index_.Names(hit.record.advisory));
      if (std::ranges::any_of(own, [&](std::string_view cve) { return spoken.contains(std::string(cve)); }))
        continue;
      hit.fixed.clear();  // upstream's version, not one of the distribution's
      out.hits.push_back(std::move(hit));
    }
  }

  void Tell(Code code, const std::string& message) {
    auto [at, fresh] = told_.emplace(message, model::Problem{code, "", message, 0});
    ++at->second.count;
  }

  void Finish() {
    auto finding_key = [](const model::Finding& f) {
      return std::tie(f.vulnerability.id, f.package_name, f.location, f.package_version, f.package_id);
    };
    std::ranges::sort(result_.findings,
                      [&](const auto& a, const auto& b) { return finding_key(a) < finding_key(b); });
    for (auto& [ecosystem, row] : coverage_) {
      row.ecosystem = ecosystem;
      row.starter_only = row.sources.size() == 1 && row.sources.front() == kStarterSource;
      result_.coverage.push_back(std::move(row));
    }
    for (auto& [message, problem] : told_) result_.problems.push_back(std::move(problem));
    std::ranges::sort(result_.problems, [](const model::Problem& a, const model::Problem& b) {
      return std::tie(a.path, a.message) < std::tie(b.path, b.message);
    });
  }

  const model::Sbom& sbom_;
  const Index& index_;
  MatchOptions options_;
  Merger merger_;
  MatchResult result_;
  bool cover_only_ = false;
  std::map<std::string, std::vector<std::string>, std::less<>> known_;  // ecosystem to sources
  std::map<std::string_view, const Package*> by_id_;
  std::map<std::string, model::Coverage> coverage_;
  std::map<std::string, model::Problem> told_;
  std::vector<std::tuple<Scheme, std::string, std::optional<std::string>>> keys_;  // of the package at hand
};

}  // namespace

MatchResult Match(const model::Sbom& sbom, const Index& index, const MatchOptions& options) {
  return Matcher(sbom, index, options).Run();
}

MatchResult CoverageOf(const model::Sbom& sbom, const Index& index, const MatchOptions& options) {
  return Matcher(sbom, index, options).CoverOnly();
}

}  // namespace weir::advisory
