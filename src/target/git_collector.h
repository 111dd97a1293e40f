// Git repositories in the layers of an image: their object files are put aside
// while the layers are read, and walked at the end, when all layers have been seen.
// Threading: one thread; what Add is given is opened from several.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "target/target.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {

/// A pack, its index or a loose object: the folder of the repository it is in. Empty for any other path.
std::string_view GitRepositoryOf(std::string_view path);

class GitCollector {
 public:
  using Open = std::function<Result<std::unique_ptr<ByteSource>>()>;

  /// PATH is one that GitRepositoryOf knows. Layers count from 0 at the base; the first added is the topmost.
  void Add(std::string_view path, std::size_t layer, std::optional<std::size_t> removed_by, Open open);
  /// Walks what was added.
  void Walk(const std::vector<std::string>& layer_names, const VisitorSet& visitors, WalkControl& control);

 private:
  struct Repository {
    std::map<std::string, Open, std::less<>> files;  // by path
    std::size_t layer = 0;                           // the topmost that has some of it
    std::optional<std::size_t> removed_by;           // where no layer shows it any more
  };
  std::map<std::string, Repository, std::less<>> repositories_;  // by path of the folder
};

}  // namespace weir::target
