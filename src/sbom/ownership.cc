#include "sbom/ownership.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/strings.h"
#include "sbom/program/program.h"

namespace weir::sbom {
namespace {

/// The path that an OS package's file list would name: archives inside a file count as the file.
std::string_view OuterPath(std::string_view path) { return path.substr(0, path.find("!/")); }

/// Files that say nothing about who installed the software they describe: the
/// package manager's own database and copyright notes.
bool MayBeOwned(std::string_view path) {
  static constexpr std::string_view kNever[] = {
      "**/lib/dpkg/**",      "**/lib/apk/db/**",         "**/lib/rpm/Packages*",
      "**/rpm/rpmdb.sqlite", "**/share/doc/*/copyright",
  };
  std::string rooted = "/" + std::string(path);
  return std::none_of(std::begin(kNever), std::end(kNever),
                      [&](std::string_view glob) { return GlobMatch(glob, rooted); });
}

bool HasPrefix(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view p) { return text.starts_with(p); });
}

struct VendorRow {
  std::string_view distro, vendor;  // lower-case; VENDOR is part of the recorded name
};
// What each distribution writes into its own rpm packages as Vendor.
constexpr VendorRow kVendors[] = {
    {"rhel", "red hat"},
    {"centos", "centos"},
    {"centos", "red hat"},
    {"rocky", "rocky"},
    {"almalinux", "almalinux"},
    {"fedora", "fedora"},
    {"ol", "oracle"},
    {"amzn", "amazon"},
    {"sles", "suse"},
    {"opensuse", "suse"},
    {"opensuse-leap", "suse"},
    {"opensuse-tumbleweed", "suse"},
    {"sle_hpc", "suse"},
    {"sl-micro", "suse"},
    {"mariner", "microsoft"},
    {"azurelinux", "microsoft"},
    {"photon", "vmware"},
    {"photon", "broadcom"},
    {"openeuler", "openeuler"},
    {"mageia", "mageia"},
    {"cloudlinux", "cloudlinux"},
    {"eurolinux", "eurolinux"},
    {"virtuozzo", "virtuozzo"},
    {"scientific", "scientific linux"},
};

/// Nothing where the vendor or the distribution is not known.
std::optional<bool> VendorIsDistro(std::string_view vendor, std::string_view distro) {
  std::string lower = ToLower(vendor);
  bool known = false;
  for (const VendorRow& row : kVendors) {
    if (row.distro != distro) continue;
    if (lower.find(row.vendor) != std::string::npos) return true;
    known = true;
  }
  if (!known || vendor.empty()) return std::nullopt;
  return false;
}

}  // namespace

void LinkedFolders::Add(const target::Entry& entry, std::string_view link_target) {
  // Links below the third level are many (documentation), and file lists do not go through them.
  if (std::count(entry.path.begin(), entry.path.end(), '/') > 2) return;
  std::string joined = link_target.starts_with('/')
                           ? std::string(link_target)
                           : std::string(entry.parent) + "/" + std::string(link_target);
  std::optional<std::string> folder = NormalizePath(joined);
  if (!folder || folder->empty() || *folder == entry.path) return;
  // The links at the root are those that matter most: a flood of others must not crowd them out.
  static constexpr std::size_t kMaxAtRoot = 1000;
  std::lock_guard lock(mutex_);
  bool at_root = entry.parent.empty() && ++at_root_ <= kMaxAtRoot;
  if (at_root || links_.size() < model::FileOwners::kMaxLinks - kMaxAtRoot)
    links_.emplace_back(entry.path, std::move(*folder));
}

void LinkedFolders::MoveTo(model::FileOwners& owners) {
  for (const auto& [link, folder] : links_) owners.AddLink(link, folder);
  links_ = {};
}

bool IsFromDistro(const model::Package& owner, std::string_view path, const model::Distro& distro) {
  if (owner.type == model::PackageType::kRpm)
    if (std::optional<bool> vendor = VendorIsDistro(owner.vendor, distro.id)) return *vendor;
  if (owner.type == model::PackageType::kDeb && !owner.origin.empty() && !distro.id.empty()) {
    std::string origin = ToLower(owner.origin);
    if (origin.find(distro.id) == std::string::npos && origin.find("debian") == std::string::npos)
      return false;
  }
  // The Filesystem Hierarchy Standard leaves these to others than the distribution.
  return !HasPrefix(path, {"opt/", "usr/local/", "srv/", "home/"});
}

void MarkOwned(model::Sbom& sbom) {
  if (sbom.owners.size() == 0) return;
  for (model::Package& package : sbom.packages) {
    if (model::IsOsPackage(package.type) && package.found_by != kElfNoteFinder) continue;
    for (const model::Location& location : package.locations) {
      std::string_view path = OuterPath(location.path);
      std::int64_t found = sbom.owners.Find(path);
      if (found < 0 || !MayBeOwned(path)) continue;
      const model::Package& owner = sbom.packages[static_cast<std::size_t>(found)];
      if (IsFromDistro(owner, path, sbom.distro)) package.owned_by = owner.id;
      sbom.relations.push_back({owner.id, package.id, model::RelationKind::kOwns});
      break;
    }
  }
}

void DropRepeatedNotes(model::Sbom& sbom) {
  // A note often names the source package rather than the installed one.
  std::set<std::pair<model::PackageType, std::string>> known;
  bool any_note = false;
  for (const model::Package& package : sbom.packages) any_note |= package.found_by == kElfNoteFinder;
  if (!any_note) return;
  for (const model::Package& package : sbom.packages) {
    if (!model::IsOsPackage(package.type) || package.found_by == kElfNoteFinder) continue;
    known.emplace(package.type, package.name);
    if (!package.source_name.empty()) known.emplace(package.type, package.source_name);
  }
  std::erase_if(sbom.packages, [&](const model::Package& package) {
    return package.found_by == kElfNoteFinder && known.contains({package.type, package.name});
  });
}

}  // namespace weir::sbom
