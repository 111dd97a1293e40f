#include "target/path_table.h"

#include <sys/random.h>
#include <xxhash.h>

namespace weir::target {

PathHasher::PathHasher() : seed_(0x9e3779b97f4a7c15ULL) {
  static_cast<void>(::getrandom(&seed_, sizeof seed_, GRND_NONBLOCK));
}

std::uint64_t PathHasher::operator()(std::string_view path) const {
  std::uint64_t hash = ::XXH3_64bits_withSeed(path.data(), path.size(), seed_);
  return hash == 0 ? 1 : hash;
}

}  // namespace weir::target
