#include <algorithm>
#include <cstring>

#include "target/target.h"

namespace weir::target {
namespace {

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_.size() || out.empty()) return std::size_t{0};
    std::size_t count = std::min(out.size(), bytes_.size() - static_cast<std::size_t>(offset));
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }

 private:
  std::string bytes_;
};

class BorrowedSource final : public ByteSource {
 public:
  explicit BorrowedSource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_.size() || out.empty()) return std::size_t{0};
    std::string_view from = bytes_.substr(static_cast<std::size_t>(offset), out.size());
    std::memcpy(out.data(), from.data(), from.size());
    return from.size();
  }

 private:
  std::string_view bytes_;
};

class SliceSource final : public ByteSource {
 public:
  SliceSource(ByteSource& parent, std::uint64_t offset, std::uint64_t length)
      : parent_(parent),
        offset_(std::min(offset, parent.size())),
        length_(std::min(length, parent.size() - offset_)) {}
  std::uint64_t size() const override { return length_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= length_) return std::size_t{0};
    std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), length_ - offset));
    return parent_.ReadAt(offset_ + offset, out.first(count));
  }

 private:
  ByteSource& parent_;
  std::uint64_t offset_, length_;
};

}  // namespace

Result<std::string> ByteSource::ReadAll(std::uint64_t limit) {
  if (size() > limit)
    return Err(Code::kLimitExceeded,
               std::to_string(size()) + " bytes, more than the limit of " + std::to_string(limit));
  std::string out(static_cast<std::size_t>(size()), '\0');
  WEIR_ASSIGN(std::size_t got, ReadAt(0, std::as_writable_bytes(std::span(out))));
  out.resize(got);
  return out;
}

Result<std::string> ByteSource::ReadRange(std::uint64_t offset, std::uint64_t length) {
  if (offset > size() || length > size() - offset)
    return Err(Code::kMalformed, "a part lies beyond the end of the file");
  std::string out(static_cast<std::size_t>(length), '\0');
  WEIR_ASSIGN(std::size_t got, ReadAt(offset, std::as_writable_bytes(std::span(out))));
  if (got != length) return Err(Code::kMalformed, "the file ended early");
  return out;
}

std::unique_ptr<ByteSource> MakeMemorySource(std::string bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}
std::unique_ptr<ByteSource> MakeBorrowedSource(std::string_view bytes) {
  return std::make_unique<BorrowedSource>(bytes);
}
std::unique_ptr<ByteSource> MakeSliceSource(ByteSource& parent, std::uint64_t offset, std::uint64_t length) {
  return std::make_unique<SliceSource>(parent, offset, length);
}

}  // namespace weir::target
