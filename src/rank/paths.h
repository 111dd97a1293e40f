// What a path tells of a file. Paths are from the asset's root, without a leading slash;
// members of archives stand behind '!'. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::rank {

/// The other spelling of a path on a system where /lib is a link to /usr/lib: package
/// databases may have the old one, the kernel shows the real one. Empty: it has none.
std::string OtherSpelling(std::string_view path);

/// The archive that PATH lies in, or PATH.
std::string_view OuterFile(std::string_view path);

struct Neighbourhood {
  /// In the order of what they tell: a sample in a cache is a sample.
  enum class Kind : std::uint8_t { kPlain, kLibrary, kCache, kSample };
  Kind kind = Kind::kPlain;
  std::string_view word;  // the part of the path that says so
};

/// Tests, samples and documentation; caches; libraries of others.
Neighbourhood NeighbourhoodOf(std::string_view path);
/// The folder that web servers hand out files from; empty where PATH lies in none.
std::string_view WebRoot(std::string_view path);
/// The folder that everybody may write to; empty where PATH lies in none.
std::string_view TempFolder(std::string_view path);
/// Whether it lies in root's home folder, which is closed to others whatever the file's own mode says.
bool InRootsHome(std::string_view path);

}  // namespace weir::rank
