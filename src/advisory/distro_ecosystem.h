// Which records speak of a distribution's packages, and one spelling for them.
//
// Feeds name releases by product. The index holds, and is asked for:
//   "Red Hat:enterprise_linux:9::baseos" -> "Red Hat:9"; extended-support and
//     product streams (rhel_eus, openshift ...) keep theirs and match nothing,
//     for their fixed versions do not speak for the main stream;
//   "SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Module for X 15 SP5" -> "SUSE:15.5";
//     LTSS and other products keep theirs;
//   everything else is as OSV spells it.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/distro.h"
#include "model/package.h"

namespace weir::advisory {

std::string NormalizeEcosystem(std::string_view ecosystem);
/// Whether packages of ECOSYSTEM are those of a Linux distribution.
bool IsDistroEcosystem(std::string_view ecosystem);

struct DistroEcosystems {
  std::vector<std::string> own;  // the first names the release, the others are further spellings of it
  std::string paid;              // of the distribution's extended support; empty where there is none
};
/// For OS packages of TYPE on DISTRO. Empty where no published advisories follow that distribution.
DistroEcosystems EcosystemsOf(model::PackageType type, const model::Distro& distro);

/// Whether VENDOR, as a package records its origin, is the one whose advisories ECOSYSTEM holds.
bool IsVendorOf(std::string_view ecosystem, std::string_view vendor);

}  // namespace weir::advisory
