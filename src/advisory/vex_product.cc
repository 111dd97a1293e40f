#include "advisory/vex_product.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"

namespace weir::advisory {
namespace {

using model::Package;
using model::Purl;

/// CPE 2.3, or the older "cpe:/o:redhat:enterprise_linux:9::baseos".
std::optional<CpeName> AnyCpe(std::string_view text) {
  if (!text.starts_with("cpe:/")) return ParseCpe(text);
  std::vector<std::string_view> parts = Split(text.substr(5), ':');
  if (parts.size() < 3 || parts[0].size() != 1) return std::nullopt;
  CpeName out;
  out.part = parts[0][0];
  out.vendor = ToLower(parts[1]);
  out.product = ToLower(parts[2]);
  out.version = parts.size() > 3 && !parts[3].empty() ? ToLower(parts[3]) : "*";
  return out;
}

bool IsAny(std::string_view part) { return part.empty() || part == "*" || part == "-"; }

std::string_view Qualifier(const Purl& purl, std::string_view key) {
  for (const auto& [name, value] : purl.qualifiers)
    if (name == key) return value;
  return {};
}

/// "ns/name" in lower case; PyPI's separators are one.
std::string FullName(const Purl& purl) {
  std::string out = ToLower(purl.namespace_path.empty() ? purl.name : purl.namespace_path + "/" + purl.name);
  if (purl.type == "pypi") out = ReplaceAll(ReplaceAll(out, "_", "-"), ".", "-");
  return out;
}

std::string Vendor(std::string_view name) {
  struct Row {
    std::string_view name, same;
  };
  static constexpr Row kSame[] = {{"redhat", "rhel"},
                                  {"amazon", "amzn"},
                                  {"oracle", "ol"},
                                  {"oraclelinux", "ol"},
                                  {"rockylinux", "rocky"},
                                  {"alma", "almalinux"},
                                  {"opensuse-leap", "opensuse"},
                                  {"opensuse-tumbleweed", "opensuse"},
                                  {"suse", "sles"}};
  std::string lower = ToLower(name);
  for (const Row& row : kSame)
    if (row.name == lower) return std::string(row.same);
  return lower;
}

bool IsOsType(std::string_view type) { return type == "deb" || type == "rpm" || type == "apk"; }

bool VersionAgrees(const Purl& want, std::string_view have) {
  std::string wanted = want.version;
  std::string_view epoch = Qualifier(want, "epoch");
  if (!epoch.empty() && wanted.find(':') == std::string::npos) wanted = std::string(epoch) + ":" + wanted;
  bool epoch_given = wanted.find(':') != std::string::npos;
  auto plain = [](std::string_view version) {
    if (version.starts_with("0:")) version.remove_prefix(2);
    return version;
  };
  if (plain(wanted) == plain(have)) return true;
  if (want.type == "golang") {
    std::string_view a = wanted, b = have;
    if (a.starts_with('v')) a.remove_prefix(1);
    if (b.starts_with('v')) b.remove_prefix(1);
    return a == b;
  }
  // Many tools leave the epoch out of a purl.
  std::size_t colon = have.find(':');
  return IsOsType(want.type) && !epoch_given && colon != std::string_view::npos &&
         have.substr(colon + 1) == wanted;
}

bool ArchAgrees(std::string_view want, std::string_view have) {
  auto plain = [](std::string_view arch) {
    if (arch == "x86_64") return std::string_view("amd64");
    if (arch == "aarch64") return std::string_view("arm64");
    return arch == "noarch" ? std::string_view("all") : arch;
  };
  return plain(want) == plain(have);
}

/// "debian-12" speaks of "debian-12.5" too; the codename of the same release counts as unknown, not as
/// another.
bool DistroAgrees(std::string_view want, std::string_view have) {
  if (EqualsIgnoreCase(want, have)) return true;
  std::string_view shorter = want.size() < have.size() ? want : have,
                   longer = want.size() < have.size() ? have : want;
  return longer.starts_with(shorter) && longer[shorter.size()] == '.';
}

bool QualifiersAgree(const Purl& want, const Purl& have) {
  static constexpr std::string_view kNoIdentity[] = {"epoch",   "upstream",     "tag",       "checksum",
                                                     "vcs_url", "download_url", "file_name", "package-id"};
  for (const auto& [key, value] : want.qualifiers) {
    if (std::ranges::find(kNoIdentity, key) != std::end(kNoIdentity)) continue;
    std::string_view mine = Qualifier(have, key);
    if (mine.empty() || mine == value) continue;
    if (key == "arch" && ArchAgrees(value, mine)) continue;
    bool versionless = value.find_first_of("0123456789") == std::string::npos;
    if (key == "distro" && (versionless || DistroAgrees(value, mine))) continue;
    return false;
  }
  return true;
}

/// "ghcr.io/acme/app:1.2@sha256:..." in its parts.
struct ImageName {
  std::string repository, tag, digest;
};

ImageName ParseImage(std::string_view text) {
  ImageName out;
  for (std::string_view scheme : {"docker://", "registry:", "docker:", "podman:", "oci://"})
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  if (std::size_t at = text.find('@'); at != std::string_view::npos) {
    out.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos) {
    out.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  for (std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"})
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  out.repository = ToLower(text);
  return out;
}

std::string_view LastPart(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool PlatformAgrees(const CpeName& cpe, const model::Distro& distro) {
  struct Row {
    std::string_view vendor, product, id;
  };
  static constexpr Row kPlatforms[] = {{"redhat", "enterprise_linux", "rhel"},
                                       {"redhat", "enterprise_linux", "centos"},
                                       {"debian", "debian_linux", "debian"},
                                       {"canonical", "ubuntu_linux", "ubuntu"},
                                       {"alpinelinux", "alpine_linux", "alpine"},
                                       {"almalinux", "almalinux", "almalinux"},
                                       {"rocky", "rocky", "rocky"},
                                       {"oracle", "linux", "ol"}};
  if (cpe.part != 'o') return false;
  bool same = std::ranges::any_of(kPlatforms, [&](const Row& row) {
    return row.vendor == cpe.vendor && row.product == cpe.product && row.id == distro.id;
  });
  return same && (IsAny(cpe.version) || DistroAgrees(cpe.version, distro.version_id));
}

}  // namespace

VexProduct::VexProduct(std::string_view text) : text_(Trim(text)) {
  if (text_.starts_with("pkg:")) {
    if (Result<Purl> purl = model::ParsePurl(text_)) purl_ = std::move(*purl);
  } else if (text_.starts_with("cpe:")) {
    cpe_ = AnyCpe(text_);
  }
}

bool VexProduct::PurlAgrees(const Package& package, const Purl& have) const {
  const Purl& want = *purl_;
  if (want.type != have.type || want.subpath != have.subpath) return false;
  std::string_view arch = Qualifier(want, "arch");
  bool source = IsOsType(want.type) && (arch == "source" || arch == "src");
  if (IsOsType(want.type)) {
    bool vendor = want.namespace_path.empty() || have.namespace_path.empty() ||
                  Vendor(want.namespace_path) == Vendor(have.namespace_path);
    std::string_view name = source && !package.source_name.empty() ? package.source_name : package.name;
    if (!vendor || want.name != name) return false;
  } else if (FullName(want) != FullName(have)) {
    return false;
  }
  std::string_view version =
      source && !package.source_version.empty() ? package.source_version : package.version;
  if (!want.version.empty() && !VersionAgrees(want, version)) return false;
  if (!source) return QualifiersAgree(want, have);
  Purl without = want;
  std::erase_if(without.qualifiers, [](const auto& pair) { return pair.first == "arch"; });
  return QualifiersAgree(without, have);
}

bool VexProduct::IsPackage(const Package& package, const Purl& have) const {
  if (purl_) return PurlAgrees(package, have);
  if (cpe_) {
    return std::ranges::any_of(package.cpes, [&](const std::string& text) {
      std::optional<CpeName> mine = ParseCpe(text);
      return mine && mine->vendor == cpe_->vendor && mine->product == cpe_->product &&
             (IsAny(cpe_->version) || cpe_->version == ToLower(package.version) ||
              cpe_->version == mine->version);
    });
  }
  return text_ == package.name + "@" + package.version;
}

bool VexProduct::IsImage(const model::Asset& asset) const {
  const Purl& want = *purl_;
  ImageName image = ParseImage(asset.image.empty() ? asset.name : asset.image);
  std::string name = FullName(want);
  bool tail = image.repository == name || image.repository.ends_with("/" + name);
  if (want.type == "oci" && LastPart(image.repository) != name) return false;
  if (want.type == "docker" && !tail) return false;
  if (std::string_view url = Qualifier(want, "repository_url"); !url.empty()) {
    std::string repository = ParseImage(url).repository;
    if (repository != image.repository && repository + "/" + name != image.repository) return false;
  }
  bool digest = want.version.starts_with("sha256:");
  if (digest && asset.id.find(want.version) == std::string::npos && image.digest != want.version)
    return false;
  std::string_view tag =
      digest || want.version.empty() ? Qualifier(want, "tag") : std::string_view(want.version);
  return tag.empty() || tag == image.tag || (image.tag.empty() && digest);
}

namespace {

/// Our own OpenVEX reports name an asset by an IRI made of its id: that id again, or "".
std::string AssetIdOf(std::string_view iri) {
  for (std::string_view prefix : {"file://", "urn:weir:asset:"}) {
    if (!iri.starts_with(prefix)) continue;
    std::string id;
    for (std::size_t i = prefix.size(); i < iri.size(); ++i) {
      unsigned byte = 0;
      std::string_view hex = iri.substr(i + 1, 2);
      bool coded = iri[i] == '%' && hex.size() == 2 &&
                   std::from_chars(hex.data(), hex.data() + 2, byte, 16).ptr == hex.data() + 2;
      id += coded ? static_cast<char>(byte) : iri[i];
      if (coded) i += 2;
    }
    return id;
  }
  return "";
}

}  // namespace

bool VexProduct::IsAsset(const model::Asset& asset, const model::Distro& distro) const {
  bool image = asset.kind == model::AssetKind::kImage || asset.kind == model::AssetKind::kContainer;
  if (purl_ && (purl_->type == "oci" || purl_->type == "docker"))
    return (image || asset.kind == model::AssetKind::kSbom) && IsImage(asset);
  if (purl_)
    return purl_->type == "generic" && purl_->version.empty() && !image &&
           FullName(*purl_) == ToLower(LastPart(asset.name));
  if (cpe_) return PlatformAgrees(*cpe_, distro);
  if (text_.empty()) return false;
  if (text_ == asset.id || text_ == asset.name || text_ == asset.image) return true;
  if (std::string id = AssetIdOf(text_); !id.empty() && (id == asset.id || id == asset.name)) return true;
  if (!image) return text_ == LastPart(asset.name) || text_ == LastPart(asset.id);
  ImageName mine = ParseImage(asset.image.empty() ? asset.name : asset.image), wanted = ParseImage(text_);
  return wanted.repository == mine.repository && (wanted.tag.empty() || wanted.tag == mine.tag) &&
         (wanted.digest.empty() || wanted.digest == mine.digest ||
          asset.id.find(wanted.digest) != std::string::npos);
}

}  // namespace weir::advisory
