// The plain ones among betterleaks' expressions: what most of its rules have, and what
// our rules can say as well. A filter says when a match is no secret:
//
//   entropy(finding["secret"]) <= 3.5 || matchesAny(finding["secret"], [`^x+$`]) || containsAny(...)
//
// and a validation is one request whose status tells. Threading: pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "secret/rule.h"

namespace weir::secret {

struct FilterParts {
  double entropy = 0;
  std::vector<Allowlist> allowlists;
  bool complete = true;  // false: a part was not understood, and is taken as never true
};
FilterParts ReadFilterExpression(std::string_view text);

/// Nothing where it is more than one request whose status decides.
std::optional<ValidationRequest> ReadValidateExpression(std::string_view text);

}  // namespace weir::secret
