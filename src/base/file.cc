#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace weir {

Result<std::string> ReadAll(int fd, std::uint64_t max_bytes, std::string_view what) {
  std::string out;
  struct stat info{};
  if (::fstat(fd, &info) == 0 && info.st_size > 0 && static_cast<std::uint64_t>(info.st_size) <= max_bytes)
    out.reserve(static_cast<std::size_t>(info.st_size) + 1);
  constexpr std::size_t kChunk = 64 * 1024;
  while (true) {
    std::size_t old = out.size();
    std::size_t room = out.capacity() > old ? out.capacity() - old : kChunk;
    out.resize(old + room);
    ssize_t got = ::read(fd, out.data() + old, room);
    if (got < 0 && errno == EINTR) {
      out.resize(old);
      continue;
    }
    out.resize(old + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0) return Err(ErrnoError(errno, what));
    if (out.size() > max_bytes)
      return Err(Code::kLimitExceeded,
                 std::string(what) + ": more than " + std::to_string(max_bytes) + " bytes");
    if (got == 0) return out;
  }
}

Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Err(ErrnoError(errno, path));
  return ReadAll(fd.get(), max_bytes, path);
}

Result<void> WriteAll(int fd, std::string_view bytes, std::string_view what) {
  while (!bytes.empty()) {
    ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return Err(ErrnoError(errno, what));
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

bool IsWrittenInPlace(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return false;
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode) || S_ISSOCK(info.st_mode)) return true;
  // A pipe that another user put where a report was to go is replaced instead.
  if (S_ISFIFO(info.st_mode) && info.st_uid == ::geteuid()) return true;
  return path.starts_with("/dev/") || path.starts_with("/proc/");
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view bytes, unsigned mode) {
  if (IsWrittenInPlace(path)) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd) return Err(ErrnoError(errno, path));
    return WriteAll(fd.get(), bytes, path);
  }
  WEIR_ASSIGN(AtomicFile file, AtomicFile::Create(path, mode));
  WEIR_TRY(file.Write(bytes));
  return file.Commit();
}

Result<AtomicFile> AtomicFile::Create(const std::string& path, unsigned mode) {
  static std::atomic<unsigned> counter{0};
  std::string temporary = path + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(counter++);
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return Err(ErrnoError(errno, temporary));
  return AtomicFile(std::move(fd), path, std::move(temporary));
}

AtomicFile::~AtomicFile() {
  if (fd_) ::unlink(temporary_.c_str());
}

Result<void> AtomicFile::Write(std::string_view bytes) { return WriteAll(fd_.get(), bytes, temporary_); }

Result<void> AtomicFile::Commit() {
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) return Err(ErrnoError(errno, temporary_));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return Err(ErrnoError(errno, path_));
  fd_.Reset();
  return {};
}

Result<void> MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Err(ErrnoError(error.value(), path));
  return {};
}

namespace {

/// Maps the file where huge pages cannot align. Recent kernels would else map 2 MiB for each byte that is
/// touched, and a scattered look-up in a large file would fill the memory of this process with it.
void* MapSmallPages(int fd, std::size_t size) {
  constexpr std::size_t kHuge = std::size_t{2} << 20U, kPage = 4096;
  std::size_t room = size + kHuge + kPage;
  void* reserved = ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  auto first = reinterpret_cast<std::uintptr_t>(reserved);
  std::size_t skip = (kHuge - first % kHuge) % kHuge + kPage;
  char* wanted = static_cast<char*>(reserved) + skip;
  void* data = ::mmap(wanted, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
  if (data == MAP_FAILED) {
    ::munmap(reserved, room);
    return data;
  }
  std::size_t mapped = (size + kPage - 1) / kPage * kPage;
  ::munmap(reserved, skip);
  if (room > skip + mapped) ::munmap(wanted + mapped, room - skip - mapped);
  return data;
}

}  // namespace

Result<MappedFile> MappedFile::Open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return Err(ErrnoError(errno, path));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  MappedFile file;
  if (info.st_size <= 0) return file;
  file.size_ = static_cast<std::size_t>(info.st_size);
  void* data = MapSmallPages(fd.get(), file.size_);
  if (data == MAP_FAILED) {
    file.size_ = 0;
    return Err(ErrnoError(errno, path));
  }
  file.data_ = static_cast<const char*>(data);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace weir
