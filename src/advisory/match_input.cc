#include "advisory/match_input.h"

#include <algorithm>

#include "advisory/distro_ecosystem.h"
#include "advisory/feeds/ecosystem.h"
#include "advisory/match.h"
#include "advisory/match_rules.h"
#include "model/purl.h"

namespace weir::advisory {

using model::Package;
using model::PackageType;

model::Distro DistroFor(const Package& package, const model::Distro& distro) {
  if (!distro.empty() || !model::IsOsPackage(package.type) || package.purl.empty()) return distro;
  return model::DistroFromPurl(package.purl);
}

bool AnswersForOwned(const Package& owner, const model::Distro& distro) {
  std::string ecosystem = EcosystemOf(owner, distro);
  return !ecosystem.empty() && !IsThirdParty(owner, ecosystem);
}

Package MatchInput(const Package& package) {
  Package out;
  out.type = package.type;
  out.name = package.name;
  out.version = package.version;
  out.arch = package.arch;
  out.source_name = package.source_name;
  out.source_version = package.source_version;
  out.module = package.module;
  out.module_known = package.module_known;
  out.cpes = package.cpes;
  out.purl = package.purl;
  out.go_symbols = package.go_symbols;
  if (package.type == PackageType::kRpm) out.vendor = package.vendor;
  if (package.type == PackageType::kDeb) out.origin = package.origin;
  if (package.type == PackageType::kGolang)
    for (const auto& property : package.properties)
      if (property.first == "go:main-package") out.properties.push_back(property);
  return out;
}

std::vector<std::pair<std::string, std::string>> LookupNames(const Package& package,
                                                             const model::Distro& distro) {
  std::vector<std::pair<std::string, std::string>> out;
  auto add = [&](const std::vector<Query>& queries) {
    for (const Query& query : queries) {
      std::pair name = IndexSpelling(query.ecosystem, query.name);
      if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
    }
  };
  add(QueriesOf(package, distro));
  if (package.type == PackageType::kApk) add(CpeQueriesOf(package));
  return out;
}

std::pair<std::string, std::string> IndexSpelling(std::string_view ecosystem, std::string_view name) {
  std::string space = NormalizeEcosystem(ecosystem);
  std::string spelled = NormalizePackageName(space, name);
  return {std::move(space), std::move(spelled)};
}

}  // namespace weir::advisory
