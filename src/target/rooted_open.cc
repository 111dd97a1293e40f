#include "target/rooted_open.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <string>
#include <vector>

#include "base/strings.h"

namespace weir::target {
namespace {

constexpr std::size_t kChunk = PATH_MAX - 1;
constexpr int kWalkFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// -1 with errno; errno is ENOSYS also where a sandbox forbids the call.
int OpenAt2(int folder, const std::string& path, int flags, std::uint64_t resolve) {
  static std::atomic<bool> missing{false};
  if (missing.load(std::memory_order_relaxed)) {
    errno = ENOSYS;
    return -1;
  }
  struct open_how how{};
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags));
  how.resolve = resolve;
  long fd = -1;
  do {
    // EAGAIN: a rename went on meanwhile and the kernel could not be sure of "..".
    fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 && errno == EPERM && (flags & O_PATH) != 0)
    errno = ENOSYS;  // seccomp of older container runtimes
  if (fd < 0 && errno == ENOSYS) missing = true;
  return static_cast<int>(fd);
}

UniqueFd OpenEachComponent(int root, std::string_view path, int flags) {
  UniqueFd folder;
  int at = root;
  while (true) {
    std::string name(NextPiece(path, '/'));
    UniqueFd next(::openat(at, name.c_str(), path.empty() ? flags | O_NOFOLLOW | O_CLOEXEC : kWalkFlags));
    if (!next || path.empty()) return next;
    folder = std::move(next);
    at = folder.get();
  }
}

}  // namespace

UniqueFd OpenBeneath(int root, std::string_view path, int flags) {
  if (path.empty()) return UniqueFd(::openat(root, ".", flags | O_NOFOLLOW | O_CLOEXEC));
  constexpr std::uint64_t kResolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  UniqueFd folder;
  int at = root;
  while (path.size() > kChunk) {
    std::size_t cut = path.rfind('/', kChunk);
    if (cut == std::string_view::npos || cut == 0) {
      errno = ENAMETOOLONG;
      return {};
    }
    UniqueFd next(OpenAt2(at, std::string(path.substr(0, cut)), kWalkFlags, kResolve));
    if (!next && errno == ENOSYS) return OpenEachComponent(at, path, flags);
    if (!next) return {};
    folder = std::move(next);
    at = folder.get();
    path.remove_prefix(cut + 1);
  }
  UniqueFd last(OpenAt2(at, std::string(path), flags | O_NOFOLLOW | O_CLOEXEC, kResolve));
  if (!last && errno == ENOSYS) return OpenEachComponent(at, path, flags);
  return last;
}

namespace internal {

UniqueFd ResolveByHand(int root, std::string_view path, int flags) {
  constexpr std::size_t kMaxLinks = 40, kMaxSteps = 4096;
  std::vector<std::string> todo;  // components, next one last
  auto push = [&](std::string_view text) {
    std::vector<std::string_view> parts = Split(text, '/');
    for (std::size_t i = parts.size(); i-- > 0;)
      if (!parts[i].empty() && parts[i] != ".") todo.emplace_back(parts[i]);
  };
  push(path);
  std::vector<UniqueFd> above;  // folders from below the root to where we are
  std::size_t links = 0;
  for (std::size_t step = 0; !todo.empty() && step < kMaxSteps; ++step) {
    std::string name = std::move(todo.back());
    todo.pop_back();
    if (name == "..") {
      if (!above.empty()) above.pop_back();
      continue;
    }
    int at = above.empty() ? root : above.back().get();
    std::array<char, PATH_MAX> text{};
    ssize_t length = ::readlinkat(at, name.c_str(), text.data(), text.size());
    if (length > 0) {
      if (++links > kMaxLinks) {
        errno = ELOOP;
        return {};
      }
      std::string_view link(text.data(), static_cast<std::size_t>(length));
      if (link.front() == '/') above.clear();
      push(link);
      continue;
    }
    UniqueFd next(::openat(at, name.c_str(), todo.empty() ? flags | O_NOFOLLOW | O_CLOEXEC : kWalkFlags));
    if (!next || todo.empty()) return next;
    above.push_back(std::move(next));
  }
  errno = todo.empty() ? EISDIR : ELOOP;
  return {};
}

}  // namespace internal

Result<UniqueFd> OpenFileInRoot(int root, std::string_view path) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (path.empty()) return Err(Code::kInvalidArgument, "an empty path");
  if (path.size() > kChunk) return Err(Code::kLimitExceeded, "a path longer than the system allows");
  std::string text(path);
  constexpr std::uint64_t kResolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  auto open = [&](int flags) {
    UniqueFd fd(OpenAt2(root, text, flags | O_CLOEXEC, kResolve));
    if (!fd && (errno == ENOSYS || errno == EAGAIN)) fd = internal::ResolveByHand(root, path, flags);
    return fd;
  };
  // O_PATH first: opening a device or a pipe may act on it.
  struct stat before{}, after{};
  UniqueFd probe = open(O_PATH);
  if (!probe || ::fstat(probe.get(), &before) != 0) return Err(ErrnoError(errno, text));
  if (!S_ISREG(before.st_mode)) return Err(Code::kUnsupported, text + ": not a regular file");
  UniqueFd fd = open(O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd || ::fstat(fd.get(), &after) != 0) return Err(ErrnoError(errno, text));
  if (!S_ISREG(after.st_mode)) return Err(Code::kUnsupported, text + ": not a regular file");
  return fd;
}

}  // namespace weir::target
