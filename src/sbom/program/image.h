// An executable file as its sections and segments, whatever its format.
//
// Readers (elf.h, pe.h, macho.h) read the tables only, never the file: a host
// has thousands of programs. All of it is bounds-checked; a table that points
// outside the file is kMalformed. Threading: plain values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "target/target.h"

namespace weir::sbom {

enum class ImageFormat : std::uint8_t { kNone, kElf, kPe, kMachO, kMachOFat };

/// By the first bytes of a file (64 are enough).
ImageFormat ClassifyImage(Bytes head);

/// A stretch of the file that has a place in memory.
struct Region {
  std::string name;           // of the section; empty for segments
  std::uint64_t address = 0;  // virtual
  std::uint64_t offset = 0;   // in the file
  std::uint64_t size = 0;     // in the file; 0 where it has no bytes there
  bool loaded = false;
  bool writable = false;
  bool executable = false;
};

struct Image {
  ImageFormat format = ImageFormat::kNone;
  bool big_endian = false;
  bool wide = false;  // 64-bit
  std::vector<Region> sections;
  std::vector<Region> segments;  // empty for PE
  std::uint64_t base = 0;        // PE: where the program is meant to be loaded
  // PE data directories, located in the file; size 0 where absent.
  Region resources, clr_header;

  const Region* FindSection(std::string_view name) const;
};

/// The bytes of REGION; kLimitExceeded above LIMIT.
Result<std::string> ReadRegion(target::ByteSource& file, const Region& region, std::uint64_t limit);
/// LENGTH bytes at a virtual address; kMalformed where no region of the file has them.
Result<std::string> ReadAddress(target::ByteSource& file, const Image& image, std::uint64_t address,
                                std::uint64_t length);

/// Reads integers whose order and width are only known at run time.
class WordReader {
 public:
  WordReader(std::string_view bytes, bool big_endian, bool wide)
      : reader_(bytes), big_(big_endian), wide_(wide) {}
  std::uint16_t U16() { return big_ ? reader_.Be16() : reader_.Le16(); }
  std::uint32_t U32() { return big_ ? reader_.Be32() : reader_.Le32(); }
  std::uint64_t U64() { return big_ ? reader_.Be64() : reader_.Le64(); }
  /// An address, offset or size: 4 or 8 bytes by the width.
  std::uint64_t Word() { return wide_ ? U64() : U32(); }
  ByteReader& bytes() { return reader_; }
  bool ok() const { return reader_.ok(); }

 private:
  ByteReader reader_;
  bool big_, wide_;
};

}  // namespace weir::sbom
