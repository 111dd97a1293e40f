#include "secret/pattern.h"

namespace weir::secret {

std::string ToRe2(std::string_view pattern, Rule::Syntax syntax) {
  static_cast<void>(syntax);
  return std::string(pattern);
}

}  // namespace weir::secret
