// Where the objects of a git repository lie: its folders "objects", with what
// alternates inside the repository add to them.
//
// Nothing is opened through a link, and alternates that lead out of the
// repository are reported and not read. Threading: opening is safe from several
// threads; a store never changes once made.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "target/target.h"

namespace weir::target {

class GitStore {
 public:
  virtual ~GitStore() = default;
  virtual std::size_t id_bytes() const = 0;  // 20, or 32 of a repository with SHA-256
  /// Paths of packs, without ".pack" and ".idx".
  virtual const std::vector<std::string>& packs() const = 0;
  /// Paths of loose objects; the last two components are the id in hexadecimal digits.
  virtual const std::vector<std::string>& loose() const = 0;
  virtual Result<std::unique_ptr<ByteSource>> Open(const std::string& path) const = 0;
};

/// REPOSITORY: a descriptor of the folder that holds "objects" (".git", or a bare repository). WHERE names it
/// in problems.
Result<std::unique_ptr<GitStore>> OpenGitFolder(UniqueFd repository, std::string_view where,
                                                const Limits& limits, ProblemLog& problems);

/// A regular file below the folder ROOT, no link on the way, closed with its source.
Result<std::unique_ptr<ByteSource>> OpenStoredFile(int root, const std::string& path);

/// Where an alternate named in the folder OBJECTS of a repository lies within it; empty where it leads out.
std::string ResolveAlternate(std::string_view objects, std::string_view line);

}  // namespace weir::target
