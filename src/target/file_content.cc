#include "target/file_content.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace weir::target {

Result<std::size_t> ReadFully(int fd, std::uint64_t offset, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t got = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Err(ErrnoError(errno, "reading"));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void LazyFileContent::Open() const {
  std::call_once(once_, [&] {
    opened_ = true;
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    // Reading must not touch access times; only an owner or root may ask for that.
    UniqueFd fd(::openat(folder_, name_, kFlags | O_NOATIME));
    if (!fd && errno == EPERM) fd.Reset(::openat(folder_, name_, kFlags));
    std::optional<Error> error;
    struct stat now{};
    if (!fd || ::fstat(fd.get(), &now) != 0) {
      error = ErrnoError(errno, "opening");
    } else if (!S_ISREG(now.st_mode) || now.st_ino != expected_.st_ino || now.st_dev != expected_.st_dev) {
      error = Error{Code::kUnavailable, "the file was replaced during the scan"};
    } else {
      fd_ = std::move(fd);
    }
    if (error) {
      std::lock_guard lock(mutex_);
      error_ = std::move(error);
    }
  });
}

Result<std::size_t> LazyFileContent::ReadAt(std::uint64_t offset, std::span<std::byte> out) {
  if (offset >= size() || out.empty()) return std::size_t{0};
  Open();
  if (!fd_) return Err(*first_error());
  // A file that grows meanwhile keeps the size it had when it was looked at.
  std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - offset));
  Result<std::size_t> got = ReadFully(fd_.get(), offset, out.first(count));
  if (got) {
    bytes_read_ += *got;
  } else {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = got.error();
  }
  return got;
}

int LazyFileContent::descriptor() const {
  Open();
  return fd_.get();
}

std::optional<Error> LazyFileContent::first_error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace weir::target
