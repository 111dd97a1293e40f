#include "discovery/rooted_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "base/file.h"

namespace weir::discovery {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

std::vector<std::string> ListFd(UniqueFd fd, std::size_t max_entries, bool* cut) {
  std::vector<std::string> out;
  if (!fd) return out;
  std::unique_ptr<DIR, DirCloser> dir(::fdopendir(fd.get()));
  if (!dir) return out;
  fd.Release();
  while (const dirent* entry = ::readdir(dir.get())) {
    std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (out.size() >= max_entries) {
      if (cut != nullptr) *cut = true;
      break;
    }
    out.emplace_back(name);
  }
  return out;
}

}  // namespace

RootedFs::RootedFs(const std::string& path) : fd_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

UniqueFd RootedFs::Open(const std::string& path, int flags) const {
  if (!fd_) {
    errno = EBADF;
    return {};
  }
  open_how how{};
  // O_NONBLOCK: a named pipe or a device with a wished-for name must not hang us. The kernel refuses it
  // beside O_PATH.
  if ((flags & O_PATH) == 0) flags |= O_NONBLOCK | O_NOCTTY;
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(
      ::syscall(SYS_openat2, fd_.get(), path.empty() ? "." : path.c_str(), &how, sizeof how)));
}

Result<std::string> RootedFs::Read(const std::string& path, std::uint64_t max_bytes) const {
  UniqueFd fd = Open(path, O_RDONLY);
  if (!fd) return Err(ErrnoError(errno, path));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode)) return Err(Code::kUnsupported, path + ": not a regular file");
  return ReadAll(fd.get(), max_bytes, path);
}

std::vector<std::string> RootedFs::List(const std::string& path, std::size_t max_entries) const {
  return ListFd(Open(path, O_RDONLY | O_DIRECTORY), max_entries, nullptr);
}

bool RootedFs::IsFolder(const std::string& path) const {
  return static_cast<bool>(Open(path, O_PATH | O_DIRECTORY));
}

Result<std::string> ReadProcFile(int folder, const char* path, std::uint64_t max_bytes, bool* cut) {
  UniqueFd fd(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (!fd) return Err(ErrnoError(errno, path));
  std::string out;
  std::array<char, 32 * 1024> chunk;
  while (true) {
    ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Err(ErrnoError(errno, path));
    if (got == 0) return out;
    std::size_t room = max_bytes - out.size();
    if (static_cast<std::size_t>(got) > room) {
      out.append(chunk.data(), room);
      if (cut != nullptr) *cut = true;
      return out;
    }
    out.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

std::string ReadLinkAt(int folder, const char* path) {
  std::array<char, 4096> buffer;
  ssize_t length = ::readlinkat(folder, path, buffer.data(), buffer.size());
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

std::vector<std::string> ListAt(int folder, const char* path, std::size_t max_entries, bool* cut) {
  return ListFd(UniqueFd(::openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), max_entries, cut);
}

}  // namespace weir::discovery
