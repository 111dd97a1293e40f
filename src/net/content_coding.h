// Content-Encoding of HTTP bodies: zstd and gzip in, gzip out. Bounded: a small
// body that unpacks to a large one ends at the limit. Threading: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::net {

/// CODING as in the header field; empty and "identity" leave the body alone. Codings in a row are not taken.
/// kUnsupported, kMalformed (also where the body is cut short), kLimitExceeded.
Result<std::string> DecodeContent(std::string_view coding, std::string body, std::size_t max_bytes);

std::string GzipContent(std::string_view body);

/// Whether gzip is worth while for that Content-Type: text, JSON, XML, scripts, SVG, WebAssembly.
bool IsCompressible(std::string_view content_type);

}  // namespace weir::net
