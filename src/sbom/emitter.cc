#include "base/hash.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

bool Emitter::HasRoom(std::size_t used, std::size_t limit, bool& told, std::string_view what) {
  if (used < limit) return true;
  if (!told)
    problems_.Add(Code::kLimitExceeded, "",
                  "more than " + std::to_string(limit) + " " + std::string(what) + "; the rest was left out");
  told = true;
  return false;
}

std::string Emitter::Add(model::Package package) {
  WEIR_CHECK(!package.locations.empty());
  package.id = model::ComputePackageId(package);
  std::string id = package.id;
  std::lock_guard lock(mutex_);
  if (HasRoom(packages_.size(), limits_.packages, told_packages_, "packages"))
    packages_.push_back(std::move(package));
  return id;
}

void Emitter::Relate(std::string_view from, std::string_view to, model::RelationKind kind) {
  std::lock_guard lock(mutex_);
  if (!HasRoom(relations_.size(), limits_.relations, told_relations_, "relations of packages")) return;
  relations_.push_back({std::string(from), std::string(to), kind});
}

void Emitter::Own(std::string_view package_id, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return;
  std::uint64_t hash = Hash64(path);
  std::lock_guard lock(mutex_);
  if (!HasRoom(owned_count_, limits_.owned_files, told_files_, "files of packages")) return;
  ++owned_count_;
  if (owned_.empty() || owned_.back().owner != package_id) owned_.push_back({std::string(package_id), {}});
  owned_.back().path_hashes.push_back(hash);
}

void Emitter::OwnMany(std::string_view package_id, std::vector<std::uint64_t> path_hashes) {
  if (path_hashes.empty()) return;
  std::lock_guard lock(mutex_);
  if (!HasRoom(owned_count_ + path_hashes.size() - 1, limits_.owned_files, told_files_, "files of packages"))
    return;
  owned_count_ += path_hashes.size();
  owned_.push_back({std::string(package_id), std::move(path_hashes)});
}

}  // namespace weir::sbom
