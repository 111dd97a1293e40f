#include "model/sbom.h"

#include <algorithm>

#include "base/hash.h"

namespace weir::model {

std::string_view AssetKindName(AssetKind kind) {
  switch (kind) {
    case AssetKind::kDirectory:
      return "directory";
    case AssetKind::kHost:
      return "host";
    case AssetKind::kContainer:
      return "container";
    case AssetKind::kImage:
      return "image";
    case AssetKind::kProcess:
      return "process";
    case AssetKind::kSbom:
      return "sbom";
  }
  return "directory";
}

void FileOwners::Add(std::string_view path, std::uint32_t package) {
  entries_.emplace_back(Hash64(path), package);
}

void FileOwners::Sort() {
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
}

std::int64_t FileOwners::Find(std::string_view path) const {
  std::uint64_t hash = Hash64(path);
  auto at =
      std::lower_bound(entries_.begin(), entries_.end(), std::pair<std::uint64_t, std::uint32_t>(hash, 0));
  return at != entries_.end() && at->first == hash ? static_cast<std::int64_t>(at->second) : -1;
}

}  // namespace weir::model
