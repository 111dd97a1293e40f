// For tests: makes small ELF files byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sbom {

struct ElfSection {
  std::string name, content;
  std::uint64_t address = 0;
  std::uint64_t flags = 2;  // loaded
};

struct ElfShape {
  bool wide = true;
  bool big_endian = false;
};

/// An ELF file with SECTIONS and one loaded, writable segment for each that has an address.
std::string MakeElf(const std::vector<ElfSection>& sections, ElfShape shape = {});

/// VALUE in SIZE bytes.
std::string EncodeInteger(std::uint64_t value, std::size_t size, bool big_endian);

}  // namespace weir::sbom
