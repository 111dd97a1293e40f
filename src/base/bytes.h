// Bounds-checked, endian-aware reading of outside bytes, and writing of our own.
//
// ByteReader walks a span it does not own. A read past the end returns false (or
// an empty value) and leaves the reader failed; check ok() once at the end of a
// record. Threading: one thread a reader.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

using Bytes = std::span<const std::byte>;

inline Bytes AsBytes(std::string_view text) {
  return {static_cast<const std::byte*>(static_cast<const void*>(text.data())), text.size()};
}
inline std::string_view AsText(Bytes bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}
  explicit ByteReader(std::string_view text) : bytes_(AsBytes(text)) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool empty() const { return remaining() == 0; }

  /// Moves to an absolute position; fails beyond the end.
  bool Seek(std::size_t position) {
    if (position > bytes_.size()) return Fail();
    position_ = position;
    return true;
  }
  bool Skip(std::size_t count) {
    if (count > remaining()) return Fail();
    position_ += count;
    return true;
  }
  /// The next COUNT bytes; empty and failed where there are fewer.
  Bytes Take(std::size_t count) {
    if (count > remaining()) {
      Fail();
      return {};
    }
    Bytes out = bytes_.subspan(position_, count);
    position_ += count;
    return out;
  }
  std::string_view TakeText(std::size_t count) { return AsText(Take(count)); }

  template <class T>
  T Le() {
    return Read<T, std::endian::little>();
  }
  template <class T>
  T Be() {
    return Read<T, std::endian::big>();
  }
  std::uint8_t U8() { return Le<std::uint8_t>(); }
  std::uint16_t Le16() { return Le<std::uint16_t>(); }
  std::uint32_t Le32() { return Le<std::uint32_t>(); }
  std::uint64_t Le64() { return Le<std::uint64_t>(); }
  std::uint16_t Be16() { return Be<std::uint16_t>(); }
  std::uint32_t Be32() { return Be<std::uint32_t>(); }
  std::uint64_t Be64() { return Be<std::uint64_t>(); }

  /// Unsigned LEB128 as in Go's and protobuf's varint; at most 10 bytes.
  std::uint64_t Uvarint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      std::uint8_t byte = U8();
      if (!ok_) return 0;
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    Fail();
    return 0;
  }
  /// What ByteWriter::Text wrote.
  std::string_view Text() {
    std::uint64_t size = Uvarint();
    if (size > remaining()) {
      Fail();
      return {};
    }
    return TakeText(static_cast<std::size_t>(size));
  }
  /// A number of things that take at least one byte each; fails where so many cannot follow.
  std::size_t Count() {
    std::uint64_t count = Uvarint();
    if (count <= remaining()) return static_cast<std::size_t>(count);
    Fail();
    return 0;
  }

 private:
  bool Fail() {
    ok_ = false;
    return false;
  }
  template <class T, std::endian order>
  T Read() {
    static_assert(std::is_unsigned_v<T>);
    Bytes raw = Take(sizeof(T));
    if (raw.size() != sizeof(T)) return 0;
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      std::size_t from = order == std::endian::little ? sizeof(T) - 1 - i : i;
      value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) |
                             std::to_integer<std::uint64_t>(raw[from]));
    }
    return value;
  }

  Bytes bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

/// Writes what ByteReader reads. Threading: one thread a writer.
class ByteWriter {
 public:
  void U8(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void Le64(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) U8(static_cast<std::uint8_t>(value >> shift));
  }
  void Uvarint(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) U8(static_cast<std::uint8_t>(value | 0x80U));
    U8(static_cast<std::uint8_t>(value));
  }
  void Text(std::string_view text) {
    Uvarint(text.size());
    bytes_ += text;
  }
  void Raw(std::string_view text) { bytes_ += text; }
  std::size_t size() const { return bytes_.size(); }
  std::string_view text() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace weir
