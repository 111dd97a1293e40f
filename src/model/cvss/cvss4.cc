// Source: FIRST, "CVSS v4.0 Specification Document", section 8. A vector's score is that of its
// MacroVector, less the mean over the equivalence sets of how far the vector lies, in steps, from the
// worst vector of the MacroVector, in proportion to the distance to the next lower MacroVector.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "model/cvss/cvss4_table.h"
#include "model/cvss/metrics.h"

namespace weir::model {
namespace {

constexpr std::array kRules = {
    MetricRule{"AV", "N A L P", true}, MetricRule{"AC", "L H", true},
    MetricRule{"AT", "N P", true},     MetricRule{"PR", "N L H", true},
    MetricRule{"UI", "N P A", true},   MetricRule{"VC", "H L N", true},
    MetricRule{"VI", "H L N", true},   MetricRule{"VA", "H L N", true},
    MetricRule{"SC", "H L N", true},   MetricRule{"SI", "H L N", true},
    MetricRule{"SA", "H L N", true},   MetricRule{"E", "X A P U"},
    MetricRule{"CR", "X H M L"},       MetricRule{"IR", "X H M L"},
    MetricRule{"AR", "X H M L"},       MetricRule{"MAV", "X N A L P"},
    MetricRule{"MAC", "X L H"},        MetricRule{"MAT", "X N P"},
    MetricRule{"MPR", "X N L H"},      MetricRule{"MUI", "X N P A"},
    MetricRule{"MVC", "X H L N"},      MetricRule{"MVI", "X H L N"},
    MetricRule{"MVA", "X H L N"},      MetricRule{"MSC", "X H L N"},
    MetricRule{"MSI", "X S H L N"},    MetricRule{"MSA", "X S H L N"},
    MetricRule{"S", "X N P"},          MetricRule{"AU", "X N Y"},
    MetricRule{"R", "X A U I"},        MetricRule{"V", "X D C"},
    MetricRule{"RE", "X L M H"},       MetricRule{"U", "X Clear Green Amber Red"},
};

/// A value's step below the worst one of its metric, worst first.
struct Scale {
  std::string_view metric;
  std::string_view worst_first;
};
constexpr std::array kScales = {
    Scale{"AV", "NALP"}, Scale{"PR", "NLH"}, Scale{"UI", "NPA"}, Scale{"AC", "LH"},   Scale{"AT", "NP"},
    Scale{"VC", "HLN"},  Scale{"VI", "HLN"}, Scale{"VA", "HLN"}, Scale{"SC", "SHLN"}, Scale{"SI", "SHLN"},
    Scale{"SA", "SHLN"}, Scale{"CR", "HML"}, Scale{"IR", "HML"}, Scale{"AR", "HML"},
};

int Step(std::string_view metric, char value) {
  for (const Scale& scale : kScales) {
    if (scale.metric == metric) return static_cast<int>(scale.worst_first.find(value));
  }
  return 0;
}

/// What counts for a metric: the environment's word, else the base's, else the worst case.
class Effective {
 public:
  explicit Effective(const Metrics& metrics) : metrics_(metrics) {}
  char operator()(std::string_view metric) const {
    const std::string_view modified = metrics_.Get("M" + std::string(metric), "X");
    if (modified != "X") return modified.front();
    const char value = metrics_.Get(metric, "X").front();
    if (value != 'X') return value;
    return metric == "E" ? 'A' : 'H';  // only E and the requirements may be left open
  }

 private:
  const Metrics& metrics_;
};

MacroVector Classify(const Effective& m) {
  MacroVector macro;
  const bool net = m("AV") == 'N';
  const bool no_privileges = m("PR") == 'N';
  const bool no_interaction = m("UI") == 'N';
  const bool all_open = net && no_privileges && no_interaction;
  const bool any_open = net || no_privileges || no_interaction;
  macro.eq1 = all_open ? 0 : any_open && m("AV") != 'P' ? 1 : 2;
  macro.eq2 = m("AC") == 'L' && m("AT") == 'N' ? 0 : 1;
  const bool secret = m("VC") == 'H';
  const bool integrity = m("VI") == 'H';
  const bool available = m("VA") == 'H';
  macro.eq3 = secret && integrity ? 0 : secret || integrity || available ? 1 : 2;
  const bool safety = m("SI") == 'S' || m("SA") == 'S';
  macro.eq4 = safety ? 0 : m("SC") == 'H' || m("SI") == 'H' || m("SA") == 'H' ? 1 : 2;
  macro.eq5 = m("E") == 'A' ? 0 : m("E") == 'P' ? 1 : 2;
  const bool required =
      (m("CR") == 'H' && secret) || (m("IR") == 'H' && integrity) || (m("AR") == 'H' && available);
  macro.eq6 = required ? 0 : 1;
  return macro;
}

struct MetricValue {
  std::string_view metric;
  char value;
};

template <std::size_t N>
using Vector = std::array<MetricValue, N>;

/// Steps from the first of WORST that VECTOR does not exceed in any metric.
template <std::size_t N>
int Distance(const Effective& m, std::span<const Vector<N>> worst) {
  for (const Vector<N>& candidate : worst) {
    int total = 0;
    const bool reached = std::all_of(candidate.begin(), candidate.end(), [&](const MetricValue& top) {
      const int steps = Step(top.metric, m(top.metric)) - Step(top.metric, top.value);
      total += steps;
      return steps >= 0;
    });
    if (reached) return total;
  }
  return 0;
}

using V2 = Vector<2>;
using V3 = Vector<3>;
using V6 = Vector<6>;

constexpr V3 Access(char av, char pr, char ui) { return {{{"AV", av}, {"PR", pr}, {"UI", ui}}}; }
constexpr V2 Effort(char ac, char at) { return {{{"AC", ac}, {"AT", at}}}; }
constexpr V3 Onward(char sc, char si, char sa) { return {{{"SC", sc}, {"SI", si}, {"SA", sa}}}; }
/// Impact and its requirements, as "HHL" and "MMH".
constexpr V6 Impact(std::string_view v, std::string_view r) {
  return {{{"VC", v[0]}, {"VI", v[1]}, {"VA", v[2]}, {"CR", r[0]}, {"IR", r[1]}, {"AR", r[2]}}};
}

int AccessDistance(const Effective& m, int level) {
  constexpr V3 k0[] = {Access('N', 'N', 'N')};
  constexpr V3 k1[] = {Access('A', 'N', 'N'), Access('N', 'L', 'N'), Access('N', 'N', 'P')};
  constexpr V3 k2[] = {Access('P', 'N', 'N'), Access('A', 'L', 'P')};
  return level == 0 ? Distance<3>(m, k0) : level == 1 ? Distance<3>(m, k1) : Distance<3>(m, k2);
}

int EffortDistance(const Effective& m, int level) {
  constexpr V2 k0[] = {Effort('L', 'N')};
  constexpr V2 k1[] = {Effort('H', 'N'), Effort('L', 'P')};
  return level == 0 ? Distance<2>(m, k0) : Distance<2>(m, k1);
}

int ImpactDistance(const Effective& m, int eq3, int eq6) {
  constexpr V6 k00[] = {Impact("HHH", "HHH")};
  constexpr V6 k01[] = {Impact("HHL", "MMH"), Impact("HHH", "MMM")};
  constexpr V6 k10[] = {Impact("LHH", "HHH"), Impact("HLH", "HHH")};
  constexpr V6 k11[] = {Impact("LHL", "HMH"), Impact("LHH", "HMM"), Impact("HLH", "MHM"),
                        Impact("HLL", "MHH"), Impact("LLH", "HHM")};
  constexpr V6 k21[] = {Impact("LLL", "HHH")};
  if (eq3 == 0) return eq6 == 0 ? Distance<6>(m, k00) : Distance<6>(m, k01);
  if (eq3 == 1) return eq6 == 0 ? Distance<6>(m, k10) : Distance<6>(m, k11);
  return Distance<6>(m, k21);
}

int OnwardDistance(const Effective& m, int level) {
  constexpr V3 k0[] = {Onward('H', 'S', 'S')};
  constexpr V3 k1[] = {Onward('H', 'H', 'H')};
  constexpr V3 k2[] = {Onward('L', 'L', 'L')};
  return level == 0 ? Distance<3>(m, k0) : level == 1 ? Distance<3>(m, k1) : Distance<3>(m, k2);
}

/// Score of the MacroVector below in EQ3 and EQ6, which depend on each other.
std::optional<int> NextImpact(MacroVector macro) {
  if (macro.eq3 == 0 && macro.eq6 == 0) {
    MacroVector other = macro;
    ++macro.eq6;
    ++other.eq3;
    return std::max(MacroScore(macro), MacroScore(other));
  }
  if (macro.eq3 == 1 && macro.eq6 == 0) {
    ++macro.eq6;
  } else {
    ++macro.eq3;
  }
  return MacroScore(macro);
}

}  // namespace

std::span<const MetricRule> Cvss4Rules() { return kRules; }

double Cvss4Score(const Metrics& metrics) {
  const Effective m(metrics);
  constexpr std::array<std::string_view, 6> kImpacts = {"VC", "VI", "VA", "SC", "SI", "SA"};
  if (std::all_of(kImpacts.begin(), kImpacts.end(), [&](std::string_view i) { return m(i) == 'N'; }))
    return 0;

  const MacroVector macro = Classify(m);
  const int top = MacroScore(macro).value_or(0);
  double less = 0;
  int sets = 0;
  // DEPTH is how many steps the set's level spans; the specification's table 24 and following.
  const auto count = [&](std::optional<int> next, int distance, int depth) {
    if (!next || *next > top) return;
    ++sets;
    less += static_cast<double>(top - *next) * distance / depth;
  };
  constexpr std::array kAccessDepth = {1, 4, 5};
  constexpr std::array kEffortDepth = {1, 2};
  constexpr int kImpactDepth[3][2] = {{7, 6}, {8, 8}, {10, 10}};
  constexpr std::array kOnwardDepth = {6, 5, 4};
  const auto next = [&macro](int MacroVector::* set) {
    MacroVector lower = macro;
    ++(lower.*set);
    return MacroScore(lower);
  };
  const auto at = [](const auto& table, int level) { return table[static_cast<std::size_t>(level)]; };
  count(next(&MacroVector::eq1), AccessDistance(m, macro.eq1), at(kAccessDepth, macro.eq1));
  count(next(&MacroVector::eq2), EffortDistance(m, macro.eq2), at(kEffortDepth, macro.eq2));
  count(NextImpact(macro), ImpactDistance(m, macro.eq3, macro.eq6), kImpactDepth[macro.eq3][macro.eq6]);
  count(next(&MacroVector::eq4), OnwardDistance(m, macro.eq4), at(kOnwardDepth, macro.eq4));
  count(next(&MacroVector::eq5), 0, 1);
  const double score = sets == 0 ? top : top - less / sets;
  // Tenths to the nearest, half up; the small value undoes what binary fractions lose.
  return std::floor(std::clamp(score, 0.0, 100.0) + 0.5 + 1e-5) / 10;
}

}  // namespace weir::model
