// One spelling for the releases of distributions, which feeds name by product.
//
// The index holds, and is asked for, these spellings only:
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

namespace weir::advisory {

std::string NormalizeEcosystem(std::string_view ecosystem);
/// Whether packages of ECOSYSTEM are those of a Linux distribution.
bool IsDistroEcosystem(std::string_view ecosystem);

}  // namespace weir::advisory
