// Pools that hold each text, or each list of numbers, once: building blocks of
// the index. Threading: one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::advisory {

/// Texts as uvarint length and bytes; offset 0 is the empty text.
class TextPool {
 public:
  TextPool();
  std::uint32_t Add(std::string_view text);
  std::string_view Get(std::uint32_t offset) const;
  const std::string& bytes() const { return bytes_; }
  /// More than 4 GiB were asked for: what Add returned since is worthless.
  bool overflow() const { return overflow_; }

 private:
  struct Slot {
    std::uint32_t hash, offset;
  };
  void Grow();

  std::string bytes_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  bool overflow_ = false;
};

/// Lists as count and items; offset 0 (in words) is the empty list.
class ListPool {
 public:
  ListPool();
  std::uint32_t Add(std::span<const std::uint32_t> items);
  std::span<const std::uint32_t> Get(std::uint32_t offset) const;
  const std::vector<std::uint32_t>& words() const { return words_; }
  bool overflow() const { return overflow_; }

 private:
  struct Slot {
    std::uint32_t hash, offset;
  };
  void Grow();

  std::vector<std::uint32_t> words_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  bool overflow_ = false;
};

}  // namespace weir::advisory
