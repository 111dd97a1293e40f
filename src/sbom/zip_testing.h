// For tests: makes ZIP archives in memory, whole and broken ones.
#pragma once

#include <libdeflate.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sbom {

class ZipBuilder {
 public:
  ZipBuilder& Stored(std::string_view name, std::string_view text) { return Add(name, text, 0, text.size()); }
  ZipBuilder& Deflated(std::string_view name, std::string_view text) {
    libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
    std::string packed(libdeflate_deflate_compress_bound(compressor, text.size()), '\0');
    packed.resize(
        libdeflate_deflate_compress(compressor, text.data(), text.size(), packed.data(), packed.size()));
    libdeflate_free_compressor(compressor);
    return Add(name, packed, 8, text.size());
  }
  /// A directory entry NAME for the bytes of member INDEX.
  ZipBuilder& Alias(std::string_view name, std::size_t index) {
    Record copy = records_.at(index);
    copy.name = name;
    records_.push_back(copy);
    return *this;
  }
  /// Lies about the last member's size.
  ZipBuilder& ClaimSize(std::uint64_t size) {
    records_.back().size = size;
    return *this;
  }
  std::string Build(std::string_view comment = "", bool zip64 = false) const {
    std::string out = body_;
    for (const Record& r : records_) {
      Le(out, 0x02014b50, 4);
      Le(out, 0x0014'0014, 4);
      Le(out, 0, 2);
      Le(out, r.method, 2);
      Le(out, 0, 8);
      Le(out, zip64 ? 0xffffffff : r.packed_size, 4);
      Le(out, zip64 ? 0xffffffff : r.size, 4);
      Le(out, r.name.size(), 2);
      Le(out, zip64 ? 28 : 0, 2);
      Le(out, 0, 10);
      Le(out, zip64 ? 0xffffffff : r.offset, 4);
      out += r.name;
      if (!zip64) continue;
      Le(out, 1, 2);
      Le(out, 24, 2);
      Le(out, r.size, 8);
      Le(out, r.packed_size, 8);
      Le(out, r.offset, 8);
    }
    std::uint64_t directory_size = out.size() - body_.size(), end64 = out.size();
    if (zip64) {
      Le(out, 0x06064b50, 4);
      Le(out, 44, 8);
      Le(out, 0x002d'002d, 4);
      Le(out, 0, 8);
      Le(out, records_.size(), 8);
      Le(out, records_.size(), 8);
      Le(out, directory_size, 8);
      Le(out, body_.size(), 8);
      Le(out, 0x07064b50, 4);
      Le(out, 0, 4);
      Le(out, end64, 8);
      Le(out, 1, 4);
    }
    Le(out, 0x06054b50, 4);
    Le(out, 0, 4);
    Le(out, zip64 ? 0xffff : records_.size(), 2);
    Le(out, zip64 ? 0xffff : records_.size(), 2);
    Le(out, zip64 ? 0xffffffff : directory_size, 4);
    Le(out, zip64 ? 0xffffffff : body_.size(), 4);
    Le(out, comment.size(), 2);
    return out + std::string(comment);
  }

 private:
  struct Record {
    std::string name;
    std::uint64_t offset, packed_size, size;
    std::uint16_t method;
  };
  static void Le(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      out += i < 8 ? static_cast<char>((value >> (8 * i)) & 0xffU) : static_cast<char>(0);
  }
  ZipBuilder& Add(std::string_view name, std::string_view packed, std::uint16_t method, std::uint64_t size) {
    records_.push_back({std::string(name), body_.size(), packed.size(), size, method});
    Le(body_, 0x04034b50, 4);
    Le(body_, 20, 4);
    Le(body_, method, 2);
    Le(body_, 0, 8);
    Le(body_, packed.size(), 4);
    Le(body_, size, 4);
    Le(body_, name.size(), 2);
    Le(body_, 0, 2);
    body_ += name;
    body_ += packed;
    return *this;
  }
  std::string body_;
  std::vector<Record> records_;
};

}  // namespace weir::sbom
