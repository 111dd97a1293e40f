// All objects of a git repository: those in packs and the loose ones, by number.
//
// Threading: loaded on one thread; then lookups and reads are safe from several,
// each with an inflater of its own.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "target/git_pack.h"
#include "target/git_store.h"
#include "target/walk_control.h"

namespace weir::target {

/// Unpacked objects that others may be deltas against; the least used go first.
/// Threading: one thread a cache.
class GitCache {
 public:
  explicit GitCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  std::shared_ptr<const std::string> Find(std::uint32_t object);
  void Add(std::uint32_t object, std::shared_ptr<const std::string> bytes);

 private:
  struct Item {
    std::uint32_t object;
    std::shared_ptr<const std::string> bytes;
  };
  const std::size_t max_bytes_;
  std::size_t used_ = 0;
  std::list<Item> items_;
  std::unordered_map<std::uint32_t, std::list<Item>::iterator> places_;
};

class GitObjects {
 public:
  /// Numbers of a pack's objects follow one another, in the order of its entries.
  struct PackPart {
    Pack pack;
    std::uint32_t first = 0;
    std::string path;
  };

  /// Packs that cannot be read are reported; WHERE names the repository in problems.
  static Result<GitObjects> Load(const GitStore& store, std::string_view where, WalkControl& control);
  /// Of all packs together, as they are stored.
  std::uint64_t packed_bytes() const { return packed_bytes_; }

  std::uint32_t count() const { return count_; }
  GitType type(std::uint32_t object) const;
  /// Raw bytes.
  std::string_view id(std::uint32_t object) const;
  std::optional<std::uint32_t> Find(std::string_view id) const;
  /// False for a second copy of an object.
  bool IsFirst(std::uint32_t object) const { return Find(id(object)) == object; }

  const std::vector<PackPart>& packs() const { return packs_; }
  std::uint32_t first_loose() const { return first_loose_; }
  std::size_t id_bytes() const { return store_->id_bytes(); }

  /// The whole object, a chain of deltas resolved.
  Result<std::shared_ptr<const std::string>> Read(std::uint32_t object, std::uint64_t max_bytes,
                                                  GitInflater& inflater, GitCache& cache) const;
  Result<std::string> ReadLoose(std::uint32_t object, std::uint64_t max_bytes, GitInflater& inflater) const;

 private:
  struct Loose {
    std::string id;
    std::string path;
    GitType type = GitType::kNone;
    std::uint64_t size = 0;
    std::uint8_t header = 0;  // bytes before the content
  };

  explicit GitObjects(const GitStore& store) : store_(&store) {}
  Result<void> LoadPack(const std::string& path, const Limits& limits);
  void LoadLoose(const std::string& path);
  void ResolveTypesAcrossPacks();
  const PackPart& PackOf(std::uint32_t object) const;

  const GitStore* store_;
  std::uint64_t packed_bytes_ = 0;
  std::vector<PackPart> packs_;
  std::vector<Loose> loose_;  // by id
  std::uint32_t first_loose_ = 0, count_ = 0;
};

}  // namespace weir::target
