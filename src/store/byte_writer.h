// The writing side of base/bytes.h, for what the store packs into blobs.
// Threading: one thread a writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weir::store {

class ByteWriter {
 public:
  void U8(std::uint8_t value) { out_ += static_cast<char>(value); }
  void Uvarint(std::uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>((value & 0x7fU) | 0x80U);
      value >>= 7U;
    }
    out_ += static_cast<char>(value);
  }
  void Le64(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) out_ += static_cast<char>((value >> shift) & 0xffU);
  }
  void Text(std::string_view text) {
    Uvarint(text.size());
    out_ += text;
  }
  const std::string& bytes() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace weir::store
