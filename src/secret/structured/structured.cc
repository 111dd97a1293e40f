#include "secret/structured/structured.h"

namespace weir::secret {

std::vector<Rule> StructuredRules() { return {}; }

bool WantsStructured(std::string_view path, std::string_view header) {
  static_cast<void>(path);
  static_cast<void>(header);
  return false;
}

std::vector<StructuredHit> FindStructured(std::string_view path, std::string_view text) {
  static_cast<void>(path);
  static_cast<void>(text);
  return {};
}

}  // namespace weir::secret
