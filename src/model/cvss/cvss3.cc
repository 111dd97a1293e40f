// Source: FIRST, "CVSS v3.1 Specification Document", section 7.1 and appendix A. The base score
// of 3.0 differs in its rounding only, and 3.1's gives 3.0's intended result.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/cvss/metrics.h"

namespace weir::model {
namespace {

constexpr std::array kRules = {
    MetricRule{"AV", "N A L P", true}, MetricRule{"AC", "L H", true},  MetricRule{"PR", "N L H", true},
    MetricRule{"UI", "N R", true},     MetricRule{"S", "U C", true},   MetricRule{"C", "N L H", true},
    MetricRule{"I", "N L H", true},    MetricRule{"A", "N L H", true}, MetricRule{"E", "X U P F H"},
    MetricRule{"RL", "X O T W U"},     MetricRule{"RC", "X U R C"},    MetricRule{"CR", "X L M H"},
    MetricRule{"IR", "X L M H"},       MetricRule{"AR", "X L M H"},    MetricRule{"MAV", "X N A L P"},
    MetricRule{"MAC", "X L H"},        MetricRule{"MPR", "X N L H"},   MetricRule{"MUI", "X N R"},
    MetricRule{"MS", "X U C"},         MetricRule{"MC", "X N L H"},    MetricRule{"MI", "X N L H"},
    MetricRule{"MA", "X N L H"},
};

double Vector(std::string_view v) { return v == "N" ? 0.85 : v == "A" ? 0.62 : v == "L" ? 0.55 : 0.2; }
double Complexity(std::string_view v) { return v == "L" ? 0.77 : 0.44; }
double Privileges(std::string_view v, bool changed) {
  if (v == "N") return 0.85;
  if (v == "L") return changed ? 0.68 : 0.62;
  return changed ? 0.5 : 0.27;
}
double Interaction(std::string_view v) { return v == "N" ? 0.85 : 0.62; }
double Loss(std::string_view v) { return v == "H" ? 0.56 : v == "L" ? 0.22 : 0.0; }

/// Appendix A: the smallest one-decimal number that is not below, free of binary noise.
double RoundUp(double score) {
  const long scaled = std::lround(score * 100000);
  const long tenths = scaled / 10000 + (scaled % 10000 == 0 ? 0 : 1);
  return static_cast<double>(tenths) / 10;
}

}  // namespace

std::span<const MetricRule> Cvss3Rules() { return kRules; }

double Cvss3Score(const Metrics& m) {
  const bool changed = m.Get("S") == "C";
  const double loss = 1 - (1 - Loss(m.Get("C"))) * (1 - Loss(m.Get("I"))) * (1 - Loss(m.Get("A")));
  const double impact = changed ? 7.52 * (loss - 0.029) - 3.25 * std::pow(loss - 0.02, 15) : 6.42 * loss;
  if (impact <= 0) return 0;
  const double exploitability = 8.22 * Vector(m.Get("AV")) * Complexity(m.Get("AC")) *
                                Privileges(m.Get("PR"), changed) * Interaction(m.Get("UI"));
  return RoundUp(std::min((changed ? 1.08 : 1.0) * (impact + exploitability), 10.0));
}

}  // namespace weir::model
