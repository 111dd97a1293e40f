// Matches: which vulnerabilities a distinct package has. Written by the match
// service only. Threading: as Reader and Transaction.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/finding.h"
#include "model/sbom.h"
#include "store/ids.h"
#include "store/store.h"

namespace weir::store {

enum class MatchState : std::uint8_t { kStands, kClosed, kRetired };

/// What findings of a match need to know of it.
struct MatchRef {
  MatchId id = 0;
  PackageId package = 0;
  VulnerabilityId vulnerability = 0;
  model::Severity severity = model::Severity::kUnknown;
  bool known_exploited = false, fixable = false;
  bool was_exploited = false;  // before the change at hand: its findings are counted so
  bool closed = false;         // it does not apply
  bool fresh = false;          // made in this transaction: there are no findings of it yet
};

/// Of a row whose first columns are id, package, vulnerability, severity, flags, state.
MatchRef RefFromRow(const Statement& row);

struct StoredMatch {
  MatchRef ref;
  std::string name;        // of the vulnerability
  std::uint64_t hash = 0;  // of the finding it was made from
};

/// Of everything that is stored of FINDING.
std::uint64_t ContentHash(const model::Finding& finding);

/// Those of PACKAGE that stand or are closed.
Result<std::vector<StoredMatch>> MatchesOf(Reader& r, PackageId package);
/// As MatchesOf for each of PACKAGES, without names and hashes. FN(package's index, ref).
Result<void> ForEachMatch(Reader& r, std::span<const PackageId> packages,
                          const std::function<void(std::size_t, const MatchRef&)>& fn);
/// The finding as matching made it, with its package's name, version and type; without location and rank.
Result<model::Finding> LoadMatch(Reader& r, MatchId match);

/// Writes matches; knows what it has written before, so that shared texts are looked up once.
class MatchWriter {
 public:
  explicit MatchWriter(Transaction& t) : t_(t) {}
  /// A match of PACKAGE that does not stand yet.
  Result<MatchRef> Add(PackageId package, const model::Finding& finding);
  /// OLD says something else now; REF of the result has was_exploited of the old one.
  Result<MatchRef> Update(PackageId package, const StoredMatch& old, const model::Finding& finding);
  /// Its findings must have been resolved.
  Result<void> Retire(const MatchRef& match);
  /// Matching of PACKAGE is done against the index GENERATION.
  Result<void> SetMatched(PackageId package, std::uint64_t generation,
                          std::span<const model::Problem> problems);
  /// Brings what is derived from matches up to date. Call once at the end.
  Result<void> Finish();

 private:
  Result<VulnerabilityId> PutVulnerability(const model::Finding& finding);
  Result<std::int64_t> PutText(const model::Vulnerability& vulnerability);
  Result<void> PutDetail(MatchId match, const model::Finding& finding);

  Transaction& t_;
  std::unordered_map<std::uint64_t, std::int64_t> texts_;             // by Hash64 of the bytes
  std::unordered_map<std::string, VulnerabilityId> vulnerabilities_;  // written by this writer
  std::unordered_set<VulnerabilityId> changed_;
};

/// Drops texts that no match has any more.
Result<void> PruneTexts(Transaction& t);

/// What could not be matched in PACKAGES.
Result<std::vector<model::Problem>> MatchProblemsOf(Reader& r, std::span<const PackageId> packages);

}  // namespace weir::store
