#include "target/path_table.h"

#include <sys/random.h>
#include <xxhash.h>

namespace weir::target {

PathHasher::PathHasher() : seed_(0x9e3779b97f4a7c15ULL) {
  // Without random bytes the constant stays: collisions could then be chosen, not memory be harmed.
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) == sizeof random) seed_ = random;
}

std::uint64_t PathHasher::operator()(std::string_view path) const {
  std::uint64_t hash = ::XXH3_64bits_withSeed(path.data(), path.size(), seed_);
  return hash == 0 ? 1 : hash;
}

}  // namespace weir::target
