#include "advisory/feeds/ecosystem.h"

#include <array>

#include "base/strings.h"

namespace weir::advisory {
namespace {

struct Row {
  std::string_view name;
  Scheme scheme;
};

// kFuzzy where the ecosystem has no written order of versions of its own that we keep.
constexpr std::array kRows = std::to_array<Row>({
    {"AlmaLinux", Scheme::kRpm},
    {"Alpaquita", Scheme::kApk},
    {"Alpine", Scheme::kApk},
    {"Amazon Linux", Scheme::kRpm},
    {"Android", Scheme::kFuzzy},
    {"Azure Linux", Scheme::kRpm},
    {"BellSoft Hardened Containers", Scheme::kApk},
    {"Bioconductor", Scheme::kFuzzy},
    {"Bitnami", Scheme::kSemver},
    {"CPE", Scheme::kFuzzy},
    {"CRAN", Scheme::kFuzzy},
    {"Chainguard", Scheme::kApk},
    {"CleanStart", Scheme::kApk},
    {"Debian", Scheme::kDeb},
    {"Echo", Scheme::kDeb},
    {"FreeBSD", Scheme::kFuzzy},
    {"GHC", Scheme::kFuzzy},
    {"GitHub Actions", Scheme::kSemver},
    {"Go", Scheme::kGo},
    {"Hackage", Scheme::kFuzzy},
    {"Hex", Scheme::kSemver},
    {"Julia", Scheme::kSemver},
    {"Kubernetes", Scheme::kSemver},
    {"Linux", Scheme::kFuzzy},
    {"Mageia", Scheme::kRpm},
    {"Maven", Scheme::kMaven},
    {"MinimOS", Scheme::kApk},
    {"NuGet", Scheme::kNuget},
    {"OSS-Fuzz", Scheme::kFuzzy},
    {"Oracle Linux", Scheme::kRpm},
    {"Packagist", Scheme::kComposer},
    {"Photon OS", Scheme::kRpm},
    {"Pub", Scheme::kSemver},
    {"PyPI", Scheme::kPep440},
    {"Red Hat", Scheme::kRpm},
    {"Rocky Linux", Scheme::kRpm},
    {"RubyGems", Scheme::kGem},
    {"SUSE", Scheme::kRpm},
    {"SwiftURL", Scheme::kSemver},
    {"Ubuntu", Scheme::kDeb},
    {"VSCode", Scheme::kSemver},
    {"Wolfi", Scheme::kApk},
    {"WordPress", Scheme::kFuzzy},
    {"crates.io", Scheme::kSemver},
    {"npm", Scheme::kNpm},
    {"opam", Scheme::kDeb},  // opam orders versions as Debian does
    {"openEuler", Scheme::kRpm},
    {"openSUSE", Scheme::kRpm},
});

std::string NormalizePep503(std::string_view name) {
  std::string out;
  for (char c : ToLower(name)) {
    bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) {
      out += c;
    } else if (out.empty() || out.back() != '-') {
      out += '-';
    }
  }
  return out;
}

}  // namespace

std::optional<Scheme> SchemeOfEcosystem(std::string_view ecosystem) {
  std::string_view rest = ecosystem;
  std::string_view family = NextPiece(rest, ':');
  if (family == "Root") family = NextPiece(rest, ':');  // "Root:Alpine:3.18": rebuilt packages of another
  for (const Row& row : kRows)
    if (row.name == family) return row.scheme;
  return std::nullopt;
}

std::string NormalizePackageName(std::string_view ecosystem, std::string_view name) {
  std::string_view family = ecosystem.substr(0, ecosystem.find(':'));
  if (family == "PyPI") return NormalizePep503(name);
  if (family == "NuGet" || family == "Packagist") return ToLower(name);
  return std::string(name);
}

}  // namespace weir::advisory
