#include <algorithm>
#include <exception>
#include <tuple>
#include <unordered_map>

#include "model/purl.h"
#include "sbom/catalogers.h"
#include "sbom/distro_detect.h"
#include "sbom/interest_table.h"
#include "sbom/ownership.h"
#include "sbom/sbom.h"

namespace weir::sbom {
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

namespace {

/// The last net: a file that exhausts memory, or a library that throws after all, costs that file and is
/// told.
void VisitGuarded(Cataloger& cataloger, target::File& file, Emitter& emitter) {
  try {
    cataloger.Visit(file, emitter);
  } catch (const std::exception& error) {
    emitter.Problem(Code::kInternal, file.entry().path,
                    std::string(cataloger.name()) + ": could not be read: " + error.what());
  }
}

}  // namespace

bool Collector::WantsFile(const target::Entry& entry) { return impl_->table.Find(entry) != 0; }

void Collector::VisitFile(target::File& file) {
  std::uint64_t wanted = impl_->table.Find(file.entry());
  for (std::size_t i = 0; i < impl_->catalogers.size(); ++i)
    if ((wanted >> i) & 1U) VisitGuarded(*impl_->catalogers[i], file, impl_->emitter);
}

void Collector::VisitLink(const target::Entry& entry, std::string_view link_target) {
  impl_->links.Add(entry, link_target);
}

namespace {

/// Turns the catalogers' file lists into the table of owners, and gives their memory back on the way.
template <class Batches>
void MoveOwners(Batches& batches, model::Sbom& sbom) {
  std::unordered_map<std::string_view, std::uint32_t> index_of;
  for (std::uint32_t i = 0; i < sbom.packages.size(); ++i) index_of.emplace(sbom.packages[i].id, i);
  std::size_t files = 0;
  for (const auto& batch : batches) files += batch.path_hashes.size();
  sbom.owners.entries().reserve(files);
  for (auto& batch : batches) {
    auto owner = index_of.find(batch.owner);
    if (owner != index_of.end())
      for (std::uint64_t hash : batch.path_hashes) sbom.owners.entries().emplace_back(hash, owner->second);
    batch.path_hashes = {};
  }
  batches = {};
}

}  // namespace

model::Sbom Collector::Finish(target::Target& target) {
  model::Sbom sbom;
  sbom.asset = target.asset();
  sbom.distro = DetectDistro(target);
  for (const std::unique_ptr<Cataloger>& cataloger : impl_->catalogers) {
    cataloger->Finish(impl_->emitter);
    sbom.catalogers.emplace_back(cataloger->name());
  }
  std::sort(sbom.catalogers.begin(), sbom.catalogers.end());

  sbom.packages = std::move(impl_->emitter.packages_);
  sbom.relations = std::move(impl_->emitter.relations_);
  auto key = [](const model::Package& p) {
    return std::tie(p.type, p.name, p.version, p.arch, p.locations.front(), p.id, p.found_by);
  };
  std::sort(sbom.packages.begin(), sbom.packages.end(),
            [&](const model::Package& a, const model::Package& b) { return key(a) < key(b); });
  sbom.packages.erase(
      std::unique(sbom.packages.begin(), sbom.packages.end(),
                  [](const model::Package& a, const model::Package& b) { return a.id == b.id; }),
      sbom.packages.end());
  DropRepeatedNotes(sbom);
  MoveOwners(impl_->emitter.owned_, sbom);
  impl_->links.MoveTo(sbom.owners);
  sbom.owners.Sort();
  MarkOwned(sbom);
  for (model::Package& package : sbom.packages)
    if (package.purl.empty()) package.purl = model::BuildPurl(package, sbom.distro);
  std::sort(sbom.relations.begin(), sbom.relations.end());
  sbom.relations.erase(std::unique(sbom.relations.begin(), sbom.relations.end()), sbom.relations.end());
  return sbom;
}

}  // namespace weir::sbom
