#include "net/content_coding.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/strings.h"

namespace weir::net {
namespace {

constexpr std::size_t kChunk = 64U << 10U;
constexpr int kMaxZstdWindowLog = 23;  // RFC 8878 section 3.1.1.1.2: what every decoder must support

Error TooLarge(std::size_t max_bytes) {
  return {Code::kLimitExceeded, "the body unpacks to more than " + std::to_string(max_bytes) + " bytes"};
}

Result<std::string> DecodeZstd(std::string_view body, std::size_t max_bytes) {
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  if (!context) return Err(Code::kLimitExceeded, "out of memory");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  std::string out;
  std::string chunk(kChunk, '\0');
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::size_t hint = 1;  // 0 at the end of a frame
  bool output_was_full = false;
  while (in.pos < in.size || output_was_full) {
    ZSTD_outBuffer piece{chunk.data(), chunk.size(), 0};
    std::size_t before = in.pos;
    hint = ZSTD_decompressStream(context.get(), &piece, &in);
    if (ZSTD_isError(hint) != 0)
      return Err(Code::kMalformed, std::string("zstd: ") + ZSTD_getErrorName(hint));
    if (piece.pos > max_bytes - out.size()) return Err(TooLarge(max_bytes));
    out.append(chunk, 0, piece.pos);
    output_was_full = hint != 0 && piece.pos == piece.size;
    if (in.pos == before && piece.pos == 0) break;  // no progress: cut short
  }
  if (hint != 0) return Err(Code::kMalformed, "zstd: the body is cut short");
  return out;
}

Result<std::string> DecodeGzip(std::string_view body, std::size_t max_bytes) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Err(Code::kLimitExceeded, "out of memory");
  std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, &inflateEnd);
  // zlib's counters are 32 bits wide; no limit of ours is near that.
  if (body.size() > UINT32_MAX) return Err(Code::kLimitExceeded, "the body is too large");
  std::string input(body);
  stream.next_in = static_cast<Bytef*>(static_cast<void*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  std::string out;
  std::string chunk(kChunk, '\0');
  while (true) {
    stream.next_out = static_cast<Bytef*>(static_cast<void*>(chunk.data()));
    stream.avail_out = static_cast<uInt>(chunk.size());
    int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END)
      return Err(Code::kMalformed, status == Z_BUF_ERROR ? "gzip: the body is cut short" : "gzip: bad data");
    std::size_t made = chunk.size() - stream.avail_out;
    if (made > max_bytes - out.size()) return Err(TooLarge(max_bytes));
    out.append(chunk, 0, made);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return Err(Code::kInternal, "gzip: could not be reset");
    }
  }
}

}  // namespace

Result<std::string> DecodeContent(std::string_view coding, std::string body, std::size_t max_bytes) {
  coding = Trim(coding);
  if (coding.empty() || EqualsIgnoreCase(coding, "identity")) return body;
  if (EqualsIgnoreCase(coding, "zstd")) return DecodeZstd(body, max_bytes);
  if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip"))
    return DecodeGzip(body, max_bytes);
  return Err(Code::kUnsupported, "the body's Content-Encoding is not one of zstd and gzip");
}

std::string GzipContent(std::string_view body) {
  constexpr int kGzipFormat = 16 + MAX_WBITS, kMemoryLevel = 8, kLevel = 5;
  z_stream stream{};
  WEIR_CHECK(deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipFormat, kMemoryLevel, Z_DEFAULT_STRATEGY) ==
             Z_OK);
  std::unique_ptr<z_stream, decltype(&deflateEnd)> owner(&stream, &deflateEnd);
  std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  // zlib's interface predates const.
  stream.next_in = static_cast<Bytef*>(const_cast<void*>(static_cast<const void*>(body.data())));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
  stream.avail_out = static_cast<uInt>(out.size());
  WEIR_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  return out;
}

bool IsCompressible(std::string_view content_type) {
  std::string type = ToLower(Trim(NextPiece(content_type, ';')));
  static constexpr std::array<std::string_view, 7> kOthers = {
      "application/json", "application/javascript", "application/xml",          "application/yaml",
      "application/wasm", "application/x-ndjson",   "application/manifest+json"};
  if (type == "text/event-stream") return false;
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

}  // namespace weir::net
