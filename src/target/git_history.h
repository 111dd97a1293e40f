// Every version of every file that a git repository holds.
//
// Commits are taken from the oldest on. A tree that was seen at the same path before
// is passed over, so what is walked is what each commit changed. Each distinct blob is
// offered once, at the path and in the commit that had it first; blobs that no commit
// has (left over, or only staged) come without a commit. Branches and tags are not
// asked for: every commit in the repository is walked, whoever still names it, so that
// nothing is lost that was forced away or stashed.
//
// Blobs are read in the order in which they are stored, each delta applied once, by
// several threads. Threading: one call on one thread; it starts threads of its own.
#pragma once

#include <string_view>

#include "target/git_store.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

/// Where a repository was met.
struct GitPlace {
  std::string_view prefix = {};                  // stands before every path: empty, or "srv/app/.git!"
  std::string_view layer = {}, removed_in = {};  // images: as in Entry
};

/// Messages of commits and tags are offered as
/// "commit:<id>" and "tag:<id>", blobs without a commit as "blob:<id>".
Result<void> WalkGitHistory(const GitStore& store, const GitPlace& place, const VisitorSet& visitors,
                            WalkControl& control);

}  // namespace weir::target
