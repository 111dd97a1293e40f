// Layers as streams of tar bytes, whatever they are packed with.
//
// The kind is told by the first bytes and not by a media type, which is often
// wrong. gzip (RFC 1952, several members) and Zstandard (RFC 8878, several
// frames; zstd:chunked is such frames and skippable ones). Output is bounded in
// bytes and in its ratio to the input. Threading: one thread a stream.
#pragma once

#include <memory>
#include <string>

#include "target/input_stream.h"
#include "target/target.h"

namespace weir::target {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd, kOther };

/// By magic number; kOther for bzip2 and xz, which are known and not read.
Compression SniffCompression(const BlobRange& range);

/// SOURCE must outlive the stream. kOther is an error.
Result<std::unique_ptr<InputStream>> MakeDecompressor(Compression compression, InputStream& source);

class LayerStream final : public InputStream {
 public:
  /// DIGESTS: compute those of the stored and of the unpacked bytes.
  static Result<std::unique_ptr<LayerStream>> Open(const BlobRange& range, const Limits& limits,
                                                   bool digests);

  Result<std::size_t> Read(std::span<std::byte> out) override;
  Compression compression() const { return compression_; }
  std::uint64_t position() const { return position_; }
  /// "sha256:..."; call once, after the end was read.
  std::string TakeBlobDigest();
  std::string TakeDiffId();

 private:
  LayerStream(const BlobRange& range, const Limits& limits, bool digests, Compression compression);

  const std::uint64_t max_bytes_;
  const double max_ratio_;
  const Compression compression_;
  const bool digests_;
  Digester blob_digester_, diff_digester_;
  RangeStream source_;
  std::unique_ptr<InputStream> decompressor_;
  std::uint64_t position_ = 0;
  std::string blob_digest_;
};

}  // namespace weir::target
