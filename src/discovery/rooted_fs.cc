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
#include "base/strings.h"

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
  UniqueFd fd(static_cast<int>(
      ::syscall(SYS_openat2, fd_.get(), path.empty() ? "." : path.c_str(), &how, sizeof how)));
  // EPERM: container engines' system call filters answer so to calls they do not know.
  if (!fd && (errno == ENOSYS || errno == EPERM)) return OpenWithoutLinks(fd_.get(), path, flags);
  return fd;
}

Result<std::string> RootedFs::Read(const std::string& path, std::uint64_t max_bytes) const {
  UniqueFd fd = Open(path, O_RDONLY);
  if (!fd) return Err(ErrnoError(errno, path));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode)) return Err(Code::kUnsupported, path + ": not a regular file");
  return ReadAll(fd.get(), max_bytes, path);
}

UniqueFd OpenWithoutLinks(int folder, const std::string& path, int flags) {
  UniqueFd here(::openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::vector<std::string_view> parts;
  for (std::string_view part : Split(path, '/'))
    if (!part.empty() && part != ".") parts.push_back(part);
  if (parts.empty()) return UniqueFd(::openat(folder, ".", flags | O_CLOEXEC));
  for (std::size_t i = 0; here && i < parts.size(); ++i) {
    if (parts[i] == "..") {
      errno = EXDEV;
      return {};
    }
    int how = i + 1 < parts.size() ? O_PATH | O_DIRECTORY : flags;
    here = UniqueFd(::openat(here.get(), std::string(parts[i]).c_str(), how | O_NOFOLLOW | O_CLOEXEC));
  }
  return here;
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
