// Writes findings, and keeps every count that is derived from them exact: of assets,
// matches, vulnerabilities and the day's trend.
//
//   FindingWriter writer(t);
//   WEIR_TRY(writer.Put(match, asset, score, level));
//   WEIR_TRY(writer.Finish());
//
// One writer writes a finding at most once. Threading: as its transaction.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/usage.h"
#include "store/findings.h"
#include "store/matches.h"
#include "store/row_flags.h"

namespace weir::store {

class FindingWriter {
 public:
  /// kBulk: a vulnerability's number of assets, and maxima that fall, are left for RecountFindings.
  enum class Mode : std::uint8_t { kExact, kBulk };
  explicit FindingWriter(Transaction& t, Mode mode = Mode::kExact);
  ~FindingWriter();
  FindingWriter(const FindingWriter&) = delete;
  FindingWriter& operator=(const FindingWriter&) = delete;

  enum class Effect : std::uint8_t { kNone, kOpened, kChanged };
  /// The finding of MATCH on ASSET is there, with this score (0..100). kOpened: there is one more to work on.
  Result<Effect> Put(const MatchRef& match, AssetId asset, double score, model::Usage::Level level);
  /// It is no longer there. True where it was open.
  Result<bool> Resolve(const MatchRef& match, AssetId asset, ResolvedReason reason);
  /// Tests it against the masks again.
  Result<void> Recheck(const MatchRef& match, AssetId asset);
  /// What ASSET's open findings are, by vulnerability, when everything was written: spares a look for each.
  void KnowOpen(AssetId asset, std::unordered_map<VulnerabilityId, std::int64_t> open);
  Transaction& transaction();
  /// Whether a finding is hidden by a mask.
  Result<bool> IsMasked(const MatchRef& match, AssetId asset);

  /// Brings the counts up to date. Call once.
  Result<void> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What kBulk has left, for vulnerabilities from FIRST on, COUNT of them, by id. Gives the next FIRST; 0 =
/// done, and then the assets' maxima are right as well.
Result<VulnerabilityId> RecountFindings(Transaction& t, VulnerabilityId first, std::size_t count);

/// The highest score of ASSET's open findings, in tenths, from the findings themselves.
Result<std::int64_t> MaxScoreOf(Reader& r, AssetId asset);

}  // namespace weir::store
