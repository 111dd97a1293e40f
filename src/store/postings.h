// The inverted index: which assets hold a distinct package. In memory, made from
// the assets' package lists when the store opens, and changed with every commit.
//
// Threading: Postings may be read from every thread; PostingChanges belongs to its
// transaction.
#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "store/ids.h"

namespace weir::store {

class Postings {
 public:
  /// Sorted; empty where no asset holds PACKAGE.
  std::vector<AssetId> AssetsOf(PackageId package) const;
  std::size_t Count(PackageId package) const;
  /// How many assets hold at least one of PACKAGES.
  std::size_t CountAny(std::span<const PackageId> packages) const;
  /// Distinct packages that at least one asset holds.
  std::vector<PackageId> Held() const;
  std::uint64_t memory_bytes() const;

  /// While the store opens: ASSET must be higher than all before it.
  void Append(AssetId asset, std::span<const PackageId> packages);
  bool operator==(const Postings& other) const;

 private:
  friend class PostingChanges;
  mutable std::shared_mutex mutex_;          // guards lists_
  std::vector<std::vector<AssetId>> lists_;  // by package
};

/// What one transaction adds and removes, seen by itself only until Apply.
class PostingChanges {
 public:
  explicit PostingChanges(Postings& base) : base_(base) {}
  void Set(PackageId package, AssetId asset, bool held);
  std::vector<AssetId> AssetsOf(PackageId package) const;
  std::size_t Count(PackageId package) const;
  /// After the commit.
  void Apply();

 private:
  static std::vector<AssetId> Merged(const std::vector<AssetId>& base, const std::map<AssetId, bool>& change);
  Postings& base_;
  std::unordered_map<PackageId, std::map<AssetId, bool>> changes_;  // to whether the asset holds it
};

}  // namespace weir::store
