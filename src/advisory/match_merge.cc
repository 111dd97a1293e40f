#include "advisory/match_merge.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "advisory/distro_ecosystem.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::FixState;
using model::Severity;

/// "CVE-2023-1234" itself, or out of "UBUNTU-CVE-2023-1234"; else empty.
std::string_view CveIn(std::string_view id) {
  std::size_t at = id.find("CVE-");
  if (at == std::string_view::npos || (at > 0 && id[at - 1] != '-')) return {};
  return id.substr(at);
}

bool IsCve(std::string_view id) { return id.starts_with("CVE-"); }

/// Which database's id people of an ecosystem know a weakness by; lower is better.
int IdRank(std::string_view ecosystem, std::string_view id) {
  if (ecosystem == "Go" && id.starts_with("GO-")) return 0;
  if (ecosystem == "crates.io" && id.starts_with("RUSTSEC-")) return 0;
  if (id.starts_with("GHSA-")) return 1;
  if (id.starts_with("PYSEC-")) return 2;
  return IsCve(id) ? 4 : 3;
}

bool IsLanguage(std::string_view ecosystem) { return ecosystem != "CPE" && !IsDistroEcosystem(ecosystem); }

/// Sets of names that belong together.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t Find(std::size_t at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  void Join(std::size_t a, std::size_t b) {
    std::size_t x = Find(a), y = Find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  std::vector<std::size_t> parent_;
};

void SortVersions(Scheme scheme, std::vector<std::string>& versions) {
  std::ranges::sort(versions);
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  std::ranges::stable_sort(versions, [&](const std::string& a, const std::string& b) {
    Result<std::strong_ordering> order = CompareVersions(scheme, a, b);
    return order && *order < 0;
  });
}

}  // namespace

/// One hit as far as it speaks of one weakness.
struct Merger::Unit {
  const Hit* hit = nullptr;
  AdvisoryNames advisory;
  std::vector<std::string_view> names;  // that join units
  bool specific = true;                 // false: a CVE out of an advisory about several
  bool starter = false;
};

std::vector<std::string_view> Merger::OwnCves(const AdvisoryNames& names) const {
  std::vector<std::string_view> out;
  if (std::string_view cve = CveIn(names.id); !cve.empty()) out.push_back(cve);
  for (std::string_view alias : names.aliases)
    if (std::string_view cve = CveIn(alias); !cve.empty()) out.push_back(cve);
  return out;
}

std::vector<Merger::Unit> Merger::UnitsOf(const Statements& statements) const {
  std::vector<Unit> out;
  for (const Hit& hit : statements.hits) {
    Unit unit;
    unit.hit = &hit;
    unit.advisory = index_.Names(hit.record.advisory);
    unit.starter = unit.advisory.source == kStarterSource;
    std::vector<std::string_view> own = OwnCves(unit.advisory);
    if (own.empty() && !IsLanguage(hit.record.ecosystem)) {
      unit.specific = false;
      for (std::string_view related : unit.advisory.related) {
        if (!IsCve(related)) continue;
        unit.names = {related};
        out.push_back(unit);
      }
      if (!unit.names.empty()) continue;
      unit.specific = true;
    }
    unit.names = {unit.advisory.id};
    unit.names.insert(unit.names.end(), unit.advisory.aliases.begin(), unit.advisory.aliases.end());
    unit.names.insert(unit.names.end(), own.begin(), own.end());
    out.push_back(std::move(unit));
  }
  return out;
}

void Merger::DropOverruled(const Statements& statements, std::vector<Unit>& units) const {
  std::set<std::string_view> cleared, missed;
  for (std::uint32_t advisory : statements.cleared) {
    AdvisoryNames names = index_.Names(advisory);
    cleared.insert(names.id);
    cleared.insert(names.aliases.begin(), names.aliases.end());
    for (std::string_view cve : OwnCves(names)) cleared.insert(cve);
    if (!IsCve(names.id)) cleared.insert(names.related.begin(), names.related.end());
  }
  bool weak = std::ranges::any_of(units, [](const Unit& unit) { return !unit.specific || unit.starter; });
  std::set<std::uint32_t> hit;
  for (const Unit& unit : units) hit.insert(unit.hit->record.advisory);
  for (std::uint32_t advisory : statements.misses) {
    if (!weak || hit.contains(advisory)) continue;
    AdvisoryNames names = index_.Names(advisory);
    if (names.source == kStarterSource) continue;
    for (std::string_view cve : OwnCves(names)) missed.insert(cve);
  }
  std::erase_if(units, [&](const Unit& unit) {
    auto in = [](const std::set<std::string_view>& set) {
      return [&set](std::string_view name) { return set.contains(name); };
    };
    if (std::ranges::any_of(unit.names, in(cleared))) return true;
    return (!unit.specific || unit.starter) && std::ranges::any_of(unit.names, in(missed));
  });
}

void Merger::Merge(const model::Package& package, Statements statements, std::vector<model::Finding>& out) {
  if (statements.hits.empty()) return;
  std::vector<Unit> units = UnitsOf(statements);
  DropOverruled(statements, units);
  Groups groups(units.size());
  std::unordered_map<std::string_view, std::size_t> first_with;
  for (std::size_t i = 0; i < units.size(); ++i)
    for (std::string_view name : units[i].names) groups.Join(i, first_with.emplace(name, i).first->second);
  std::map<std::size_t, std::vector<const Unit*>> sets;
  for (std::size_t i = 0; i < units.size(); ++i) sets[groups.Find(i)].push_back(&units[i]);
  for (auto& [root, group] : sets) {
    auto order = [](const Unit* unit) {
      return std::tuple(unit->hit->paid, !unit->specific, unit->starter, unit->hit->kind,
                        IdRank(unit->hit->record.ecosystem, unit->advisory.id), unit->advisory.id);
    };
    std::ranges::stable_sort(group, [&](const Unit* a, const Unit* b) { return order(a) < order(b); });
    out.push_back(MakeFinding(package, group));
  }
}

/// What other records say of a CVE: a score, a summary, links.
const model::Vulnerability& Merger::FactsOfCve(const std::string& cve) {
  if (auto known = cve_facts_.find(cve); known != cve_facts_.end()) return known->second;
  model::Vulnerability facts;
  std::vector<std::uint32_t> about = index_.FindById(cve);
  // Records named by the CVE first, then those that are its aliases; advisories that list it say nothing of
  // it alone.
  for (bool by_id : {true, false}) {
    for (std::uint32_t advisory : about) {
      AdvisoryNames names = index_.Names(advisory);
      bool alias = std::ranges::find(names.aliases, std::string_view(cve)) != names.aliases.end();
      if (by_id ? names.id != cve : !alias) continue;
      model::Vulnerability other = index_.GetVulnerability(advisory);
      if (facts.cvss.empty()) facts.cvss = std::move(other.cvss);
      if (facts.summary.empty()) facts.summary = std::move(other.summary);
      if (facts.cwes.empty()) facts.cwes = std::move(other.cwes);
      if (facts.references.empty()) facts.references = std::move(other.references);
      if (facts.published.empty()) facts.published = std::move(other.published);
    }
  }
  return cve_facts_.emplace(cve, std::move(facts)).first->second;
}

void Merger::FillVulnerability(const std::vector<const Unit*>& group, bool by_cve,
                               model::Vulnerability& out) {
  out = index_.GetVulnerability(group.front()->hit->record.advisory);
  std::set<std::string> names;
  for (const Unit* unit : group) {
    names.insert(std::string(unit->advisory.id));
    names.insert(unit->names.begin(), unit->names.end());
  }
  auto cve = std::ranges::find_if(names, [](const std::string& name) { return IsCve(name); });
  if (by_cve && cve != names.end()) out.id = *cve;
  out.aliases.clear();
  for (const std::string& name : names)
    if (name != out.id) out.aliases.push_back(name);

  if (cve != names.end() && (out.cvss.empty() || !group.front()->specific)) {
    const model::Vulnerability& facts = FactsOfCve(*cve);
    bool bulk = !group.front()->specific;  // what it says is of all its CVEs together
    if (!facts.cvss.empty() && (bulk || out.cvss.empty())) out.cvss = facts.cvss;
    if (!facts.summary.empty() && (bulk || out.summary.empty())) out.summary = facts.summary;
    if (!facts.cwes.empty() && (bulk || out.cwes.empty())) out.cwes = facts.cwes;
    if (out.references.empty()) out.references = facts.references;
    if (out.published.empty()) out.published = facts.published;
  }

  out.known_exploited = out.ransomware = false;
  out.known_exploited_since.clear();
  out.epss.reset();
  out.epss_percentile.reset();
  index_.JoinExploitation(out);
}

namespace {

struct Word {
  Severity severity = Severity::kUnknown;
  std::string source;
};

}  // namespace

model::Finding Merger::MakeFinding(const model::Package& package, const std::vector<const Unit*>& group) {
  const Unit& main = *group.front();
  const AffectedView& record = main.hit->record;
  model::Finding out;
  FillVulnerability(group, options_.by_cve || !IsLanguage(record.ecosystem), out.vulnerability);

  // The word for this package on this distribution, then the source's for the weakness, then the score.
  Word word;
  for (const Unit* unit : group)
    if (word.severity == Severity::kUnknown)
      word = {unit->hit->record.severity, std::string(unit->advisory.source)};
  auto take = [&](const model::Vulnerability& said) {
    if (word.severity == Severity::kUnknown && !said.severity_source.starts_with("cvss"))
      word = {said.severity, said.severity_source};
  };
  take(out.vulnerability);
  for (std::size_t i = 1; i < group.size() && word.severity == Severity::kUnknown; ++i)
    take(index_.GetVulnerability(group[i]->hit->record.advisory));
  if (word.severity == Severity::kUnknown && !out.vulnerability.cvss.empty()) {
    const model::Cvss& best = out.vulnerability.cvss.front();
    word = {model::SeverityOfScore(best.base_score), "cvss " + best.version};
  }
  out.vulnerability.severity = word.severity;
  out.vulnerability.severity_source = word.severity == Severity::kUnknown ? "" : word.source;

  out.package_id = package.id;
  out.package_name = package.name;
  out.package_version = package.version;
  out.package_type = package.type;
  if (!package.locations.empty()) out.location = package.locations.front();
  out.match = main.hit->kind;
  out.matched_name = record.name;
  out.matched_ecosystem = record.ecosystem;
  out.affected_range = main.hit->range;

  // Fixes by records about this weakness alone count before those of bulk advisories.
  for (bool specific : {true, false}) {
    for (const Unit* unit : group)
      if (unit->specific == specific && unit->hit->paid == main.hit->paid)
        out.fixed_versions.insert(out.fixed_versions.end(), unit->hit->fixed.begin(), unit->hit->fixed.end());
    if (!out.fixed_versions.empty()) break;
  }
  SortVersions(record.scheme, out.fixed_versions);
  if (!out.fixed_versions.empty()) {
    out.fix_state = FixState::kFixed;
  } else {
    for (const Unit* unit : group)
      if (out.fix_state == FixState::kUnknown && unit->hit->record.fix_state != FixState::kFixed)
        out.fix_state = unit->hit->record.fix_state;
    bool open_end = out.affected_range.find('<') == std::string::npos && !out.affected_range.starts_with('=');
    if (out.fix_state == FixState::kUnknown && open_end) out.fix_state = FixState::kNotFixed;
  }

  auto absent = std::ranges::find_if(group, [](const Unit* unit) { return unit->hit->symbols_absent; });
  if (absent != group.end()) {
    out.status = model::FindingStatus::kNotAffected;
    out.status_reason = "the program has none of the vulnerable functions that " +
                        std::string((*absent)->advisory.id) + " names";
  }
  return out;
}

}  // namespace weir::advisory
