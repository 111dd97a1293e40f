#include <algorithm>
#include <bit>
#include <exception>
#include <functional>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include "model/purl.h"
#include "sbom/catalogers.h"
#include "sbom/distro_detect.h"
#include "sbom/interest_table.h"
#include "sbom/ownership.h"
#include "sbom/sbom.h"
#include "sbom/scan_cache.h"

namespace weir::sbom {
struct Collector::Impl {
  Impl(const CatalogOptions& options, target::ProblemLog& problems, ScanCache* given_cache)
      : catalogers(MakeCatalogers(options)), table(catalogers), totals(problems), cache(given_cache) {}

  void Visit(target::File& file, const std::optional<target::FileIdentity>& identity, std::uint64_t wanted);
  void Replay(target::File& file, std::uint64_t wanted, std::string_view known);
  bool ReplayOne(std::size_t cataloger, const target::File& file, std::string_view section);
  bool Recall(std::size_t cataloger, const target::File& file, Emitter& emitter);
  /// STEP, which does something for CATALOGER; false where it threw.
  bool Guarded(std::size_t cataloger, const target::File& file, Emitter& emitter,
               const std::function<void()>& step);
  void Merge(Emitter& emitter);

  std::vector<std::unique_ptr<Cataloger>> catalogers;
  InterestTable table;
  EmitterTotals totals;
  ScanCache* cache;  // null: every file is read
  LinkedFolders links;
  std::mutex mutex;  // guards found
  Contribution found;
};

Collector::Collector(const CatalogOptions& options, target::ProblemLog& problems, ScanCache* cache)
    : impl_(std::make_unique<Impl>(options, problems, cache)) {}
Collector::~Collector() = default;

bool Collector::WantsFile(const target::Entry& entry) { return impl_->table.Find(entry) != 0; }

void Collector::VisitFile(target::File& file) {
  std::uint64_t wanted = impl_->table.Find(file.entry());
  std::optional<target::FileIdentity> identity;
  if (impl_->cache != nullptr) identity = file.identity();
  if (identity)
    if (std::optional<std::string_view> known = impl_->cache->Find(file.entry().path, *identity))
      return impl_->Replay(file, wanted, *known);
  impl_->Visit(file, identity, wanted);
}

/// The last net: a file that exhausts memory, or a library that throws after all, costs that file and is
/// told.
bool Collector::Impl::Guarded(std::size_t cataloger, const target::File& file, Emitter& emitter,
                              const std::function<void()>& step) {
  try {
    step();
    return true;
  } catch (const std::exception& error) {
    emitter.ForbidKeeping();
    emitter.Problem(Code::kInternal, file.entry().path,
                    std::string(catalogers[cataloger]->name()) + ": could not be read: " + error.what());
    return false;
  }
}

bool Collector::Impl::Recall(std::size_t cataloger, const target::File& file, Emitter& emitter) {
  std::vector<std::string> notes = std::move(emitter.found().notes);
  return std::all_of(notes.begin(), notes.end(), [&](const std::string& note) {
    return catalogers[cataloger]->Recall(file.entry(), ByteReader(note), emitter);
  });
}

void Collector::Impl::Merge(Emitter& emitter) {
  if (emitter.found().empty()) return;
  std::lock_guard lock(mutex);
  found.Append(std::move(emitter.found()));
}

/// What is kept of a file: for each cataloger that found something its number and what it found.
void Collector::Impl::Visit(target::File& file, const std::optional<target::FileIdentity>& identity,
                            std::uint64_t wanted) {
  ByteWriter sections;
  bool keep = identity.has_value();
  std::int64_t read_at = keep ? cache->Now() : 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    auto i = static_cast<std::size_t>(std::countr_zero(wanted));
    Emitter emitter(totals);
    Guarded(i, file, emitter, [&] { catalogers[i]->Visit(file, emitter); });
    Guarded(i, file, emitter, [&] {
      keep = keep && emitter.can_be_kept();
      if (keep && !emitter.found().empty()) {
        sections.U8(static_cast<std::uint8_t>(i));
        sections.Text(EncodeContribution(emitter.found()));
      }
      WEIR_CHECK(Recall(i, file, emitter));
      Merge(emitter);
    });
    keep = keep && emitter.can_be_kept();
  }
  if (keep && !file.failed()) cache->Put(file.entry().path, *identity, sections.text(), read_at);
}

bool Collector::Impl::ReplayOne(std::size_t cataloger, const target::File& file, std::string_view section) {
  Emitter emitter(totals);
  bool replayed = false;
  bool whole = Guarded(cataloger, file, emitter, [&] {
    Contribution earlier;
    if (!DecodeContribution(section, earlier)) return;
    emitter.Replay(std::move(earlier));
    if (!Recall(cataloger, file, emitter)) return;
    Merge(emitter);
    replayed = true;
  });
  return replayed || !whole;  // what threw has been told of, and would throw again
}

void Collector::Impl::Replay(target::File& file, std::uint64_t wanted, std::string_view known) {
  ByteReader in(known);
  while (!in.empty()) {
    std::size_t i = in.U8();
    std::string_view section = in.Text();
    // A checksum protected it, so this does not happen by accident: those that are left read the file.
    if (!in.ok() || i >= catalogers.size() || ((wanted >> i) & 1U) == 0 || !ReplayOne(i, file, section)) {
      cache->Distrust();
      return Visit(file, std::nullopt, wanted);
    }
    wanted &= ~(std::uint64_t{1} << i);
  }
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
    Emitter emitter(impl_->totals);
    cataloger->Finish(emitter);
    impl_->Merge(emitter);
    sbom.catalogers.emplace_back(cataloger->name());
  }
  std::sort(sbom.catalogers.begin(), sbom.catalogers.end());

  sbom.packages = std::move(impl_->found.packages);
  sbom.relations = std::move(impl_->found.relations);
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
  MoveOwners(impl_->found.owned, sbom);
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
