#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include "base/hash.h"
#include "base/strings.h"
#include "model/purl.h"
#include "sbom/catalogers.h"
#include "sbom/interest_table.h"
#include "sbom/sbom.h"

namespace weir::sbom {
namespace {

/// Folders that are links ("bin" -> "usr/bin"), so that a file list that says
/// bin/sh owns the file that the walk saw as usr/bin/sh.
class LinkedFolders {
 public:
  void Add(const target::Entry& entry, std::string_view link_target) {
    if (std::count(entry.path.begin(), entry.path.end(), '/') > 2) return;
    std::string joined = link_target.starts_with('/')
                             ? std::string(link_target)
                             : std::string(entry.parent) + "/" + std::string(link_target);
    std::optional<std::string> real = NormalizePath(joined);
    if (!real || real->empty() || *real == entry.path) return;
    std::lock_guard lock(mutex_);
    if (links_.size() < kMaxLinks) links_.emplace(*real, entry.path);
  }

  /// PATH and the names it has through linked folders.
  std::vector<std::string> Names(std::string_view path) const {
    std::vector<std::string> names{std::string(path)};
    for (std::size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
      auto [first, last] = links_.equal_range(std::string(path.substr(0, at)));
      for (; first != last && names.size() < kMaxNames; ++first)
        names.push_back(first->second + std::string(path.substr(at)));
    }
    return names;
  }

 private:
  static constexpr std::size_t kMaxLinks = 100'000, kMaxNames = 16;
  std::mutex mutex_;
  std::unordered_multimap<std::string, std::string> links_;  // real folder -> link
};

/// The path that an OS package's file list would name: archives inside a file count as the file.
std::string_view OuterPath(std::string_view path) { return path.substr(0, path.find("!/")); }

}  // namespace

struct Collector::Impl {
  Impl(const CatalogOptions& options, target::ProblemLog& problems)
      : catalogers(MakeCatalogers(options)), table(catalogers), emitter(problems) {}
  std::vector<std::unique_ptr<Cataloger>> catalogers;
  InterestTable table;
  Emitter emitter;
  LinkedFolders links;
};

Collector::Collector(const CatalogOptions& options, target::ProblemLog& problems)
    : impl_(std::make_unique<Impl>(options, problems)) {}
Collector::~Collector() = default;

bool Collector::WantsFile(const target::Entry& entry) { return impl_->table.Find(entry) != 0; }

void Collector::VisitFile(target::File& file) {
  std::uint64_t wanted = impl_->table.Find(file.entry());
  for (std::size_t i = 0; i < impl_->catalogers.size(); ++i)
    if ((wanted >> i) & 1U) impl_->catalogers[i]->Visit(file, impl_->emitter);
}

void Collector::VisitLink(const target::Entry& entry, std::string_view link_target) {
  impl_->links.Add(entry, link_target);
}

model::Sbom Collector::Finish(target::Target& target) {
  model::Sbom sbom;
  sbom.asset = target.asset();
  for (const char* path : {"etc/os-release", "usr/lib/os-release"}) {
    Result<std::string> text = target.ReadFile(path, 64 * 1024);
    if (!text) continue;
    sbom.distro = model::ParseOsRelease(*text);
    if (!sbom.distro.empty()) break;
  }
  for (const std::unique_ptr<Cataloger>& cataloger : impl_->catalogers) {
    cataloger->Finish(impl_->emitter);
    sbom.catalogers.emplace_back(cataloger->name());
  }
  std::sort(sbom.catalogers.begin(), sbom.catalogers.end());

  sbom.packages = std::move(impl_->emitter.packages_);
  sbom.relations = std::move(impl_->emitter.relations_);
  auto key = [](const model::Package& p) {
    return std::tie(p.type, p.name, p.version, p.arch, p.locations.front(), p.id);
  };
  std::sort(sbom.packages.begin(), sbom.packages.end(),
            [&](const model::Package& a, const model::Package& b) { return key(a) < key(b); });
  sbom.packages.erase(
      std::unique(sbom.packages.begin(), sbom.packages.end(),
                  [](const model::Package& a, const model::Package& b) { return a.id == b.id; }),
      sbom.packages.end());
  std::unordered_map<std::string_view, std::uint32_t> index_of;
  for (std::uint32_t i = 0; i < sbom.packages.size(); ++i) index_of.emplace(sbom.packages[i].id, i);

  for (const Emitter::OwnedFile& owned : impl_->emitter.owned_) {
    auto owner = index_of.find(impl_->emitter.owner_ids_[owned.owner]);
    if (owner != index_of.end()) sbom.owners.entries().emplace_back(owned.path_hash, owner->second);
  }
  impl_->emitter.owned_ = {};
  sbom.owners.Sort();

  for (model::Package& package : sbom.packages) {
    if (model::IsOsPackage(package.type)) continue;
    for (const model::Location& location : package.locations) {
      std::int64_t owner = -1;
      for (const std::string& name : impl_->links.Names(OuterPath(location.path)))
        if (owner = sbom.owners.Find(name); owner >= 0) break;
      if (owner < 0) continue;
      package.owned_by = sbom.packages[static_cast<std::size_t>(owner)].id;
      sbom.relations.push_back({package.owned_by, package.id, model::RelationKind::kOwns});
      break;
    }
  }
  for (model::Package& package : sbom.packages)
    if (package.purl.empty()) package.purl = model::BuildPurl(package, sbom.distro);
  std::sort(sbom.relations.begin(), sbom.relations.end());
  sbom.relations.erase(std::unique(sbom.relations.begin(), sbom.relations.end()), sbom.relations.end());
  return sbom;
}

}  // namespace weir::sbom
