// Walks a live file tree with several threads.
//
// Folders are the units of work. Names that are still to be visited are kept
// packed, one block for each listing, so memory grows with the folders that
// wait and not with the files; descriptors are bounded whatever the shape of
// the tree. Nothing but folders and wanted regular files is ever opened.
// Threading: one call on one thread; it starts threads of its own.
#pragma once

#include <span>
#include <string_view>

#include "target/path_table.h"
#include "target/target.h"

namespace weir::target {

/// Files that were visited before the walk. Threading: may be asked from several threads.
class VisitedPaths {
 public:
  void Add(std::string_view path) { table_.At(hasher_(path)) = 1; }
  bool Contains(std::string_view path) const { return table_.Find(hasher_(path)) != nullptr; }
  std::size_t size() const { return table_.size(); }

 private:
  PathHasher hasher_;
  PathTable table_;
};

struct TreeRules {
  bool host = false;  // the machine's own tree: leave out container storage and runtime folders
  const VisitedPaths* visited = nullptr;  // counted, and not offered again
};

/// ROOT is a descriptor of the root folder, open for reading.
Result<model::WalkStats> WalkTree(int root, const TreeRules& rules, std::span<Visitor* const> visitors,
                                  const WalkOptions& options, ProblemLog& problems);

}  // namespace weir::target
