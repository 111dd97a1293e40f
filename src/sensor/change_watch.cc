#include "sensor/change_watch.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "discovery/rooted_fs.h"

namespace weir::sensor {

ChangeWatch::Mark ChangeWatch::MarkOf(int root, const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
  if (!fd && (errno == ENOSYS || errno == EPERM)) fd = discovery::OpenWithoutLinks(root, path, O_PATH);
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return {};
  auto nanoseconds = [](const struct timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim),
          nanoseconds(info.st_ctim)};
}

void ChangeWatch::Set(const wire::AssetRef& asset, const std::string& root,
                      const std::vector<std::string>& paths) {
  Watched& watched = assets_[asset];
  watched.root = root;
  UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::map<std::string, Mark> marks;
  std::size_t elsewhere = this->paths() - watched.marks.size();
  for (const std::string& path : paths) {
    if (marks.size() >= options_.max_paths_of_asset || elsewhere + marks.size() >= options_.max_paths) break;
    auto known = watched.marks.find(path);
    marks.emplace(path, known != watched.marks.end() ? known->second : fd ? MarkOf(fd.get(), path) : Mark{});
  }
  watched.marks = std::move(marks);
}

void ChangeWatch::Forget(const wire::AssetRef& asset) { assets_.erase(asset); }

std::size_t ChangeWatch::paths() const {
  std::size_t out = 0;
  for (const auto& [asset, watched] : assets_) out += watched.marks.size();
  return out;
}

std::vector<ChangeWatch::Change> ChangeWatch::Look(std::int64_t now_ms) {
  std::vector<Change> out;
  for (auto& [asset, watched] : assets_) {
    UniqueFd root(::open(watched.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) continue;  // a container that has just ended: that is told by others
    for (auto& [path, mark] : watched.marks) {
      Mark now = MarkOf(root.get(), path);
      if (now == mark) continue;
      mark = now;
      if (watched.changed.empty()) {
        watched.changed = path;
        watched.first_ms = now_ms;
      }
      watched.last_ms = now_ms;
    }
    if (watched.changed.empty()) continue;
    if (now_ms - watched.last_ms < options_.quiet_ms && now_ms - watched.first_ms < options_.patience_ms)
      continue;
    out.push_back({asset, std::move(watched.changed)});
    watched.changed.clear();
  }
  return out;
}

}  // namespace weir::sensor
