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

void FileOwners::AddLink(std::string_view link, std::string_view folder) {
  if (links_.size() < kMaxLinks) links_.emplace_back(folder, link);
}

void FileOwners::Sort() {
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
  std::sort(links_.begin(), links_.end());
  links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
}

std::int64_t FileOwners::FindExactly(std::string_view path) const {
  std::uint64_t hash = Hash64(path);
  auto at =
      std::lower_bound(entries_.begin(), entries_.end(), std::pair<std::uint64_t, std::uint32_t>(hash, 0));
  return at != entries_.end() && at->first == hash ? static_cast<std::int64_t>(at->second) : -1;
}

std::int64_t FileOwners::Find(std::string_view path) const {
  static constexpr int kMaxNames = 32;  // a hostile tree may have thousands of links to one folder
  std::int64_t owner = FindExactly(path);
  if (owner >= 0 || links_.empty()) return owner;
  int tried = 0;
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    std::string_view folder = path.substr(0, slash);
    auto link = std::lower_bound(links_.begin(), links_.end(), folder,
                                 [](const auto& entry, std::string_view text) { return entry.first < text; });
    for (; link != links_.end() && link->first == folder; ++link) {
      if (++tried > kMaxNames) return -1;
      owner = FindExactly(link->second + std::string(path.substr(slash)));
      if (owner >= 0) return owner;
    }
  }
  return -1;
}

}  // namespace weir::model
