#include "advisory/intern_pool.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kFirstSlots = 1024;

std::uint32_t Fold(std::uint64_t hash) { return static_cast<std::uint32_t>(hash ^ (hash >> 32U)); }

std::uint32_t HashWords(std::span<const std::uint32_t> items) {
  return Fold(Hash64({static_cast<const char*>(static_cast<const void*>(items.data())), items.size_bytes()}));
}

}  // namespace

TextPool::TextPool() : bytes_(1, '\0'), slots_(kFirstSlots) {}

std::string_view TextPool::Get(std::uint32_t offset) const {
  std::size_t at = offset, length = 0;
  for (unsigned shift = 0; at < bytes_.size(); shift += 7) {
    auto byte = static_cast<unsigned char>(bytes_[at++]);
    length |= static_cast<std::size_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  return std::string_view(bytes_).substr(at, length);
}

std::uint32_t TextPool::Add(std::string_view text) {
  if (text.empty() || overflow_) return 0;
  if ((used_ + 1) * 3 > slots_.size() * 2) Grow();
  std::uint32_t hash = Fold(Hash64(text));
  std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].offset != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && Get(slots_[at].offset) == text) return slots_[at].offset;
  if (bytes_.size() + text.size() + 10 > std::numeric_limits<std::uint32_t>::max()) {
    overflow_ = true;
    return 0;
  }
  auto offset = static_cast<std::uint32_t>(bytes_.size());
  std::size_t length = text.size();
  for (; length >= 0x80; length >>= 7U) bytes_ += static_cast<char>((length & 0x7fU) | 0x80U);
  bytes_ += static_cast<char>(length);
  bytes_ += text;
  slots_[at] = {hash, offset};
  ++used_;
  return offset;
}

void TextPool::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.offset == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].offset != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

ListPool::ListPool() : words_(1, 0), slots_(kFirstSlots) {}

std::span<const std::uint32_t> ListPool::Get(std::uint32_t offset) const {
  return std::span(words_).subspan(std::size_t{offset} + 1, words_[offset]);
}

std::uint32_t ListPool::Add(std::span<const std::uint32_t> items) {
  if (items.empty() || overflow_) return 0;
  if ((used_ + 1) * 3 > slots_.size() * 2) Grow();
  std::uint32_t hash = HashWords(items);
  std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].offset != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && std::ranges::equal(Get(slots_[at].offset), items))
      return slots_[at].offset;
  if (words_.size() + items.size() + 1 > std::numeric_limits<std::uint32_t>::max()) {
    overflow_ = true;
    return 0;
  }
  auto offset = static_cast<std::uint32_t>(words_.size());
  words_.push_back(static_cast<std::uint32_t>(items.size()));
  words_.insert(words_.end(), items.begin(), items.end());
  slots_[at] = {hash, offset};
  ++used_;
  return offset;
}

void ListPool::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.offset == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].offset != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace weir::advisory
