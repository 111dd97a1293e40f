// Bytes that come in order. Threading: one thread a stream.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "base/fd.h"
#include "base/hash.h"
#include "base/result.h"

namespace weir::target {

class InputStream {
 public:
  virtual ~InputStream() = default;
  /// Up to OUT.size() bytes; 0 at the end only.
  virtual Result<std::size_t> Read(std::span<std::byte> out) = 0;
  /// Passes over COUNT bytes; fewer only at the end. Returns how many there were.
  virtual Result<std::uint64_t> Skip(std::uint64_t count) {
    std::vector<std::byte> sink(64 * 1024);
    std::uint64_t done = 0;
    while (done < count) {
      std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(sink.size(), count - done));
      WEIR_ASSIGN(std::size_t got, Read(std::span(sink).first(want)));
      if (got == 0) break;
      done += got;
    }
    return done;
  }
};

/// A part of an open file.
struct BlobRange {
  std::shared_ptr<UniqueFd> fd;
  std::uint64_t offset = 0, size = 0;
};

/// Reads a BlobRange; with DIGESTER every byte goes through it.
class RangeStream final : public InputStream {
 public:
  explicit RangeStream(BlobRange range, Digester* digester = nullptr)
      : range_(std::move(range)), digester_(digester) {}
  Result<std::size_t> Read(std::span<std::byte> out) override;
  Result<std::uint64_t> Skip(std::uint64_t count) override;
  std::uint64_t position() const { return position_; }

 private:
  BlobRange range_;
  Digester* digester_;
  std::uint64_t position_ = 0;
};

}  // namespace weir::target
