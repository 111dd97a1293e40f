#include "sensor/support.h"

#include <pthread.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <zstd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/time_text.h"

namespace weir::sensor {

std::int64_t SystemNowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Rfc3339(std::int64_t now_ms) { return FormatRfc3339(now_ms / 1000); }

namespace {

void FillRandom(void* to, std::size_t size) {
  auto* bytes = static_cast<char*>(to);
  while (size > 0) {
    ssize_t got = ::getrandom(bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    WEIR_CHECK(got > 0);
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string RandomHex(std::size_t count) {
  std::string bytes(count, '\0');
  FillRandom(bytes.data(), bytes.size());
  return Hex(AsBytes(bytes));
}

double RandomFraction() {
  std::uint32_t value = 0;
  FillRandom(&value, sizeof value);
  return static_cast<double>(value) / 4294967296.0;
}

void NameThread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

std::string CompressZstd(std::string_view text) {
  constexpr int kLevel = 3;
  std::string out(ZSTD_compressBound(text.size()), '\0');
  std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
  WEIR_CHECK(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

Result<std::string> DecompressZstd(std::string_view bytes, std::uint64_t max_bytes) {
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  std::string out;
  std::vector<char> chunk(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size) {
    ZSTD_outBuffer room{chunk.data(), chunk.size(), 0};
    left = ZSTD_decompressStream(context.get(), &room, &in);
    if (ZSTD_isError(left) != 0) return Err(Code::kMalformed, "not zstd data");
    if (room.pos > max_bytes - out.size()) return Err(Code::kLimitExceeded, "too much compressed data");
    out.append(chunk.data(), room.pos);
  }
  if (left != 0) return Err(Code::kMalformed, "compressed data is cut short");
  return out;
}

Result<void> MakePrivateFolder(const std::string& path) {
  WEIR_TRY(MakeDirectories(path));
  if (::chmod(path.c_str(), 0700) != 0) return Err(ErrnoError(errno, path));
  return {};
}

}  // namespace weir::sensor
