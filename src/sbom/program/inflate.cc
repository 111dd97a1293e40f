#include "sbom/program/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

namespace weir::sbom {
namespace {

struct Stream {
  z_stream z{};
  bool ready = false;
  ~Stream() {
    if (ready) inflateEnd(&z);
  }
};

}  // namespace

Result<std::string> InflateZlib(std::string_view compressed, std::uint64_t limit) {
  if (compressed.size() > (1U << 30U)) return Err(Code::kLimitExceeded, "compressed data is too long");
  Stream stream;
  stream.ready = inflateInit(&stream.z) == Z_OK;
  if (!stream.ready) return Err(Code::kInternal, "zlib could not be set up");
  std::vector<Bytef> input(compressed.begin(), compressed.end());
  stream.z.next_in = input.data();
  stream.z.avail_in = static_cast<uInt>(input.size());
  std::string out;
  std::vector<Bytef> chunk(64U << 10U);
  for (;;) {
    stream.z.next_out = chunk.data();
    stream.z.avail_out = static_cast<uInt>(chunk.size());
    int status = inflate(&stream.z, Z_NO_FLUSH);
    std::size_t got = chunk.size() - stream.z.avail_out;
    if (got > limit - out.size()) return Err(Code::kLimitExceeded, "inflates to more than the limit");
    out.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (status == Z_STREAM_END) return out;
    if (status != Z_OK || got == 0) return Err(Code::kMalformed, "not a whole zlib stream");
  }
}

}  // namespace weir::sbom
