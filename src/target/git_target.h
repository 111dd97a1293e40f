// The history of a git repository as a target. Threading: as Target.
#pragma once

#include <memory>
#include <string>

#include "target/target.h"

namespace weir::target {

/// PATH: a work tree with its repository in ".git", a repository itself (bare), or a linked work tree.
Result<std::unique_ptr<Target>> OpenGitRepository(const std::string& path);

}  // namespace weir::target
