#include "sbom/lock_graph.h"

#include <algorithm>

#include "base/hash.h"

namespace weir::sbom {

LockGraph::Index LockGraph::Add(model::Package package) {
  if (packages_.size() >= kMaxPackages) {
    overflow_ = true;
    return static_cast<Index>(packages_.size() - 1);
  }
  packages_.push_back(std::move(package));
  return static_cast<Index>(packages_.size() - 1);
}

void LockGraph::Key(Index index, std::string_view key) { keys_.emplace(Hash64(key), index); }

void LockGraph::Need(Index from, const std::vector<std::string>& alternatives) {
  if (needs_.size() >= kMaxNeeds || alternatives_.size() >= 4 * kMaxNeeds) {
    overflow_ = true;
    return;
  }
  needs_.push_back({from, static_cast<std::uint32_t>(alternatives_.size()),
                    static_cast<std::uint32_t>(alternatives.size())});
  for (const std::string& key : alternatives) alternatives_.push_back(Hash64(key));
}

void LockGraph::Root(std::string_view key, bool development) {
  if (roots_.size() < kMaxPackages) roots_.emplace_back(Hash64(key), development);
}

const LockGraph::Index* LockGraph::Find(std::uint64_t key) const {
  auto at = keys_.find(key);
  return at == keys_.end() ? nullptr : &at->second;
}

void LockGraph::MarkDevelopment(const std::vector<std::pair<Index, Index>>& edges) {
  std::vector<bool> reached(packages_.size());
  auto reach = [&](bool development) {
    std::vector<Index> open;
    auto visit = [&](Index index) {
      if (!reached[index]) {
        reached[index] = true;
        packages_[index].development = development;
        open.push_back(index);
      }
    };
    for (const auto& [key, is_development] : roots_)
      if (const Index* index = Find(key); index != nullptr && is_development == development) visit(*index);
    while (!open.empty()) {
      Index from = open.back();
      open.pop_back();
      auto first = std::lower_bound(edges.begin(), edges.end(), std::pair<Index, Index>(from, 0));
      for (; first != edges.end() && first->first == from; ++first) visit(first->second);
    }
  };
  reach(false);  // what production needs is not development, whoever else needs it
  reach(true);
}

void LockGraph::Emit(Emitter& out) {
  std::vector<std::pair<Index, Index>> edges;
  for (const Edge& edge : needs_)
    for (std::uint32_t i = 0; i < edge.count; ++i)
      if (const Index* to = Find(alternatives_[edge.first + i]); to != nullptr) {
        if (*to != edge.from) edges.emplace_back(edge.from, *to);
        break;
      }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  if (!roots_.empty()) MarkDevelopment(edges);

  std::vector<std::string> ids;
  ids.reserve(packages_.size());
  for (model::Package& package : packages_) {
    package.scope = model::Scope::kDeclared;
    package.found_by = found_by_;
    package.locations.assign(1, location_);
    ids.push_back(out.Add(std::move(package)));
  }
  packages_.clear();
  for (const auto& [from, to] : edges) out.Relate(ids[from], ids[to], model::RelationKind::kDependsOn);
  if (overflow_)
    out.Problem(Code::kLimitExceeded, location_.path, "lockfile: too many entries, the rest was skipped");
}

}  // namespace weir::sbom
