// The packages of one lockfile and how they need each other.
//
// Lockfiles name dependencies before and after they list them, so references are
// kept as hashes of keys and settled at the end. Threading: one thread a graph.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/package.h"
#include "sbom/cataloger.h"

namespace weir::sbom {

class LockGraph {
 public:
  using Index = std::uint32_t;
  static constexpr std::size_t kMaxPackages = 500'000, kMaxNeeds = 5'000'000;

  /// LOCATION and FOUND_BY are put on every package.
  LockGraph(model::Location location, std::string_view found_by)
      : location_(std::move(location)), found_by_(found_by) {}

  Index Add(model::Package package);
  model::Package& at(Index index) { return packages_[index]; }
  /// A name by which others refer to the package; the first one to take it keeps it.
  void Key(Index index, std::string_view key);
  /// FROM needs what the first existing key of ALTERNATIVES names.
  void Need(Index from, const std::vector<std::string>& alternatives);
  /// A direct dependency of the project. Where any root is known, packages that only
  /// development roots reach are marked as development.
  void Root(std::string_view key, bool development);
  std::size_t size() const { return packages_.size(); }

  /// Emits packages and edges; a problem where a bound was met. The graph is spent.
  void Emit(Emitter& out);

 private:
  struct Edge {
    Index from;
    std::uint32_t first, count;  // of alternatives_
  };
  const Index* Find(std::uint64_t key) const;
  void MarkDevelopment(const std::vector<std::pair<Index, Index>>& edges);

  model::Location location_;
  std::string found_by_;
  std::vector<model::Package> packages_;
  std::unordered_map<std::uint64_t, Index> keys_;
  std::vector<Edge> needs_;
  std::vector<std::uint64_t> alternatives_;
  std::vector<std::pair<std::uint64_t, bool>> roots_;
  bool overflow_ = false;
};

}  // namespace weir::sbom
