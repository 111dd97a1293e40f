// Opening files below a root folder such that nothing leads out of it.
//
// openat2(2) where the kernel has it, else component by component. Paths may be
// longer than PATH_MAX. Threading: pure functions of the file system.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace weir::target {

/// PATH below ROOT, without following any link. On failure the descriptor is empty and errno is set.
UniqueFd OpenBeneath(int root, std::string_view path, int flags);

/// A regular file by PATH, links followed as if ROOT were "/". Never opens devices or pipes.
Result<UniqueFd> OpenFileInRoot(int root, std::string_view path);

namespace internal {
/// What OpenFileInRoot does on kernels without openat2.
UniqueFd ResolveByHand(int root, std::string_view path, int flags);
}  // namespace internal

}  // namespace weir::target
