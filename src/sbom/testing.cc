#include "sbom/testing.h"

#include <algorithm>
#include <tuple>

#include "base/hash.h"
#include "base/strings.h"
#include "sbom/interest_table.h"

namespace weir::sbom {
namespace {

class MemoryFile final : public target::File {
 public:
  MemoryFile(const std::string& path, const std::string& content, std::uint32_t mode)
      : path_(path), mode_(mode), content_(target::MakeMemorySource(content)) {
    std::string_view whole = path_;
    std::size_t slash = whole.rfind('/');
    entry_.path = whole;
    entry_.name = slash == std::string_view::npos ? whole : whole.substr(slash + 1);
    entry_.parent = slash == std::string_view::npos ? std::string_view() : whole.substr(0, slash);
  }
  const target::Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_->size(); }
  std::uint32_t mode() const override { return mode_; }
  std::uint32_t owner() const override { return 0; }
  target::ByteSource& content() override { return *content_; }

 private:
  std::string path_;
  std::uint32_t mode_;
  target::Entry entry_;
  std::unique_ptr<target::ByteSource> content_;
};

}  // namespace

std::unique_ptr<target::File> MakeMemoryFile(const std::string& path, const std::string& content,
                                             std::uint32_t mode) {
  return std::make_unique<MemoryFile>(path, content, mode);
}

const model::Package* CatalogedFiles::Find(std::string_view name) const {
  for (const model::Package& package : packages)
    if (package.name == name) return &package;
  return nullptr;
}

std::string CatalogedFiles::OwnersOf(std::string_view path) const {
  std::vector<std::string> names;
  std::uint64_t hash = Hash64(path);
  for (const auto& [owned_hash, id] : owned)
    if (owned_hash == hash)
      for (const model::Package& package : packages)
        if (package.id == id) names.push_back(package.name);
  std::sort(names.begin(), names.end());
  return Join(names, ",");
}

bool CatalogedFiles::Related(std::string_view from, std::string_view to, model::RelationKind kind) const {
  auto name_of = [this](std::string_view id) -> std::string_view {
    for (const model::Package& package : packages)
      if (package.id == id) return package.name;
    return "";
  };
  return std::any_of(relations.begin(), relations.end(), [&](const model::Relation& relation) {
    return relation.kind == kind && name_of(relation.from) == from && name_of(relation.to) == to;
  });
}

CatalogedFiles RunCataloger(Cataloger& cataloger, const std::map<std::string, std::string>& files,
                            EmitterLimits limits) {
  // The table wants owning pointers; lend it one that does not delete.
  std::vector<std::unique_ptr<Cataloger>> list;
  list.emplace_back(&cataloger);
  InterestTable table(list);
  static_cast<void>(list.back().release());

  target::ProblemLog problems, first_problems;
  EmitterTotals totals(problems, limits), first_totals(first_problems, limits);
  Contribution found;
  for (const auto& [path, content] : files) {
    MemoryFile file(path, content, 0755);
    if (table.Find(file.entry()) == 0) continue;
    Emitter first(first_totals), emitter(totals);
    cataloger.Visit(file, first);
    // As a later scan would have it from its cache: so every test of a cataloger is one of its notes too.
    if (first.can_be_kept()) {
      Contribution kept;
      WEIR_CHECK(DecodeContribution(EncodeContribution(first.found()), kept));
      emitter.Replay(std::move(kept));
    } else {
      cataloger.Visit(file, emitter);
    }
    std::vector<std::string> notes = std::move(emitter.found().notes);
    for (const std::string& note : notes)
      WEIR_CHECK(cataloger.Recall(file.entry(), ByteReader(note), emitter));
    found.Append(std::move(emitter.found()));
  }
  Emitter last(totals);
  cataloger.Finish(last);
  found.Append(std::move(last.found()));

  CatalogedFiles out;
  for (const OwnedFiles& batch : found.owned)
    for (std::uint64_t hash : batch.path_hashes) out.owned.emplace_back(hash, batch.owner);
  std::sort(out.owned.begin(), out.owned.end());
  out.owned_count = out.owned.size();
  out.packages = std::move(found.packages);
  out.relations = std::move(found.relations);
  out.problems = problems.Take();
  auto key = [](const model::Package& p) { return std::tie(p.name, p.version, p.locations); };
  std::sort(out.packages.begin(), out.packages.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return out;
}

}  // namespace weir::sbom
