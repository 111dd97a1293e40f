#include "target/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstring>

#include "target/file_content.h"

namespace weir::target {
namespace {

constexpr std::size_t kInputChunk = 256 * 1024;
constexpr std::uint64_t kRatioFrom = 16ULL << 20U;  // small inputs may be packed very tightly
constexpr int kMaxWindowLog = 27;                   // 128 MiB, what zstd itself accepts unasked

/// What the decompressors share: a chunk of input and how much of it is used.
class InputChunk {
 public:
  explicit InputChunk(InputStream& source) : source_(source), bytes_(kInputChunk) {}
  /// False at the end of the source.
  Result<bool> Fill() {
    if (used < filled_) return true;
    WEIR_ASSIGN(filled_, source_.Read(bytes_));
    used = 0;
    return filled_ > 0;
  }
  std::span<std::byte> rest() { return std::span(bytes_).subspan(used, filled_ - used); }
  std::size_t used = 0;

 private:
  InputStream& source_;
  std::vector<std::byte> bytes_;
  std::size_t filled_ = 0;
};

class GzipStream final : public InputStream {
 public:
  explicit GzipStream(InputStream& source) : input_(source) {
    constexpr int kGzipOnly = 16;
    usable_ = ::inflateInit2(&state_, MAX_WBITS + kGzipOnly) == Z_OK;
  }
  ~GzipStream() override { ::inflateEnd(&state_); }
  Result<std::size_t> Read(std::span<std::byte> out) override {
    if (!usable_) return Err(Code::kInternal, "zlib could not be set up");
    std::size_t done = 0;
    while (done < out.size() && !finished_) {
      Result<bool> more = input_.Fill();
      if (!more) return Err(more.error());
      if (!*more) {
        if (done > 0) break;  // hand over what there is; the next call reports the end
        if (between_members_) return std::size_t{0};
        return Err(Code::kMalformed, "the gzip data ends early");
      }
      if (between_members_ && !StartMember()) break;
      Result<std::size_t> got = Inflate(out.subspan(done));
      if (!got && done > 0) break;  // state_ keeps the error: the next call meets it again
      if (!got) return got;
      done += *got;
    }
    return done;
  }

 private:
  /// Another member follows only where its magic does; other bytes at the end are padding.
  bool StartMember() {
    if (input_.rest()[0] != std::byte{0x1f}) {
      finished_ = true;
      return false;
    }
    ::inflateReset(&state_);
    between_members_ = false;
    return true;
  }
  Result<std::size_t> Inflate(std::span<std::byte> out) {
    std::span<std::byte> in = input_.rest();
    state_.next_in = static_cast<Bytef*>(static_cast<void*>(in.data()));
    state_.avail_in = static_cast<uInt>(in.size());
    state_.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
    constexpr std::size_t kMostAtOnce = 1U << 30U;
    std::size_t room = std::min(out.size(), kMostAtOnce);
    state_.avail_out = static_cast<uInt>(room);
    int status = ::inflate(&state_, Z_NO_FLUSH);
    input_.used += in.size() - state_.avail_in;
    if (status == Z_STREAM_END) between_members_ = true;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return Err(Code::kMalformed, std::string("bad gzip data") +
                                       (state_.msg != nullptr ? std::string(": ") + state_.msg : ""));
    return room - state_.avail_out;
  }

  InputChunk input_;
  z_stream state_{};
  bool usable_ = false, finished_ = false, between_members_ = false;
};

class ZstdStream final : public InputStream {
 public:
  explicit ZstdStream(InputStream& source) : input_(source), state_(::ZSTD_createDCtx(), &::ZSTD_freeDCtx) {
    if (state_) ::ZSTD_DCtx_setParameter(state_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }
  Result<std::size_t> Read(std::span<std::byte> out) override {
    if (!state_) return Err(Code::kInternal, "zstd could not be set up");
    if (failed_) return Err(*failed_);
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size) {
      Result<bool> more = input_.Fill();
      if (!more) return Err(more.error());
      std::size_t before = to.pos;
      ZSTD_inBuffer from{input_.rest().data(), input_.rest().size(), 0};
      if (!*more && at_frame_end_) break;
      std::size_t status = ::ZSTD_decompressStream(state_.get(), &to, &from);
      input_.used += from.pos;
      if (::ZSTD_isError(status) != 0) {
        failed_ = Error{Code::kMalformed, std::string("bad zstd data: ") + ::ZSTD_getErrorName(status)};
      } else if (!*more && to.pos == before) {
        failed_ = Error{Code::kMalformed, "the zstd data ends early"};
      }
      at_frame_end_ = status == 0;
      if (failed_ && to.pos > 0) break;
      if (failed_) return Err(*failed_);
    }
    return to.pos;
  }

 private:
  InputChunk input_;
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> state_;
  bool at_frame_end_ = true;
  std::optional<Error> failed_;
};

}  // namespace

Compression SniffCompression(const BlobRange& range) {
  std::array<std::byte, 6> head{};
  RangeStream stream(range);
  Result<std::size_t> got = stream.Read(head);
  if (!got) return Compression::kNone;
  std::string_view text = AsText(std::span(head).first(*got));
  using namespace std::string_view_literals;
  if (text.starts_with("\x1f\x8b"sv)) return Compression::kGzip;
  if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::kZstd;
  // A skippable frame: 0x184D2A50 to 0x184D2A5F, little-endian.
  if (text.size() >= 4 && (static_cast<unsigned char>(text[0]) & 0xf0U) == 0x50 &&
      text.substr(1, 3) == "\x2a\x4d\x18"sv)
    return Compression::kZstd;
  if (text.starts_with("BZh") || text.starts_with("\xfd"
                                                  "7zXZ"sv))
    return Compression::kOther;
  return Compression::kNone;
}

Result<std::unique_ptr<InputStream>> MakeDecompressor(Compression compression, InputStream& source) {
  if (compression == Compression::kGzip) return std::make_unique<GzipStream>(source);
  if (compression == Compression::kZstd) return std::make_unique<ZstdStream>(source);
  return Err(Code::kUnsupported, "packed with bzip2 or xz, which is not read");
}

LayerStream::LayerStream(const BlobRange& range, const Limits& limits, bool digests, Compression compression)
    : max_bytes_(limits.max_layer_bytes),
      max_ratio_(limits.max_ratio),
      compression_(compression),
      digests_(digests),
      blob_digester_(DigestKind::kSha256),
      diff_digester_(DigestKind::kSha256),
      source_(range, digests ? &blob_digester_ : nullptr) {}

Result<std::unique_ptr<LayerStream>> LayerStream::Open(const BlobRange& range, const Limits& limits,
                                                       bool digests) {
  Compression compression = SniffCompression(range);
  std::unique_ptr<LayerStream> stream(new LayerStream(range, limits, digests, compression));
  if (compression != Compression::kNone) {
    WEIR_ASSIGN(stream->decompressor_, MakeDecompressor(compression, stream->source_));
  }
  return stream;
}

Result<std::size_t> LayerStream::Read(std::span<std::byte> out) {
  InputStream& from = decompressor_ ? *decompressor_ : source_;
  WEIR_ASSIGN(std::size_t got, from.Read(out));
  position_ += got;
  if (digests_ && decompressor_) diff_digester_.Update(out.first(got));
  if (position_ > max_bytes_)
    return Err(Code::kLimitExceeded,
               "the layer unpacks to more than " + std::to_string(max_bytes_) + " bytes");
  std::uint64_t packed = std::max<std::uint64_t>(source_.position(), 1);
  if (position_ > kRatioFrom && static_cast<double>(position_) / static_cast<double>(packed) > max_ratio_)
    return Err(Code::kLimitExceeded, "the layer unpacks to more than " +
                                         std::to_string(static_cast<std::uint64_t>(max_ratio_)) +
                                         " times its size");
  return got;
}

std::string LayerStream::TakeBlobDigest() {
  if (blob_digest_.empty()) {
    // Padding behind the packed data belongs to the blob.
    while (true) {
      std::vector<std::byte> sink(kInputChunk);
      Result<std::size_t> got = source_.Read(sink);
      if (!got || *got == 0) break;
    }
    blob_digest_ = "sha256:" + blob_digester_.FinishHex();
  }
  return blob_digest_;
}

std::string LayerStream::TakeDiffId() {
  return decompressor_ ? "sha256:" + diff_digester_.FinishHex() : TakeBlobDigest();
}

}  // namespace weir::target
