// Source: FIRST, "A Complete Guide to the Common Vulnerability Scoring System 2.0", section 3.2.
#include <array>
#include <cmath>

#include "model/cvss/metrics.h"

namespace weir::model {
namespace {

constexpr std::array kRules = {
    MetricRule{"AV", "L A N", true}, MetricRule{"AC", "H M L", true},     MetricRule{"Au", "M S N", true},
    MetricRule{"C", "N P C", true},  MetricRule{"I", "N P C", true},      MetricRule{"A", "N P C", true},
    MetricRule{"E", "U POC F H ND"}, MetricRule{"RL", "OF TF W U ND"},    MetricRule{"RC", "UC UR C ND"},
    MetricRule{"TD", "N L M H ND"},  MetricRule{"CDP", "N L LM MH H ND"}, MetricRule{"CR", "L M H ND"},
    MetricRule{"IR", "L M H ND"},    MetricRule{"AR", "L M H ND"},
};

double Access(std::string_view v) { return v == "N" ? 1.0 : v == "A" ? 0.646 : 0.395; }
double Complexity(std::string_view v) { return v == "L" ? 0.71 : v == "M" ? 0.61 : 0.35; }
double Authentication(std::string_view v) { return v == "N" ? 0.704 : v == "S" ? 0.56 : 0.45; }
double Loss(std::string_view v) { return v == "C" ? 0.660 : v == "P" ? 0.275 : 0.0; }

}  // namespace

std::span<const MetricRule> Cvss2Rules() { return kRules; }

double Cvss2Score(const Metrics& m) {
  const double impact =
      10.41 * (1 - (1 - Loss(m.Get("C"))) * (1 - Loss(m.Get("I"))) * (1 - Loss(m.Get("A"))));
  if (impact == 0) return 0;
  const double exploitability =
      20 * Access(m.Get("AV")) * Complexity(m.Get("AC")) * Authentication(m.Get("Au"));
  const double score = (0.6 * impact + 0.4 * exploitability - 1.5) * 1.176;
  // To one decimal, half up; the small value undoes what binary fractions lose.
  return std::floor(score * 10 + 0.5 + 1e-9) / 10;
}

}  // namespace weir::model
