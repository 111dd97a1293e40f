// When a record that names a package does not speak of the one at hand.
// Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisory/index.h"
#include "model/sbom.h"

namespace weir::advisory {

/// One name under which a package may stand in the index.
struct Query {
  std::string ecosystem, name;
  std::string version;
  model::MatchKind kind = model::MatchKind::kDirect;
  bool paid = false;            // an extended-support stream of the distribution
  std::string target_software;  // CPE: of the package
};

/// The names to ask for; none where nothing can be said about the package.
std::vector<Query> QueriesOf(const model::Package& package, const model::Distro& distro);
/// By CPE, also for packages whose own ecosystem was asked first (apk).
std::vector<Query> CpeQueriesOf(const model::Package& package);

/// linux-libc-dev, kernel-headers and their like: built from the kernel's source, without its code.
bool IsKernelHeaders(std::string_view name);
/// A program's own module whose version says nothing: "(devel)", "v0.0.0-2023...".
bool IsUnversionedGoMain(const model::Package& package);
/// A package on a distribution that another party made: the distribution's advisories are not about it.
bool IsThirdParty(const model::Package& package, std::string_view ecosystem);

/// Module, architecture and target software of RECORD agree with the package.
bool QualifiersAgree(const AffectedView& record, const Query& query, const model::Package& package);
/// Whether the program has code of a vulnerable symbol; true where nothing says otherwise.
bool HasVulnerableSymbol(const std::vector<GoImport>& imports, const model::Package& package);
/// "ALBA-...", "RHEA-...": bug fixes and enhancements, no weaknesses.
bool IsBugfixAdvisory(std::string_view id);

}  // namespace weir::advisory
