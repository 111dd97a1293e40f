#include "store/postings.h"

#include <algorithm>
#include <mutex>

namespace weir::store {

std::vector<AssetId> Postings::AssetsOf(PackageId package) const {
  std::shared_lock lock(mutex_);
  return package < lists_.size() ? lists_[package] : std::vector<AssetId>();
}

std::size_t Postings::Count(PackageId package) const {
  std::shared_lock lock(mutex_);
  return package < lists_.size() ? lists_[package].size() : 0;
}

std::size_t Postings::CountAny(std::span<const PackageId> packages) const {
  if (packages.size() == 1) return Count(packages.front());
  std::vector<bool> seen;
  std::size_t count = 0;
  std::shared_lock lock(mutex_);
  for (PackageId package : packages) {
    if (package >= lists_.size()) continue;
    for (AssetId asset : lists_[package]) {
      if (asset >= seen.size()) seen.resize(asset + 1);
      if (!seen[asset]) ++count;
      seen[asset] = true;
    }
  }
  return count;
}

std::vector<PackageId> Postings::Held() const {
  std::vector<PackageId> out;
  std::shared_lock lock(mutex_);
  for (std::size_t i = 0; i < lists_.size(); ++i)
    if (!lists_[i].empty()) out.push_back(static_cast<PackageId>(i));
  return out;
}

std::uint64_t Postings::memory_bytes() const {
  std::shared_lock lock(mutex_);
  std::uint64_t total = lists_.capacity() * sizeof(lists_[0]);
  for (const auto& list : lists_) total += list.capacity() * sizeof(AssetId);
  return total;
}

void Postings::Append(AssetId asset, std::span<const PackageId> packages) {
  std::unique_lock lock(mutex_);
  for (PackageId package : packages) {
    if (package >= lists_.size()) lists_.resize(package + 1);
    lists_[package].push_back(asset);
  }
}

bool Postings::operator==(const Postings& other) const {
  std::shared_lock lock(mutex_), other_lock(other.mutex_);
  static const std::vector<AssetId> kNone;
  for (std::size_t i = 0; i < std::max(lists_.size(), other.lists_.size()); ++i)
    if ((i < lists_.size() ? lists_[i] : kNone) != (i < other.lists_.size() ? other.lists_[i] : kNone))
      return false;
  return true;
}

void PostingChanges::Set(PackageId package, AssetId asset, bool held) {
  changes_[package].insert_or_assign(asset, held);
}

std::vector<AssetId> PostingChanges::Merged(const std::vector<AssetId>& base,
                                            const std::map<AssetId, bool>& change) {
  std::vector<AssetId> out;
  out.reserve(base.size() + change.size());
  auto at = base.begin();
  for (const auto& [asset, held] : change) {
    auto until = std::lower_bound(at, base.end(), asset);
    out.insert(out.end(), at, until);
    at = until != base.end() && *until == asset ? until + 1 : until;
    if (held) out.push_back(asset);
  }
  out.insert(out.end(), at, base.end());
  return out;
}

std::vector<AssetId> PostingChanges::AssetsOf(PackageId package) const {
  std::vector<AssetId> base = base_.AssetsOf(package);
  auto found = changes_.find(package);
  return found == changes_.end() ? base : Merged(base, found->second);
}

std::size_t PostingChanges::Count(PackageId package) const {
  return changes_.contains(package) ? AssetsOf(package).size() : base_.Count(package);
}

void PostingChanges::Apply() {
  std::unique_lock lock(base_.mutex_);
  for (const auto& [package, change] : changes_) {
    if (package >= base_.lists_.size()) base_.lists_.resize(package + 1);
    std::vector<AssetId>& list = base_.lists_[package];
    // Mostly a new asset, which has the highest number of all.
    bool appends = std::ranges::all_of(change, [&](const auto& entry) {
      return entry.second && (list.empty() || entry.first > list.back());
    });
    if (!appends) {
      list = Merged(list, change);
      continue;
    }
    for (const auto& [asset, held] : change) list.push_back(asset);
  }
  changes_.clear();
}

}  // namespace weir::store
