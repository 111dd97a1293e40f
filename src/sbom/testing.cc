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

/// Reads what an Emitter collected; the Collector is its only other reader.
class EmitterReader {
 public:
  static std::vector<model::Package>& packages(Emitter& emitter) { return emitter.packages_; }
  static std::vector<model::Relation>& relations(Emitter& emitter) { return emitter.relations_; }
  static std::vector<std::pair<std::uint64_t, std::string>> owned(const Emitter& emitter) {
    std::vector<std::pair<std::uint64_t, std::string>> out;
    for (const Emitter::OwnedFiles& batch : emitter.owned_)
      for (std::uint64_t hash : batch.path_hashes) out.emplace_back(hash, batch.owner);
    std::sort(out.begin(), out.end());
    return out;
  }
};

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

  target::ProblemLog problems;
  Emitter emitter(problems, limits);
  for (const auto& [path, content] : files) {
    MemoryFile file(path, content, 0755);
    if (table.Find(file.entry()) != 0) cataloger.Visit(file, emitter);
  }
  cataloger.Finish(emitter);

  CatalogedFiles out;
  out.owned = EmitterReader::owned(emitter);
  out.owned_count = out.owned.size();
  out.packages = std::move(EmitterReader::packages(emitter));
  out.relations = std::move(EmitterReader::relations(emitter));
  out.problems = problems.Take();
  auto key = [](const model::Package& p) { return std::tie(p.name, p.version, p.locations); };
  std::sort(out.packages.begin(), out.packages.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return out;
}

}  // namespace weir::sbom
