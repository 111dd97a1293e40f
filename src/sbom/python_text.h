// Names and requirements as Python packaging writes them.
// Threading: pure functions. Sources: PEP 503 (names), PEP 508 (requirements), PEP 566 (core metadata).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sbom {

/// "Foo_bar.baz" is "foo-bar-baz".
std::string NormalizePythonName(std::string_view name);

struct PythonRequirement {
  std::string name;        // normalised; empty where TEXT is no requirement
  std::string version;     // only where pinned by == or ===, without wildcard
  bool for_extra = false;  // its marker asks for an extra
};
/// "requests[socks] (>=2.8,==2.8.*) ; extra == 'x'".
PythonRequirement ParseRequirement(std::string_view text);

/// Headers of a core metadata file, in order, names in lower case, continuation lines joined by newline.
using Headers = std::vector<std::pair<std::string, std::string>>;
Headers ParseHeaders(std::string_view text);

}  // namespace weir::sbom
