// What an ecosystem's name decides: the order of its versions and the spelling
// of its packages' names. Source: the OSV schema's list of ecosystems.
// Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisory/version.h"

namespace weir::advisory {

/// The scheme of "PyPI", "Debian:12", "Root:Alpine:3.18" ...; nothing where the ecosystem is not known.
std::optional<Scheme> SchemeOfEcosystem(std::string_view ecosystem);
/// NAME as model::Package::name spells it: PEP 503 for PyPI, lower case where the registry ignores case.
std::string NormalizePackageName(std::string_view ecosystem, std::string_view name);

}  // namespace weir::advisory
