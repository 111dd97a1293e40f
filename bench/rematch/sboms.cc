#include "sboms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/file.h"
#include "base/strings.h"
#include "model/purl.h"

namespace weir::bench {
namespace {

using model::Package;
using model::PackageType;

constexpr std::size_t kBases = 60, kAppsOfABase = 8;
constexpr std::size_t kUnknownNames = 40'000;
constexpr std::size_t kBaseLeast = 120, kBaseMost = 280;

std::optional<PackageType> TypeOf(std::string_view ecosystem) {
  if (ecosystem == "npm") return PackageType::kNpm;
  if (ecosystem == "PyPI") return PackageType::kPypi;
  if (ecosystem == "Maven") return PackageType::kMaven;
  if (ecosystem == "Go") return PackageType::kGolang;
  if (ecosystem == "RubyGems") return PackageType::kGem;
  if (ecosystem == "crates.io") return PackageType::kCargo;
  return std::nullopt;
}

/// Few are everywhere, most are rare: rank R has weight 1/R.
std::size_t Zipf(std::mt19937& random, std::size_t count) {
  double u = std::uniform_real_distribution<double>(0, 1)(random);
  auto rank = static_cast<std::size_t>(std::exp(u * std::log(static_cast<double>(count) + 1))) - 1;
  return std::min(rank, count - 1);
}

std::size_t Pick(std::mt19937& random, std::size_t count) {
  return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

model::Distro DebianRelease(int number) {
  model::Distro distro;
  distro.id = "debian";
  distro.version_id = std::to_string(number);
  distro.codename = number == 11 ? "bullseye" : "bookworm";
  distro.pretty_name = "Debian GNU/Linux " + distro.version_id;
  return distro;
}

void Finish(Package& package, std::string path, const model::Distro& distro) {
  package.locations = {{std::move(path), ""}};
  package.id = model::ComputePackageId(package);
  package.purl = model::BuildPurl(package, distro);
}

}  // namespace

Fleet::Fleet(const FleetOptions& options, const std::vector<advisory::Advisory>& advisories)
    : options_(options) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> named, debian;
  for (const advisory::Advisory& advisory : advisories) {
    for (const advisory::AffectedPackage& affected : advisory.affected) {
      std::set<std::string>* versions = nullptr;
      if (TypeOf(affected.ecosystem)) versions = &named[{affected.ecosystem, affected.name}];
      if (affected.ecosystem == "Debian:11") versions = &debian[{"", affected.name}];
      if (versions == nullptr) continue;
      for (const advisory::VersionRange& range : affected.ranges)
        for (const std::string* version : {&range.introduced, &range.fixed, &range.last_affected})
          if (!version->empty() && *version != "0") versions->insert(*version);
      for (std::size_t i = 0; i < affected.versions.size() && versions->size() < 12; ++i)
        versions->insert(affected.versions[affected.versions.size() - 1 - i]);
    }
  }
  for (const auto& [key, versions] : named)
    if (!versions.empty())
      known_.push_back({*TypeOf(key.first), key.second, {versions.begin(), versions.end()}});
  std::shuffle(known_.begin(), known_.end(), Random(options.seed));
  for (const auto& [key, versions] : debian)
    if (!versions.empty())
      fixes_.emplace_back(key.second, std::vector<std::string>(versions.begin(), versions.end()));
  ReadDpkg(options.dpkg_status);
  MakeBases();
}

void Fleet::ReadDpkg(const std::string& path) {
  Result<std::string> text = ReadFile(path, 256U << 20U);
  if (!text) return;
  std::string_view rest = *text;
  DebianPackage package;
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (line.empty()) {
      if (!package.name.empty() && !package.version.empty()) debian_.push_back(package);
      package = {};
    }
    auto value = [&](std::string_view key) {
      return line.starts_with(key) ? Trim(line.substr(key.size())) : std::string_view();
    };
    if (auto v = value("Package:"); !v.empty()) package.name = v;
    if (auto v = value("Version:"); !v.empty()) package.version = v;
    if (auto v = value("Architecture:"); !v.empty()) package.arch = v;
    if (auto v = value("Priority:"); v == "required" || v == "important") package.essential = true;
    if (auto v = value("Source:"); !v.empty()) {
      std::size_t space = v.find(' ');
      package.source = v.substr(0, space);
      if (space != std::string_view::npos) package.source_version = Trim(v.substr(space));
    }
  }
  for (DebianPackage& each : debian_)
    if (each.source_version.starts_with('('))
      each.source_version = each.source_version.substr(1, each.source_version.size() - 2);
}

/// A base image: Debian's essential packages and some of the others, as they were at some time.
void Fleet::MakeBases() {
  for (std::size_t b = 0; b < kBases; ++b) {
    Random random(options_.seed * 1000 + static_cast<std::uint32_t>(b));
    int release = b % 3 == 0 ? 12 : 11;
    std::size_t age = Pick(random, 4);
    std::vector<DebianPackage> chosen, others;
    for (const DebianPackage& package : debian_) (package.essential ? chosen : others).push_back(package);
    std::shuffle(others.begin(), others.end(), random);
    std::size_t wanted = kBaseLeast + Pick(random, kBaseMost - kBaseLeast);
    if (chosen.size() > wanted) chosen.resize(wanted);
    for (std::size_t i = 0; i < others.size() && chosen.size() < wanted; ++i) chosen.push_back(others[i]);
    std::vector<Package>& base = bases_.emplace_back();
    for (const DebianPackage& from : chosen) {
      Package package;
      package.type = PackageType::kDeb;
      package.name = from.name;
      package.arch = from.arch;
      package.source_name = from.source;
      package.source_version = from.source_version;
      package.version = from.version;
      const std::string& source = from.source.empty() ? from.name : from.source;
      auto fixes =
          std::ranges::lower_bound(fixes_, source, {}, [](const auto& entry) { return entry.first; });
      if (release == 11 && fixes != fixes_.end() && fixes->first == source) {
        // A version that Debian 11 had: one that an advisory names, or the one before it.
        const auto& versions = fixes->second;
        package.version = versions[std::min(age, versions.size() - 1)] + (age % 2 == 0 ? "~" : "");
        package.source_version.clear();
      } else if (release == 11) {
        package.version += "~deb11u" + std::to_string(age + 1);
        package.source_version.clear();
      }
      Finish(package, "var/lib/dpkg/status", DebianRelease(release));
      base.push_back(std::move(package));
    }
  }
}

Package Fleet::Language(Random& random) const {
  Package package;
  if (std::uniform_real_distribution<double>(0, 1)(random) < options_.known_names && !known_.empty()) {
    const Named& named = known_[Zipf(random, known_.size())];
    package.type = named.type;
    package.name = named.name;
    package.version = named.versions[Pick(random, named.versions.size())];
  } else {
    static constexpr PackageType kTypes[] = {PackageType::kNpm, PackageType::kNpm, PackageType::kPypi,
                                             PackageType::kMaven, PackageType::kGolang};
    std::size_t number = Zipf(random, kUnknownNames);
    package.type = kTypes[number % std::size(kTypes)];
    package.name = "module-" + std::to_string(number);
    package.version = "1." + std::to_string(Zipf(random, 8)) + ".0";
  }
  std::string folder = "srv/app/" + std::string(model::PackageTypeName(package.type)) + "/";
  package.licenses = {"MIT"};
  Finish(package, folder + package.name + "/" + package.version, {});
  return package;
}

void Fleet::AddLanguages(Random& random, std::size_t count, std::vector<Package>& out) const {
  std::set<std::string> there;
  for (const Package& package : out) there.insert(package.id);
  for (std::size_t tries = 0; out.size() < count && tries < count * 20; ++tries) {
    Package package = Language(random);
    if (there.insert(package.id).second) out.push_back(std::move(package));
  }
}

model::Sbom Fleet::SbomOf(std::size_t index) const {
  Random random(options_.seed * 7'000'003 + static_cast<std::uint32_t>(index));
  std::size_t base = Zipf(random, kBases);
  model::Sbom sbom;
  sbom.asset.kind = index % 10 == 0 ? model::AssetKind::kHost : model::AssetKind::kContainer;
  sbom.asset.id = "asset-" + std::to_string(index);
  sbom.asset.name = (index % 10 == 0 ? "host-" : "container-") + std::to_string(index);
  sbom.distro = DebianRelease(base % 3 == 0 ? 12 : 11);
  sbom.packages = bases_[base];
  // Every second asset runs one of its base's applications, which others run too; the rest are one of a kind.
  bool shared = index % 2 == 0;
  Random app(options_.seed * 31 +
             static_cast<std::uint32_t>(base * kAppsOfABase + Pick(random, kAppsOfABase)));
  std::size_t special = 1 + (index % 10 == 3 ? 1U : 0U) + (index % 100 == 7 ? 1U : 0U);
  AddLanguages(shared ? app : random, options_.packages - special, sbom.packages);
  auto held = [&](const char* name) {
    Package package;
    package.type = PackageType::kPypi;
    package.name = name;
    package.version = std::to_string(1 + index % 3) + ".0";
    Finish(package, std::string("usr/lib/python3/dist-packages/") + name, {});
    sbom.packages.push_back(std::move(package));
  };
  held(kHeldBy100);
  if (index % 10 == 3) held(kHeldBy10);
  if (index % 100 == 7) held(kHeldBy1);
  sbom.catalogers = {"dpkg", "npm", "python"};
  return sbom;
}

wire::UsageChange Fleet::UsageOf(std::size_t index, const model::Sbom& sbom) const {
  Random random(options_.seed * 13 + static_cast<std::uint32_t>(index));
  wire::UsageChange out;
  out.full = true;
  out.others.level = model::Usage::Level::kIdle;
  out.others.evidence = "no running process has it loaded";
  std::set<std::size_t> chosen;
  for (int i = 0; i < 25; ++i) chosen.insert(Pick(random, sbom.packages.size()));
  for (std::size_t i : chosen) {
    model::Usage usage;
    usage.level = i % 5 == 0 ? model::Usage::Level::kInstalledInLiveRuntime : model::Usage::Level::kLoaded;
    usage.evidence = "app (pid " + std::to_string(1000 + index) + ") has it loaded: " + sbom.packages[i].name;
    usage.runs_as_root = i % 2 == 0;
    usage.listening = i % 3 == 0;
    usage.listens = i % 4 == 0 ? model::AddressScope::kAny : model::AddressScope::kPrivate;
    usage.listen_text = usage.listening ? "app listens on 0.0.0.0:80" : "";
    out.packages.emplace_back(sbom.packages[i].id, usage);
  }
  return out;
}

}  // namespace weir::bench
