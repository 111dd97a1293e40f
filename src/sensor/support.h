// Small things that several files of the room need. Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::sensor {

/// Milliseconds since 1970, of the system's clock.
std::int64_t SystemNowMs();
/// "2026-11-26T01:02:03Z"
std::string Rfc3339(std::int64_t now_ms);
/// COUNT random bytes as lower-case hexadecimal.
std::string RandomHex(std::size_t count);
/// 0..1, for jitter.
double RandomFraction();

/// Of the calling thread, as tools show it; at most 15 characters.
void NameThread(const char* name);

std::string CompressZstd(std::string_view text);
/// kMalformed, or kLimitExceeded where the text would have more than MAX_BYTES.
Result<std::string> DecompressZstd(std::string_view bytes, std::uint64_t max_bytes);

/// mkdir -p with mode 0700 for the last one.
Result<void> MakePrivateFolder(const std::string& path);

}  // namespace weir::sensor
