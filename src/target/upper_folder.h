// What a container has written since it was started: the upper folder of its
// overlay mount, where that can be found.
//
// Only names are taken from the upper folder; the files are read through the
// container's own root, and one counts as added when it looks the same in both
// places. So whoever forges a mount cannot have other files of the host read.
// Threading: one call on one thread; it starts threads of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "target/tree_walker.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

/// The upper folder of the overlay mounted at MOUNT_POINT, from the text of /proc/PID/mountinfo (proc(5));
/// empty where there is none. MERGED, where not empty, is the path of the same tree on the host: what
/// fuse-overlayfs, which tells nothing, writes to is the folder "diff" beside one called "merged".
std::string FindUpperFolder(std::string_view mountinfo, std::string_view mount_point,
                            std::string_view merged);

/// Visits the files of UPPER that are seen in ROOT, both descriptors, as Entry::added, and remembers them.
void VisitUpper(int upper, int root, const VisitorSet& visitors, WalkControl& control, VisitedPaths& visited);

}  // namespace weir::target
