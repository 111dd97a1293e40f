// The header blob that rpm keeps of every installed package, whatever database
// holds it: a table of (tag, type, offset, count) and a block of data, big-endian.
// Source: rpm's docs/manual/hregions.md and lib/header.c.
// Threading: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

/// Views point into the blob.
struct RpmHeader {
  std::string_view name, version, release, arch, vendor, license, source_rpm;
  std::optional<std::uint32_t> epoch;          // absent is not zero
  std::optional<std::string_view> modularity;  // absent: not recorded
  std::vector<std::string_view> provides, requires_names;
  // File i is folders[folder_of[i]] + base_names[i]; old packages have whole paths instead.
  std::vector<std::string_view> base_names, folders, old_file_names;
  std::vector<std::uint32_t> folder_of;
  std::vector<std::uint16_t> file_modes;
  // Only where asked for. Hexadecimal, empty for what is no regular file.
  std::vector<std::string_view> file_digests;
  std::uint32_t digest_algorithm = 1;  // as in OpenPGP: 1 MD5, 2 SHA-1, 8 SHA-256, 10 SHA-512
};

/// kMalformed where the table or a wanted entry does not fit the blob.
Result<RpmHeader> ParseRpmHeader(std::string_view blob, bool with_file_digests = false);

}  // namespace weir::sbom
