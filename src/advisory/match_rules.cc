#include "advisory/match_rules.h"

#include <algorithm>

#include "advisory/distro_ecosystem.h"
#include "advisory/feeds/cpe.h"
#include "advisory/match.h"
#include "base/hash.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::MatchKind;
using model::Package;
using model::PackageType;

std::string_view Property(const Package& package, std::string_view key) {
  for (const auto& [name, value] : package.properties)
    if (name == key) return value;
  return {};
}

struct Source {
  std::string name, version;
};

/// Signed kernels are built from a package of their own, but are known by the kernel's: "linux-signed-amd64"
/// (6.1.90+1) holds linux 6.1.90-1, which is the version of the binary package.
bool IsSignedKernel(std::string_view source) {
  return source == "linux-signed" || source.starts_with("linux-signed-");
}

std::string UnsignedKernel(std::string_view source) {
  std::string_view rest = source.substr(std::string_view("linux-signed").size());
  for (std::string_view arch : {"-amd64", "-arm64", "-i386", "-armhf"})
    if (rest == arch) return "linux";
  return "linux" + std::string(rest);
}

Source SourceOf(const Package& package) {
  if (package.type == PackageType::kDeb && IsSignedKernel(package.source_name))
    return {UnsignedKernel(package.source_name), package.version};
  Source out{package.source_name.empty() ? package.name : package.source_name,
             package.source_version.empty() ? package.version : package.source_version};
  // A source RPM's name does not tell the epoch; it is that of what was built from it.
  std::size_t colon = package.version.find(':');
  if (package.type == PackageType::kRpm && colon != std::string::npos &&
      out.version.find(':') == std::string::npos)
    out.version = package.version.substr(0, colon + 1) + out.version;
  return out;
}

void AddOsQueries(const Package& package, const std::string& ecosystem, bool paid, std::vector<Query>& out) {
  Source source = SourceOf(package);
  bool indirect = source.name != package.name;
  bool headers = indirect && IsKernelHeaders(package.name);
  // Debian's records go by source; a binary's name is asked too where it cannot be another source's.
  bool by_name = !indirect || package.type != PackageType::kDeb || source.version == package.version;
  if (by_name) out.push_back({ecosystem, package.name, package.version, MatchKind::kDirect, paid, ""});
  if (indirect && !headers)
    out.push_back({ecosystem, source.name, source.version, MatchKind::kIndirect, paid, ""});
}

/// "14.2.1-3" to "14.2.1": the number after the last dash is Bitnami's own revision.
std::string WithoutRevision(const std::string& version) {
  std::size_t dash = version.rfind('-');
  if (dash == std::string::npos || !ParseUint(std::string_view(version).substr(dash + 1))) return version;
  return version.substr(0, dash);
}

/// The part of "name:stream:version:context" that advisories give.
std::string_view NameAndStream(std::string_view label) {
  std::size_t first = label.find(':');
  if (first == std::string_view::npos) return label;
  return label.substr(0, label.find(':', first + 1));
}

bool ModuleAgrees(const AffectedView& record, const Package& package) {
  if (package.type != PackageType::kRpm) return true;
  bool built_as_module = package.version.find(".module") != std::string::npos;
  bool package_modular = package.module_known ? !package.module.empty() : built_as_module;
  bool record_modular = record.modular_build || !record.rpm_module.empty();
  if (package_modular != record_modular) return false;
  if (record.rpm_module.empty() || package.module.empty()) return true;
  return NameAndStream(package.module) == NameAndStream(record.rpm_module);
}

bool ArchAgrees(const AffectedView& record, const Package& package) {
  if (record.arches.empty() || package.arch.empty() || package.arch == "noarch" || package.arch == "all")
    return true;
  return std::ranges::any_of(record.arches,
                             [&](std::string_view arch) { return arch == package.arch || arch == "noarch"; });
}

bool TargetAgrees(const AffectedView& record, const Query& query) {
  static constexpr std::string_view kOurs[] = {"",     "*",      "-",         "linux", "linux_kernel",
                                               "unix", "docker", "kubernetes"};
  std::string_view target = record.cpe_target_software;
  return target == query.target_software || std::ranges::find(kOurs, target) != std::end(kOurs);
}

}  // namespace

std::string EcosystemOf(const Package& package, const model::Distro& distro) {
  switch (package.type) {
    case PackageType::kDeb:
    case PackageType::kRpm:
    case PackageType::kApk: {
      DistroEcosystems all = EcosystemsOf(package.type, distro);
      return all.own.empty() ? "" : all.own.front();
    }
    case PackageType::kMaven:
      return "Maven";
    case PackageType::kNpm:
      return "npm";
    case PackageType::kPypi:
      return "PyPI";
    case PackageType::kGolang:
      return "Go";
    case PackageType::kCargo:
      return "crates.io";
    case PackageType::kGem:
      return "RubyGems";
    case PackageType::kComposer:
      return "Packagist";
    case PackageType::kNuget:
      return "NuGet";
    case PackageType::kBitnami:
      return "Bitnami";
    case PackageType::kWordpress:
      return "WordPress";
    case PackageType::kKernel:
    case PackageType::kBinary:
      return package.cpes.empty() ? "" : "CPE";
    case PackageType::kConda:
    case PackageType::kKernelModule:
    case PackageType::kUnknown:
      return "";
  }
  return "";
}

std::vector<Query> QueriesOf(const Package& package, const model::Distro& distro) {
  std::vector<Query> out;
  if (model::IsOsPackage(package.type)) {
    DistroEcosystems all = EcosystemsOf(package.type, distro);
    for (const std::string& ecosystem : all.own) AddOsQueries(package, ecosystem, false, out);
    if (!all.paid.empty()) AddOsQueries(package, all.paid, true, out);
    return out;
  }
  std::string ecosystem = EcosystemOf(package, distro);
  if (ecosystem.empty()) return out;
  if (ecosystem == "CPE") return CpeQueriesOf(package);
  std::string version =
      package.type == PackageType::kBitnami ? WithoutRevision(package.version) : package.version;
  out.push_back({ecosystem, package.name, version, MatchKind::kDirect, false, ""});
  if (package.type == PackageType::kWordpress)
    std::ranges::move(CpeQueriesOf(package), std::back_inserter(out));
  return out;
}

std::vector<Query> CpeQueriesOf(const Package& package) {
  std::vector<Query> out;
  for (const std::string& text : package.cpes) {
    std::optional<CpeName> cpe = ParseCpe(text);
    if (!cpe || cpe->vendor.empty() || cpe->vendor == "*" || cpe->product.empty() || cpe->product == "*")
      continue;
    Query query{"CPE",           cpe->vendor + ":" + cpe->product,
                package.version, MatchKind::kCpe,
                false,           cpe->target_software};
    if (package.type == PackageType::kApk) query.version = query.version.substr(0, query.version.rfind("-r"));
    bool known = !cpe->version.empty() && cpe->version != "*" && cpe->version != "-";
    if (query.version.empty() && known) query.version = cpe->FullVersion();
    out.push_back(std::move(query));
  }
  return out;
}

bool IsKernelHeaders(std::string_view name) {
  bool linux_headers = name.starts_with("linux-") && name.find("headers") != std::string_view::npos;
  return linux_headers || name == "kernel-headers" || name == "linux-libc-dev" ||
         name.starts_with("linux-libc-dev-") || name.starts_with("linux-kbuild-") ||
         name.starts_with("kernel-devel") || name == "linux-glibc-devel";
}

bool IsUnversionedGoMain(const Package& package) {
  if (package.type != PackageType::kGolang) return false;
  if (package.version == "(devel)") return true;
  return package.version.starts_with("v0.0.0-") && !Property(package, "go:main-package").empty();
}

bool IsThirdParty(const Package& package, std::string_view ecosystem) {
  if (package.type == PackageType::kDeb)
    return !package.origin.empty() && !IsVendorOf(ecosystem, package.origin);
  if (package.type == PackageType::kRpm)
    return !package.vendor.empty() && !IsVendorOf(ecosystem, package.vendor);
  return false;
}

bool QualifiersAgree(const AffectedView& record, const Query& query, const Package& package) {
  if (query.kind == MatchKind::kCpe) return TargetAgrees(record, query);
  return ModuleAgrees(record, package) && ArchAgrees(record, package);
}

bool HasVulnerableSymbol(const std::vector<GoImport>& imports, const Package& package) {
  if (package.go_symbols == nullptr || imports.empty()) return true;
  auto linked = [&](const std::string& key) {
    return std::ranges::binary_search(*package.go_symbols, Hash64(key));
  };
  for (const GoImport& import : imports) {
    if (import.symbols.empty() && linked(import.path + ".*")) return true;
    for (const std::string& symbol : import.symbols)
      if (linked(import.path + "." + ReplaceAll(ReplaceAll(symbol, "(*", ""), ")", ""))) return true;
  }
  return false;
}

bool IsBugfixAdvisory(std::string_view id) {
  // Two letters for the publisher, then "BA" or "EA" for what it is.
  std::string_view kind = id.substr(0, id.find('-'));
  return kind.size() == 4 && (kind.ends_with("BA") || kind.ends_with("EA")) &&
         (kind.starts_with("RH") || kind.starts_with("AL") || kind.starts_with("EL") ||
          kind.starts_with("RL") || kind.starts_with("RX"));
}

}  // namespace weir::advisory
