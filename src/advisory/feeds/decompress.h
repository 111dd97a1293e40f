// Bounded streaming decompression (gzip, xz, bzip2, zstd, lz4 by content; plain
// bytes go through), and members of the archives that Debian packages are made of.
// Threading: each call on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::advisory {

/// Takes the next piece; false stops, which is no error.
using PieceSink = std::function<bool(std::string_view)>;

Result<std::string> DecompressBytes(std::string_view bytes, std::uint64_t max_bytes);
/// kLimitExceeded beyond MAX_BYTES.
Result<void> DecompressFile(const std::string& path, std::uint64_t max_bytes, const PieceSink& sink);
/// The first member of a compressed tar whose path (without "./") is wanted. kNotFound where there is none
/// within MAX_SCANNED unpacked bytes.
Result<void> ReadTarMember(std::string_view tar, const std::function<bool(std::string_view)>& is_wanted,
                           std::uint64_t max_scanned, const PieceSink& sink);

/// The member of an ar archive (a .deb) whose name starts with PREFIX.
Result<std::string> ReadArMember(std::string_view ar, std::string_view prefix, std::uint64_t max_bytes);

}  // namespace weir::advisory
