// A table from the hash of a path to one small number: 16 bytes an entry.
//
// The hash is seeded at random for each table, so that nobody can write an image
// whose paths collide. Threading: one thread a table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::target {

class PathHasher {
 public:
  PathHasher();
  /// Never 0.
  std::uint64_t operator()(std::string_view path) const;

 private:
  std::uint64_t seed_;
};

class PathTable {
 public:
  /// The value stored for HASH, or null.
  const std::uint64_t* Find(std::uint64_t hash) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[Place(hash)];
    return slot.hash == hash ? &slot.value : nullptr;
  }
  /// The value of HASH, 0 where it was not there yet.
  std::uint64_t& At(std::uint64_t hash) {
    if ((used_ + 1) * 4 > slots_.size() * 3) Grow();
    Slot& slot = slots_[Place(hash)];
    if (slot.hash == 0) {
      slot.hash = hash;
      ++used_;
    }
    return slot.value;
  }
  template <class Function>
  void ForEach(Function&& function) const {
    for (const Slot& slot : slots_)
      if (slot.hash != 0) function(slot.hash, slot.value);
  }
  void Clear() {
    slots_.clear();
    slots_.shrink_to_fit();
    used_ = 0;
  }
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint64_t hash = 0, value = 0;
  };
  std::size_t Place(std::uint64_t hash) const {
    std::size_t mask = slots_.size() - 1, at = static_cast<std::size_t>(hash) & mask;
    while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
    return at;
  }
  void Grow() {
    std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.hash != 0) slots_[Place(slot.hash)] = slot;
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace weir::target
