#include "target/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "target/file_content.h"

namespace weir::target {
namespace {

class SharedMemorySource final : public ByteSource {
 public:
  explicit SharedMemorySource(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_->size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= bytes_->size() || out.empty()) return std::size_t{0};
    std::size_t count = std::min(out.size(), bytes_->size() - static_cast<std::size_t>(offset));
    std::memcpy(out.data(), bytes_->data() + offset, count);
    return count;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

class RangeSource final : public ByteSource {
 public:
  explicit RangeSource(BlobRange range) : range_(std::move(range)) {}
  std::uint64_t size() const override { return range_.size; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= range_.size) return std::size_t{0};
    std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), range_.size - offset));
    return ReadFully(range_.fd->get(), range_.offset + offset, out.first(count));
  }

 private:
  BlobRange range_;
};

}  // namespace

std::string TemporaryFolder(const std::string& given) {
  if (!given.empty()) return given;
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

Result<UniqueFd> MakeTemporaryFile(const std::string& given) {
  std::string folder = TemporaryFolder(given);
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = folder + "/weir.XXXXXX";
    fd.Reset(::mkostemp(name.data(), O_CLOEXEC));
    if (fd) ::unlink(name.c_str());
  }
  if (!fd) return Err(ErrnoError(errno, "a temporary file in " + folder));
  return fd;
}

std::unique_ptr<ByteSource> Payload::MakeSource() const {
  if (bytes) return std::make_unique<SharedMemorySource>(bytes);
  return std::make_unique<RangeSource>(range);
}

Result<void> Spool::Begin(std::uint64_t size) {
  size_ = size;
  bytes_.reset();
  if (size <= memory_left_) {
    bytes_ = std::make_shared<std::string>(static_cast<std::size_t>(size), '\0');
    memory_left_ -= size;
    return {};
  }
  if (!file_) {
    WEIR_ASSIGN(UniqueFd fd, MakeTemporaryFile(folder_));
    file_ = std::make_shared<UniqueFd>(std::move(fd));
  }
  begin_ = file_end_;
  file_end_ += size;
  if (::ftruncate(file_->get(), static_cast<off_t>(file_end_)) != 0)
    return Err(ErrnoError(errno, "a temporary file"));
  return {};
}

Result<void> Spool::Write(std::uint64_t offset, Bytes bytes) {
  if (offset > size_ || bytes.size() > size_ - offset)
    return Err(Code::kMalformed, "data beyond the end of a file");
  if (bytes_) {
    if (!bytes.empty()) std::memcpy(bytes_->data() + offset, bytes.data(), bytes.size());
    return {};
  }
  while (!bytes.empty()) {
    ssize_t put = ::pwrite(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(begin_ + offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Err(ErrnoError(errno, "a temporary file"));
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Payload Spool::Finish() {
  Payload payload;
  if (bytes_) {
    payload.bytes = std::move(bytes_);
  } else {
    payload.range = {file_, begin_, size_};
  }
  bytes_.reset();
  return payload;
}

}  // namespace weir::target
