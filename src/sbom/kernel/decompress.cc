#include "sbom/kernel/decompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <vector>

namespace weir::sbom {
namespace {

constexpr std::size_t kChunk = 128U << 10U, kMaxInput = 1U << 30U;
constexpr std::uint64_t kXzMemory = 80ULL << 20U;
constexpr int kMaxZstdWindowLog = 25;  // 32 MiB

Error TooLong() { return {Code::kLimitExceeded, "expands to more than the limit"}; }
Error Broken() { return {Code::kMalformed, "compressed data is damaged or cut short"}; }

struct GzipStream {
  z_stream z{};
  bool ready = false;
  ~GzipStream() {
    if (ready) inflateEnd(&z);
  }
};

Result<std::string> Gunzip(const std::vector<unsigned char>& input, std::uint64_t limit) {
  GzipStream stream;
  stream.ready = inflateInit2(&stream.z, 15 + 16) == Z_OK;
  if (!stream.ready) return Err(Code::kInternal, "zlib could not be set up");
  std::vector<unsigned char> own(input), chunk(kChunk);
  stream.z.next_in = own.data();
  stream.z.avail_in = static_cast<uInt>(own.size());
  std::string out;
  for (;;) {
    stream.z.next_out = chunk.data();
    stream.z.avail_out = static_cast<uInt>(chunk.size());
    int status = inflate(&stream.z, Z_NO_FLUSH);
    std::size_t got = chunk.size() - stream.z.avail_out;
    if (got > limit - out.size()) return Err(TooLong());
    out.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (status == Z_STREAM_END) return out;
    if (status != Z_OK || got == 0) return Err(Broken());
  }
}

struct XzStream {
  lzma_stream z = LZMA_STREAM_INIT;
  ~XzStream() { lzma_end(&z); }
};

Result<std::string> Unxz(const std::vector<unsigned char>& input, std::uint64_t limit) {
  XzStream stream;
  if (lzma_stream_decoder(&stream.z, kXzMemory, 0) != LZMA_OK)
    return Err(Code::kInternal, "liblzma could not be set up");
  std::vector<unsigned char> chunk(kChunk);
  stream.z.next_in = input.data();
  stream.z.avail_in = input.size();
  std::string out;
  for (;;) {
    stream.z.next_out = chunk.data();
    stream.z.avail_out = chunk.size();
    lzma_ret status = lzma_code(&stream.z, LZMA_FINISH);
    std::size_t got = chunk.size() - stream.z.avail_out;
    if (got > limit - out.size()) return Err(TooLong());
    out.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (status == LZMA_STREAM_END) return out;
    if (status == LZMA_MEMLIMIT_ERROR) return Err(TooLong());
    if (status != LZMA_OK || got == 0) return Err(Broken());
  }
}

Result<std::string> Unzstd(std::string_view input, std::uint64_t limit) {
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return Err(Code::kInternal, "zstd could not be set up");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::string out, chunk(kChunk, '\0');
  for (;;) {
    ZSTD_outBuffer part{chunk.data(), chunk.size(), 0};
    std::size_t status = ZSTD_decompressStream(context.get(), &part, &in);
    if (ZSTD_isError(status) != 0) return Err(Broken());
    if (part.pos > limit - out.size()) return Err(TooLong());
    out.append(chunk, 0, part.pos);
    if (status == 0) return out;
    if (in.pos == in.size && part.pos < part.size) return Err(Broken());
  }
}

}  // namespace

Result<std::string> Decompress(std::string_view data, std::uint64_t limit) {
  if (data.size() > kMaxInput) return Err(TooLong());
  if (data.starts_with("\x28\xb5\x2f\xfd")) return Unzstd(data, limit);
  bool gzip = data.starts_with("\x1f\x8b");
  if (!gzip && !data.starts_with(std::string_view("\xfd"
                                                  "7zXZ\0",
                                                  6)))
    return Err(Code::kUnsupported, "unknown compression");
  std::vector<unsigned char> bytes(data.begin(), data.end());
  return gzip ? Gunzip(bytes, limit) : Unxz(bytes, limit);
}

}  // namespace weir::sbom
