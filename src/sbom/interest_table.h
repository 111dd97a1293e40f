// One look-up from a file's name to the catalogers that want it. Immutable
// after construction; safe from every thread.
#pragma once

#include <bitset>
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
  /// Texts and the catalogers that want them. Nearly every look-up is of a name that
  /// nobody wants: a small filter answers most of those without hashing.
  class TextTable {
   public:
    void Add(const std::string& text, std::uint64_t bit);
    std::uint64_t Find(std::string_view text) const;
    bool empty() const { return map_.empty(); }

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const;
    };
    static constexpr std::size_t kFilterBits = 4096;
    static std::size_t FilterBit(std::string_view text);
    std::bitset<kFilterBits> filter_;
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> map_;
  };
  std::vector<const Cataloger*> catalogers_;
  TextTable names_, suffixes_, parents_;
  std::uint64_t programs_ = 0;
};

/// Could the name be that of an executable or shared library?
bool LooksLikeProgram(std::string_view name);

}  // namespace weir::sbom
