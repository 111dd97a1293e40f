// CVSS 4.0 sorts vectors into MacroVectors, six levels of which 0 is the most severe, each with a
// score that experts agreed on. Threading: pure function.
#pragma once

#include <optional>

namespace weir::model {

struct MacroVector {
  int eq1 = 0, eq2 = 0, eq3 = 0, eq4 = 0, eq5 = 0, eq6 = 0;
};

/// Tenths of the score; nothing where there is no such MacroVector.
std::optional<int> MacroScore(const MacroVector& macro);

}  // namespace weir::model
