#include "target/git_pack.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/bytes.h"

namespace weir::target {
namespace {

constexpr std::size_t kFanoutBytes = 256 * 4;
constexpr std::size_t kHeaderWindow = 256 * 1024;
constexpr std::size_t kMaxHeader = 64;  // of an entry: size, and the offset or id of its base
constexpr unsigned kOffsetDelta = 6, kIdDelta = 7;

std::uint32_t Be32(std::string_view bytes, std::size_t at) { return ByteReader(bytes.substr(at, 4)).Be32(); }

/// The most that zlib makes of SIZE bytes, with room to spare.
std::uint64_t MostPacked(std::uint64_t size) { return size + size / 1024 + 1024; }

}  // namespace

Result<PackIndex> PackIndex::Parse(std::string bytes, std::size_t id_bytes) {
  using namespace std::string_view_literals;
  PackIndex out;
  out.id_bytes_ = id_bytes;
  bool second = bytes.starts_with("\xfftOc"sv);
  if (second && (bytes.size() < 8 || Be32(bytes, 4) != 2))
    return Err(Code::kUnsupported, "a pack index of an unknown version");
  out.fanout_at_ = second ? 8 : 0;
  std::size_t table = out.fanout_at_ + kFanoutBytes;
  if (bytes.size() < table) return Err(Code::kMalformed, "a pack index that ends early");
  out.bytes_ = std::move(bytes);
  for (std::size_t i = 0, last = 0; i < 256; ++i) {
    if (out.Fanout(i) < last) return Err(Code::kMalformed, "a pack index whose counts go down");
    last = out.Fanout(i);
  }
  out.count_ = out.Fanout(255);
  std::uint64_t count = out.count_, end = 0;
  if (second) {
    out.ids_at_ = table;
    out.id_stride_ = id_bytes;
    end = table + count * (id_bytes + 4 + 4);  // ids, checksums, offsets
    out.offsets_at_ = static_cast<std::size_t>(table + count * (id_bytes + 4));
    out.large_at_ = static_cast<std::size_t>(end);
    out.large_end_ = out.bytes_.size() - std::min(out.bytes_.size(), 2 * id_bytes);
  } else {
    out.ids_at_ = table + 4;
    out.id_stride_ = id_bytes + 4;
    end = table + count * out.id_stride_;
    out.offsets_at_ = table;
  }
  if (out.bytes_.size() < end) return Err(Code::kMalformed, "a pack index that ends early");
  return out;
}

std::uint32_t PackIndex::Fanout(std::size_t first_byte) const {
  return Be32(bytes_, fanout_at_ + first_byte * 4);
}

std::string_view PackIndex::id(std::uint32_t place) const {
  return std::string_view(bytes_).substr(ids_at_ + place * id_stride_, id_bytes_);
}

std::uint64_t PackIndex::offset(std::uint32_t place) const {
  constexpr std::uint32_t kLarge = 0x80000000;
  if (large_end_ == 0) return Be32(bytes_, offsets_at_ + place * id_stride_);
  std::uint32_t offset = Be32(bytes_, offsets_at_ + std::size_t{place} * 4);
  if ((offset & kLarge) == 0) return offset;
  std::size_t at = large_at_ + std::size_t{offset & ~kLarge} * 8;
  if (at + 8 > large_end_) return std::numeric_limits<std::uint64_t>::max();
  return ByteReader(std::string_view(bytes_).substr(at, 8)).Be64();
}

std::optional<std::uint32_t> PackIndex::Find(std::string_view wanted) const {
  if (wanted.size() != id_bytes_) return std::nullopt;
  unsigned char first = static_cast<unsigned char>(wanted[0]);
  std::uint32_t low = first == 0 ? 0 : Fanout(first - 1U), high = Fanout(first);
  while (low < high) {
    std::uint32_t middle = low + (high - low) / 2;
    int order = std::memcmp(id(middle).data(), wanted.data(), id_bytes_);
    if (order == 0) return middle;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

GitInflater::GitInflater() : state_(::libdeflate_alloc_decompressor()) {}
GitInflater::~GitInflater() {
  if (state_ != nullptr) ::libdeflate_free_decompressor(state_);
}

Result<void> GitInflater::Inflate(std::string_view packed, std::size_t size, std::string& out) {
  if (state_ == nullptr) return Err(Code::kInternal, "libdeflate could not be set up");
  out.resize(size);
  std::size_t got = 0;
  char none = 0;
  if (::libdeflate_zlib_decompress(state_, packed.data(), packed.size(), size == 0 ? &none : out.data(), size,
                                   &got) != LIBDEFLATE_SUCCESS ||
      got != size)
    return Err(Code::kMalformed, "bad zlib data");
  return {};
}

Result<std::string> ApplyGitDelta(std::string_view base, std::string_view delta, std::uint64_t max_bytes) {
  ByteReader in(delta);
  std::uint64_t from = in.Uvarint(), size = in.Uvarint();
  if (!in.ok() || from != base.size()) return Err(Code::kMalformed, "a delta against something else");
  if (size > max_bytes)
    return Err(Code::kLimitExceeded, std::to_string(size) + " bytes, more than the limit");
  std::string out;
  out.reserve(static_cast<std::size_t>(size));
  while (in.ok() && !in.empty()) {
    unsigned code = in.U8();
    if ((code & 0x80U) == 0) {
      if (code == 0) return Err(Code::kMalformed, "a delta with an unknown instruction");
      std::string_view text = in.TakeText(code);
      if (text.size() > size - out.size()) return Err(Code::kMalformed, "a delta that makes too much");
      out += text;
      continue;
    }
    std::uint64_t offset = 0, length = 0;
    for (unsigned i = 0; i < 4; ++i)
      if ((code >> i & 1U) != 0) offset |= std::uint64_t{in.U8()} << (8 * i);
    for (unsigned i = 0; i < 3; ++i)
      if ((code >> (4 + i) & 1U) != 0) length |= std::uint64_t{in.U8()} << (8 * i);
    if (length == 0) length = 0x10000;
    if (offset > base.size() || length > base.size() - offset || length > size - out.size())
      return Err(Code::kMalformed, "a delta that leads out of its base");
    out.append(base, static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  }
  if (!in.ok() || out.size() != size) return Err(Code::kMalformed, "a delta that ends early");
  return out;
}

Result<Pack> Pack::Open(std::unique_ptr<ByteSource> file, PackIndex index, std::size_t id_bytes) {
  WEIR_ASSIGN(std::string head, file->ReadRange(0, 12));
  std::uint32_t version = Be32(head, 4);
  if (!head.starts_with("PACK") || (version != 2 && version != 3))
    return Err(Code::kMalformed, "not a pack file of version 2 or 3");
  Pack out(std::move(file), std::move(index), id_bytes);
  out.entries_.resize(out.index_.count());
  for (std::uint32_t i = 0; i < out.index_.count(); ++i)
    out.entries_[i] = {.offset = out.index_.offset(i), .place = i};
  std::sort(out.entries_.begin(), out.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  out.entry_of_place_.resize(out.entries_.size());
  for (std::uint32_t i = 0; i < out.entries_.size(); ++i) out.entry_of_place_[out.entries_[i].place] = i;
  out.ReadHeaders();
  out.ResolveTypes();
  return out;
}

std::optional<std::uint32_t> Pack::Find(std::string_view id) const {
  std::optional<std::uint32_t> place = index_.Find(id);
  if (!place) return std::nullopt;
  return entry_of_place_[*place];
}

std::uint64_t Pack::EndOf(std::uint32_t entry) const {
  std::uint64_t end = file_->size() - std::min<std::uint64_t>(file_->size(), id_bytes_);
  if (entry + 1 < entries_.size()) end = std::min(end, entries_[entry + 1].offset);
  return end;
}

/// In the order of the file, so that it is read once from front to back.
void Pack::ReadHeaders() {
  std::string window;
  std::uint64_t window_at = 0;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    std::uint64_t at = entries_[i].offset;
    if (at >= file_->size()) continue;
    std::uint64_t want = std::min<std::uint64_t>(kMaxHeader, file_->size() - at);
    if (window.empty() || at < window_at || at + want > window_at + window.size()) {
      // Between large objects only their heads are read.
      bool near = i + 16 < entries_.size() && entries_[i + 16].offset - at < kHeaderWindow;
      std::uint64_t length = std::min<std::uint64_t>(near ? kHeaderWindow : kMaxHeader, file_->size() - at);
      Result<std::string> read = file_->ReadRange(at, length);
      if (!read) continue;
      window = std::move(*read);
      window_at = at;
    }
    ReadHeader(i, std::string_view(window).substr(static_cast<std::size_t>(at - window_at),
                                                  static_cast<std::size_t>(want)));
  }
}

void Pack::ReadHeader(std::uint32_t number, std::string_view head) {
  Entry& entry = entries_[number];
  ByteReader in(head);
  std::uint8_t byte = in.U8();
  unsigned kind = byte >> 4U & 7U;
  std::uint64_t size = byte & 15U;
  for (unsigned shift = 4; (byte & 0x80U) != 0 && shift < 60 && in.ok(); shift += 7) {
    byte = in.U8();
    size |= std::uint64_t{byte & 0x7fU} << shift;
  }
  if (kind >= 1 && kind <= 4) {
    entry.type = static_cast<GitType>(kind);
  } else if (kind == kOffsetDelta) {
    byte = in.U8();
    std::uint64_t back = byte & 0x7fU;
    for (int i = 0; (byte & 0x80U) != 0 && i < 9 && in.ok(); ++i) {
      byte = in.U8();
      back = ((back + 1) << 7U) | (byte & 0x7fU);
    }
    if (!in.ok() || back == 0 || back > entry.offset) return;
    std::uint64_t wanted = entry.offset - back;
    auto base = std::lower_bound(entries_.begin(), entries_.begin() + number, wanted,
                                 [](const Entry& a, std::uint64_t offset) { return a.offset < offset; });
    if (base == entries_.begin() + number || base->offset != wanted) return;
    entry.base = static_cast<std::uint32_t>(base - entries_.begin());
    entry.type = base->type;
  } else if (kind == kIdDelta) {
    std::optional<std::uint32_t> place = index_.Find(in.TakeText(id_bytes_));
    entry.base = place ? entry_of_place_[*place] : kOtherPack;
    by_id_.push_back(number);
  } else {
    return;
  }
  if (!in.ok()) {
    entry.type = GitType::kNone;
    return;
  }
  entry.header = static_cast<std::uint8_t>(in.position());
  entry.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 0xffffffff));
}

/// Bases named by id may stand behind what is made of them, and hostile ones in a circle.
void Pack::ResolveTypes() {
  constexpr int kMaxChain = 5000;  // git itself makes none longer than 4095
  if (by_id_.empty()) return;
  std::uint64_t steps_left = std::uint64_t{100} * entries_.size() + 1'000'000;
  for (std::uint32_t number : by_id_) {
    std::uint32_t at = number;
    for (int step = 0;
         step < kMaxChain && steps_left-- > 0 && at < kOtherPack && entries_[at].type == GitType::kNone;
         ++step)
      at = entries_[at].base;
    if (at < kOtherPack) entries_[number].type = entries_[at].type;
  }
  for (Entry& entry : entries_)
    if (entry.type == GitType::kNone && entry.base < kOtherPack) entry.type = entries_[entry.base].type;
}

Result<void> Pack::Inflate(std::uint32_t number, std::uint64_t max_bytes, GitInflater& inflater,
                           std::string& out) const {
  const Entry& entry = entries_[number];
  if (entry.header == 0) return Err(Code::kMalformed, "a bad header");
  if (entry.size > max_bytes)
    return Err(Code::kLimitExceeded, "about " + std::to_string(entry.size) + " bytes, more than the limit");
  std::uint64_t begin = entry.offset + entry.header, end = EndOf(number);
  if (begin >= end) return Err(Code::kMalformed, "an object without data");
  std::size_t length = static_cast<std::size_t>(std::min(end - begin, MostPacked(entry.size)));
  inflater.scratch.resize(length);
  WEIR_ASSIGN(std::size_t got, file_->ReadAt(begin, std::as_writable_bytes(std::span(inflater.scratch))));
  return inflater.Inflate(std::string_view(inflater.scratch).substr(0, got), entry.size, out);
}

std::string Pack::BaseId(std::uint32_t number) const {
  const Entry& entry = entries_[number];
  if (entry.base != kOtherPack || entry.header < id_bytes_) return {};
  // The id is the last of the header.
  return file_->ReadRange(entry.offset + entry.header - id_bytes_, id_bytes_).value_or(std::string());
}

}  // namespace weir::target
