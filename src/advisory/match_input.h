// What matching reads of a package, for a store that matches each distinct package
// once: two packages with the same input have the same matches, whatever asset they
// are in. Threading: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/sbom.h"

namespace weir::advisory {

/// The distribution that decides about PACKAGE in an SBOM of DISTRO: where that is not known, an OS package's
/// purl may tell it. Empty for packages that no distribution makes.
model::Distro DistroFor(const model::Package& package, const model::Distro& distro);

/// Whether OWNER, an OS package of DISTRO, answers for what it installed, so that this is not matched by
/// itself: it is its distribution's own. Distributions carry fixes back to old versions, so that the upstream
/// version says little; where no source knows the distribution, its coverage row says so, and a guess would
/// only be noise. Only where the distribution has no advisories that could ever be had are its languages'
/// packages matched by themselves.
bool AnswersForOwned(const model::Package& owner, const model::Distro& distro);

/// PACKAGE without what matching does not read; its purl is kept, to show it by.
model::Package MatchInput(const model::Package& package);

/// (ecosystem, name) under which an index may speak of PACKAGE, as the index spells them.
std::vector<std::pair<std::string, std::string>> LookupNames(const model::Package& package,
                                                             const model::Distro& distro);
/// As the index spells them.
std::pair<std::string, std::string> IndexSpelling(std::string_view ecosystem, std::string_view name);

}  // namespace weir::advisory
