// From records that hold a package's version to findings, one for each weakness.
//
// A weakness is what its names say: advisories that are aliases of each other are
// one; a distribution's advisory that fixes five CVEs is five. Where a record of
// one CVE says that the version is not affected, a bulk advisory that merely lists
// the CVE does not overrule it, nor does our own starter set.
// Threading: a Merger belongs to one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "advisory/match.h"
#include "model/finding.h"

namespace weir::advisory {

/// A record that holds the package's version.
struct Hit {
  AffectedView record;
  model::MatchKind kind = model::MatchKind::kDirect;
  bool paid = false;            // of an extended-support stream
  bool symbols_absent = false;  // the program has none of the vulnerable functions
  std::string range;
  std::vector<std::string> fixed;
};

/// All that the index says about one package.
struct Statements {
  std::vector<Hit> hits;
  std::vector<std::uint32_t> misses;   // advisories with records that do not hold the version
  std::vector<std::uint32_t> cleared;  // advisories that say the package never had it
};

inline constexpr std::string_view kStarterSource = "starter";

class Merger {
 public:
  Merger(const Index& index, const MatchOptions& options) : index_(index), options_(options) {}
  void Merge(const model::Package& package, Statements statements, std::vector<model::Finding>& out);
  /// The CVEs that an advisory is about, and only those it is wholly about.
  std::vector<std::string_view> OwnCves(const AdvisoryNames& names) const;

 private:
  struct Unit;
  std::vector<Unit> UnitsOf(const Statements& statements) const;
  void DropOverruled(const Statements& statements, std::vector<Unit>& units) const;
  model::Finding MakeFinding(const model::Package& package, const std::vector<const Unit*>& group);
  void FillVulnerability(const std::vector<const Unit*>& group, bool by_cve, model::Vulnerability& out);
  const model::Vulnerability& FactsOfCve(const std::string& cve);

  const Index& index_;
  MatchOptions options_;
  std::map<std::string, model::Vulnerability, std::less<>> cve_facts_;
};

}  // namespace weir::advisory
