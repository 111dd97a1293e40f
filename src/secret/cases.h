// Rules tried on many small texts: JSON lines in, JSON lines out.
//   {"id":"a","text":"...","path":"optional"}  ->  {"id":"a","rules":["rule-id",...]}
// Which rules are listed is what gitleaks would report with the same rules.
// Threading: pure but for the streams.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>

#include "secret/secret.h"

namespace weir::secret {

struct CaseCounts {
  std::uint64_t cases = 0, malformed = 0;
};
/// Reads IN to its end. A line that is no case is named on ERRORS, counted, and gives no line on OUT.
CaseCounts RunCases(const std::shared_ptr<const Engine>& engine, std::istream& in, std::ostream& out,
                    std::ostream& errors);

}  // namespace weir::secret
