#include "advisory/distro_ecosystem.h"

#include <algorithm>

#include "advisory/feeds/debian_release.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::PackageType;

std::string_view TakeDigits(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return text.substr(0, end);
}

/// "Linux Enterprise Server 15 SP5" to "15.5"; empty for other products.
std::string SuseRelease(std::string_view product) {
  bool base = product.starts_with("Linux Enterprise Server ") ||
              product.starts_with("Linux Enterprise Module for ") ||
              product.starts_with("Linux Enterprise Desktop ");
  if (!base || product.find("for SAP") != std::string_view::npos) return "";
  std::vector<std::string_view> words = Split(product, ' ');
  std::string_view last = words.back();
  if (last.starts_with("SP") && words.size() >= 2) {
    std::string_view major = words[words.size() - 2], pack = last.substr(2);
    if (!ParseUint(major) || !ParseUint(pack)) return "";
    return std::string(major) + "." + std::string(pack);
  }
  return ParseUint(last) ? std::string(last) : "";
}

/// "3.18.4" to "3.18".
std::string MajorMinor(std::string_view version) {
  std::string_view rest = version;
  std::string out(NextPiece(rest, '.'));
  std::string_view minor = TakeDigits(rest);
  return minor.empty() ? out : out + "." + std::string(minor);
}

DistroEcosystems Ubuntu(const model::Distro& distro) {
  const std::string& version = distro.version_id;
  if (version.empty()) return {};
  std::optional<std::uint64_t> year = ParseUint(TakeDigits(version));
  bool long_term = year && *year % 2 == 0 && version.ends_with(".04");
  std::string plain = "Ubuntu:" + version;
  if (!long_term) return {{plain}, ""};
  return {{plain + ":LTS", plain}, "Ubuntu:Pro:" + version + ":LTS"};
}

DistroEcosystems Debian(const model::Distro& distro) {
  std::string_view major = TakeDigits(distro.version_id);
  std::string name = major.empty() ? DebianEcosystem(distro.codename) : "Debian:" + std::string(major);
  return name.empty() ? DistroEcosystems{} : DistroEcosystems{{name}, ""};
}

DistroEcosystems Apk(const model::Distro& distro) {
  if (distro.id == "wolfi") return {{"Wolfi"}, ""};
  if (distro.id == "chainguard") return {{"Chainguard"}, ""};
  if (distro.id == "minimos") return {{"MinimOS"}, ""};
  if (distro.version_id.empty()) return {};
  if (distro.id == "alpaquita") return {{"Alpaquita:" + distro.version_id}, ""};
  if (distro.id != "alpine") return {};
  if (distro.version_id.find("_alpha") != std::string::npos || distro.version_id == "edge")
    return {{"Alpine:edge"}, ""};
  return {{"Alpine:v" + MajorMinor(distro.version_id)}, ""};
}

enum class Release { kMajor, kMajorMinor, kWhole };
struct RpmRow {
  std::string_view id, ecosystem;
  Release release;
};
constexpr RpmRow kRpm[] = {
    {"rhel", "Red Hat:", Release::kMajor},
    {"centos", "Red Hat:", Release::kMajor},
    {"rocky", "Rocky Linux:", Release::kMajor},
    {"almalinux", "AlmaLinux:", Release::kMajor},
    {"ol", "Oracle Linux:", Release::kMajor},
    {"amzn", "Amazon Linux:", Release::kMajor},
    {"fedora", "Fedora:", Release::kMajor},
    {"sles", "SUSE:", Release::kWhole},
    {"sled", "SUSE:", Release::kWhole},
    {"sles_sap", "SUSE:", Release::kWhole},
    {"opensuse-leap", "openSUSE:Leap ", Release::kWhole},
    {"photon", "Photon OS:", Release::kMajorMinor},
    {"azurelinux", "Azure Linux:", Release::kMajor},
    {"mariner", "Azure Linux:", Release::kMajor},
    {"mageia", "Mageia:", Release::kMajor},
};

/// "openEuler 22.03 (LTS-SP1)" to "openEuler:22.03-LTS-SP1".
std::string OpenEuler(const model::Distro& distro) {
  std::string out = "openEuler:" + distro.version_id;
  std::size_t open = distro.pretty_name.find('('), close = distro.pretty_name.find(')');
  if (open != std::string::npos && close != std::string::npos && close > open + 1)
    out += "-" + distro.pretty_name.substr(open + 1, close - open - 1);
  return out;
}

DistroEcosystems Rpm(const model::Distro& distro) {
  if (distro.id == "opensuse-tumbleweed") return {{"openSUSE:Tumbleweed"}, ""};
  if (distro.version_id.empty()) return {};
  if (distro.id == "openeuler") return {{OpenEuler(distro)}, ""};
  for (const RpmRow& row : kRpm) {
    if (row.id != distro.id) continue;
    std::string release = distro.version_id;
    if (row.release == Release::kMajor) release = TakeDigits(release);
    if (row.release == Release::kMajorMinor) release = MajorMinor(release);
    if (distro.id == "amzn" && release == "2018") release = "1";
    return {{std::string(row.ecosystem) + release}, ""};
  }
  return {};
}

struct VendorRow {
  std::string_view family, vendor;  // lower case, part of the recorded words
};
constexpr VendorRow kVendors[] = {
    {"Debian", "debian"},         {"Debian", "raspbian"},         {"Ubuntu", "ubuntu"},
    {"Ubuntu", "canonical"},      {"Red Hat", "red hat"},         {"Red Hat", "centos"},
    {"Rocky Linux", "rocky"},     {"AlmaLinux", "almalinux"},     {"Oracle Linux", "oracle"},
    {"Amazon Linux", "amazon"},   {"Fedora", "fedora"},           {"SUSE", "suse"},
    {"openSUSE", "suse"},         {"Photon OS", "vmware"},        {"Photon OS", "broadcom"},
    {"Azure Linux", "microsoft"}, {"Azure Linux", "azure linux"}, {"Mageia", "mageia"},
    {"openEuler", "openeuler"},
};

}  // namespace

std::string NormalizeEcosystem(std::string_view ecosystem) {
  constexpr std::string_view kRedHat = "Red Hat:enterprise_linux:", kSuse = "SUSE:";
  if (ecosystem.starts_with(kRedHat)) {
    std::string_view major = TakeDigits(ecosystem.substr(kRedHat.size()));
    if (!major.empty()) return "Red Hat:" + std::string(major);
  }
  if (ecosystem.starts_with(kSuse)) {
    std::string release = SuseRelease(ecosystem.substr(kSuse.size()));
    if (!release.empty()) return "SUSE:" + release;
  }
  return std::string(ecosystem);
}

bool IsDistroEcosystem(std::string_view ecosystem) {
  static constexpr std::string_view kDistros[] = {
      "AlmaLinux", "Alpaquita", "Alpine",      "Amazon Linux", "Azure Linux", "Chainguard", "Debian",
      "Echo",      "Fedora",    "Mageia",      "MinimOS",      "openEuler",   "openSUSE",   "Oracle Linux",
      "Photon OS", "Red Hat",   "Rocky Linux", "SUSE",         "Ubuntu",      "Wolfi"};
  std::string_view base = ecosystem.substr(0, ecosystem.find(':'));
  return std::ranges::find(kDistros, base) != std::end(kDistros);
}

DistroEcosystems EcosystemsOf(PackageType type, const model::Distro& distro) {
  if (type == PackageType::kApk) return Apk(distro);
  if (type == PackageType::kRpm) return Rpm(distro);
  if (type != PackageType::kDeb) return {};
  if (distro.id == "ubuntu") return Ubuntu(distro);
  if (distro.id == "debian" || distro.id == "raspbian") return Debian(distro);
  return {};
}

bool IsVendorOf(std::string_view ecosystem, std::string_view vendor) {
  std::string_view family = ecosystem.substr(0, ecosystem.find(':'));
  std::string lower = ToLower(vendor);
  bool known = false;
  for (const VendorRow& row : kVendors) {
    if (row.family != family) continue;
    if (lower.find(row.vendor) != std::string::npos) return true;
    known = true;
  }
  return !known;
}

}  // namespace weir::advisory
