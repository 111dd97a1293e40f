#include "base/hash.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

std::string Emitter::Add(model::Package package) {
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
  if (owner_ids_.empty() || owner_ids_.back() != package_id) owner_ids_.emplace_back(package_id);
  owned_.push_back({hash, static_cast<std::uint32_t>(owner_ids_.size() - 1)});
}

}  // namespace weir::sbom
