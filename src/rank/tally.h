// A score as it grows factor by factor. Threading: one thread a Tally.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "model/finding.h"
#include "model/runtime.h"
#include "rank/factors.h"

namespace weir::rank {

/// VALUE with DECIMALS digits behind the point.
std::string Number(double value, int decimals = 1);
/// The base score, on the scale of CVSS, that a word alone stands for; 5 for no word.
double MiddleOfWord(model::Severity severity);
const Factor& ListeningFactor(model::AddressScope scope);

/// A reason's points are what its factor changed in the rounded score, so that they always add up to it.
class Tally {
 public:
  void SetImpact(double impact) { impact_ = impact; }
  void SetChance(double chance) { miss_ = 1 - chance; }
  void SetUse(double use) { use_ = use; }
  void Apply(double weight, double lift) {
    miss_ *= 1 - weight;
    impact_ = 1 - (1 - impact_) * (1 - lift);
  }
  void Record(std::string_view factor, std::string detail);
  void Add(const Factor& factor, std::string detail) {
    Apply(factor.weight, factor.lift);
    Record(factor.name, std::move(detail));
  }
  void Add(const Discount& discount, std::string detail) {
    use_ *= discount.times;
    Record(discount.name, std::move(detail));
  }
  /// Without rounding: for comparing.
  double Exact() const { return 100 * impact_ * (1 - miss_) * use_; }
  model::Rank Take() { return std::move(rank_); }

 private:
  double impact_ = 0, miss_ = 1, use_ = 1;
  model::Rank rank_;
};

}  // namespace weir::rank
