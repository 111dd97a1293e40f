#include "base/hash.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

std::string Emitter::Add(model::Package package) {
  WEIR_CHECK(!package.locations.empty());
  package.id = model::ComputePackageId(package);
  std::string id = package.id;
  std::lock_guard lock(mutex_);
  packages_.push_back(std::move(package));
  return id;
}

void Emitter::Relate(std::string_view from, std::string_view to, model::RelationKind kind) {
  std::lock_guard lock(mutex_);
  relations_.push_back({std::string(from), std::string(to), kind});
}

void Emitter::Own(std::string_view package_id, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return;
  std::uint64_t hash = Hash64(path);
  std::lock_guard lock(mutex_);
  if (owned_.empty() || owned_.back().owner != package_id) owned_.push_back({std::string(package_id), {}});
  owned_.back().path_hashes.push_back(hash);
}

void Emitter::OwnMany(std::string_view package_id, std::vector<std::uint64_t> path_hashes) {
  if (path_hashes.empty()) return;
  std::lock_guard lock(mutex_);
  owned_.push_back({std::string(package_id), std::move(path_hashes)});
}

}  // namespace weir::sbom
