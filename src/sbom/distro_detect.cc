#include "sbom/distro_detect.h"

#include "base/strings.h"

namespace weir::sbom {
namespace {

constexpr std::uint64_t kMaxBytes = 64 << 10;

struct ReleaseRow {
  std::string_view name, id;
};
// The first that the line starts with counts.
constexpr ReleaseRow kReleaseNames[] = {
    {"Red Hat Enterprise Linux", "rhel"},
    {"CentOS", "centos"},
    {"Rocky Linux", "rocky"},
    {"AlmaLinux", "almalinux"},
    {"Oracle Linux", "ol"},
    {"Enterprise Linux Enterprise Linux", "ol"},
    {"Fedora", "fedora"},
    {"Amazon Linux", "amzn"},
    {"CloudLinux", "cloudlinux"},
    {"Scientific Linux", "scientific"},
    {"openEuler", "openeuler"},
    {"CBL-Mariner", "mariner"},
    {"VMware Photon", "photon"},
    {"XenServer", "xenserver"},
    {"EuroLinux", "eurolinux"},
    {"Virtuozzo", "virtuozzo"},
    {"Mageia", "mageia"},
};

std::string_view FirstLine(std::string_view text) { return Trim(NextLine(text)); }

/// The first word that starts with a digit.
std::string_view VersionWord(std::string_view line) {
  while (!line.empty()) {
    std::string_view word = NextPiece(line, ' ');
    if (!word.empty() && IsDigit(word.front())) return word.substr(0, word.find_last_of("0123456789") + 1);
  }
  return {};
}

model::Distro ParseAlpineRelease(std::string_view text) {
  model::Distro distro;
  std::string_view version = FirstLine(text);
  if (version.empty() || !IsDigit(version.front())) return distro;
  distro.id = "alpine";
  distro.version_id = version;
  distro.pretty_name = "Alpine Linux " + distro.version_id;
  return distro;
}

}  // namespace

model::Distro ParseReleaseLine(std::string_view text) {
  model::Distro distro;
  std::string_view line = FirstLine(text);
  for (const ReleaseRow& row : kReleaseNames) {
    if (!line.starts_with(row.name)) continue;
    distro.id = row.id;
    distro.version_id = VersionWord(line);
    distro.pretty_name = line;
    break;
  }
  return distro;
}

model::Distro ParseLsbRelease(std::string_view text) {
  model::Distro distro;
  while (!text.empty()) {
    std::string_view line = Trim(NextLine(text));
    std::string_view key = NextPiece(line, '=');
    std::string_view value = line;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (key == "DISTRIB_ID") distro.id = ToLower(value);
    if (key == "DISTRIB_RELEASE") distro.version_id = value;
    if (key == "DISTRIB_CODENAME") distro.codename = value;
    if (key == "DISTRIB_DESCRIPTION") distro.pretty_name = value;
  }
  return distro.id.empty() ? model::Distro{} : distro;
}

model::Distro ParseDebianVersion(std::string_view text) {
  model::Distro distro;
  std::string_view version = FirstLine(text);
  if (version.empty()) return distro;
  distro.id = "debian";
  if (IsDigit(version.front())) {
    distro.version_id = version.substr(0, version.find('.'));
  } else {
    distro.codename = version.substr(0, version.find('/'));
  }
  distro.pretty_name = "Debian GNU/Linux " + std::string(version);
  return distro;
}

model::Distro DetectDistro(target::Target& target) {
  struct Source {
    const char* path;
    model::Distro (*parse)(std::string_view);
  };
  // lsb-release before debian_version, that Debian's descendants carry too.
  static constexpr Source kSources[] = {
      {"etc/os-release", model::ParseOsRelease},   {"usr/lib/os-release", model::ParseOsRelease},
      {"etc/oracle-release", ParseReleaseLine},    {"etc/rocky-release", ParseReleaseLine},
      {"etc/almalinux-release", ParseReleaseLine}, {"etc/centos-release", ParseReleaseLine},
      {"etc/redhat-release", ParseReleaseLine},    {"etc/fedora-release", ParseReleaseLine},
      {"etc/system-release", ParseReleaseLine},    {"etc/alpine-release", ParseAlpineRelease},
      {"etc/lsb-release", ParseLsbRelease},        {"etc/debian_version", ParseDebianVersion},
  };
  for (const Source& source : kSources) {
    Result<std::string> text = target.ReadFile(source.path, kMaxBytes);
    if (!text) continue;
    if (model::Distro distro = source.parse(*text); !distro.empty()) return distro;
  }
  return {};
}

}  // namespace weir::sbom
