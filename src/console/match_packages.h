// Distinct packages: made from an asset's SBOM, and matched. Threading: pure functions.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "advisory/index.h"
#include "model/scan_result.h"
#include "store/packages.h"

namespace weir::console {

/// One for each package of SBOM, in its order.
std::vector<store::DistinctPackage> DistinctPackagesOf(const model::Sbom& sbom);

struct PackageMatches {
  std::vector<model::Finding> findings;  // one for each vulnerability, without location and rank
  std::vector<model::Problem> problems;  // of this package alone
};
/// What INDEX, and the single advisories in IMPORTED (may be null), say of each of PACKAGES.
std::vector<PackageMatches> MatchPackages(std::span<const store::DistinctPackage> packages,
                                          const advisory::Index& index, const advisory::Index* imported);

/// How a finding of an imported advisory joins what is known already: one with the same id takes its place,
/// but keeps facts that the import lacks; another name of something known adds nothing.
enum class Joined : std::uint8_t { kNew, kReplaces, kKnown };
Joined JoinImported(const model::Finding& known, model::Finding& imported);

}  // namespace weir::console
