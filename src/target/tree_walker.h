// Walks a live file tree with several threads.
//
// Folders are the units of work. Names that are still to be visited are kept
// packed, one block for each listing, so memory grows with the folders that
// wait and not with the files; descriptors are bounded whatever the shape of
// the tree. Nothing but folders and wanted regular files is ever opened.
// Threading: one call on one thread; it starts threads of its own.
#pragma once

#include <span>

#include "target/target.h"

namespace weir::target {

struct TreeRules {
  bool host = false;  // the machine's own tree: leave out container storage and runtime folders
};

/// ROOT is a descriptor of the root folder, open for reading.
Result<model::WalkStats> WalkTree(int root, const TreeRules& rules, std::span<Visitor* const> visitors,
                                  const WalkOptions& options, ProblemLog& problems);

}  // namespace weir::target
