// One look-up from a file's name to the catalogers that want it. Immutable
// after construction; safe from every thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sbom/cataloger.h"

namespace weir::sbom {

class InterestTable {
 public:
  static constexpr std::size_t kMaxCatalogers = 64;
  explicit InterestTable(std::span<const std::unique_ptr<Cataloger>> catalogers);
  /// Bit i is set where cataloger i wants the file.
  std::uint64_t Find(const target::Entry& entry) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const;
  };
  using Map = std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>>;
  std::vector<const Cataloger*> catalogers_;
  Map names_, suffixes_, parents_;
  std::uint64_t programs_ = 0;
};

/// Could the name be that of an executable or shared library?
bool LooksLikeProgram(std::string_view name);

}  // namespace weir::sbom
