#include "target/upper_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "base/strings.h"
#include "base/worker_pool.h"
#include "target/rooted_open.h"
#include "target/skip_rules.h"
#include "target/tree_file.h"

namespace weir::target {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOATIME;
constexpr std::size_t kFilesPerJob = 16;
constexpr std::size_t kMaxPathBytes = 64 * 1024;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// mountinfo writes blanks, backslashes and the like as \ooo.
std::string UnescapeOctal(std::string_view text) {
  auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && text.size() - i > 3 && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool SameFile(const struct stat& a, const struct stat& b) {
  return S_ISREG(a.st_mode) && a.st_mode == b.st_mode && a.st_size == b.st_size && a.st_uid == b.st_uid &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

UniqueFd OpenFolder(int root, std::string_view path) {
  UniqueFd fd = OpenBeneath(root, path, kFolderFlags);
  if (!fd && errno == EPERM) fd = OpenBeneath(root, path, kFolderFlags & ~O_NOATIME);
  return fd;
}

class UpperWalk {
 public:
  UpperWalk(int upper, int root, const VisitorSet& visitors, WalkControl& control, VisitedPaths& visited)
      : upper_(upper),
        root_(root),
        visitors_(visitors),
        control_(control),
        visited_(visited),
        pool_(control.threads() > 1 ? control.threads() : 0) {}

  void Run() {
    std::vector<std::string> folders{std::string()};
    while (!folders.empty() && control_.Continue()) {
      std::string path = std::move(folders.back());
      folders.pop_back();
      List(path, folders);
      if (entries_ > control_.limits().max_entries) break;  // the walk of the whole tree reports it
    }
    pool_.Wait();
  }

 private:
  struct Wanted {
    std::string name;
    struct stat info;
    std::uint64_t mask;
  };
  struct Batch {
    UniqueFd folder;
    std::string path;
    bool change_times = false;
    std::vector<Wanted> files;
  };

  void List(const std::string& path, std::vector<std::string>& folders) {
    UniqueFd fd = OpenFolder(upper_, path);
    if (!fd) return;  // its files are met again in the whole tree, only not as added
    std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(fd.get()));
    if (!stream) return;
    static_cast<void>(fd.Release());  // the stream closes it
    std::shared_ptr<Batch> batch = StartBatch(path);
    if (!batch) return;
    while (const dirent* record = ::readdir(stream.get())) {
      std::string name(record->d_name);
      if (name == "." || name == ".." || path.size() + name.size() >= kMaxPathBytes) continue;
      ++entries_;
      std::string child = path.empty() ? name : path + "/" + name;
      if (control_.Excluded(child)) continue;
      struct stat upper{};
      if (::fstatat(::dirfd(stream.get()), name.c_str(), &upper, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (S_ISDIR(upper.st_mode) && static_cast<std::uint64_t>(std::count(child.begin(), child.end(), '/')) <
                                        control_.limits().max_depth)
        folders.push_back(child);
      if (!S_ISREG(upper.st_mode)) continue;
      Take(*batch, child, std::move(name), upper);
      if (batch->files.size() < kFilesPerJob) continue;
      Submit(std::move(batch));
      if (!(batch = StartBatch(path))) return;
    }
    Submit(std::move(batch));
  }

  /// Null where the folder cannot be seen in the whole tree, and so neither can what is in it.
  std::shared_ptr<Batch> StartBatch(const std::string& path) const {
    auto batch = std::make_shared<Batch>();
    batch->folder = OpenFolder(root_, path);
    if (!batch->folder) return nullptr;
    batch->path = path;
    struct statfs system{};
    batch->change_times = ::fstatfs(batch->folder.get(), &system) == 0 && KeepsChangeTimes(system.f_type);
    return batch;
  }

  void Take(Batch& batch, const std::string& path, std::string name, const struct stat& upper) {
    struct stat merged{};
    if (::fstatat(batch.folder.get(), name.c_str(), &merged, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
      return;
    if (!SameFile(upper, merged) ||
        static_cast<std::uint64_t>(merged.st_size) > control_.limits().max_file_bytes)
      return;
    Entry entry = EntryOf(path, {});
    entry.added = true;
    visited_.Add(path);
    if (std::uint64_t mask = visitors_.Wants(entry); mask != 0)
      batch.files.push_back({std::move(name), merged, mask});
  }

  void Submit(std::shared_ptr<Batch> batch) {
    pool_.Submit([this, batch = std::move(batch)] {
      for (const Wanted& wanted : batch->files) {
        if (!control_.Continue()) return;
        std::string path = batch->path.empty() ? wanted.name : batch->path + "/" + wanted.name;
        Entry entry = EntryOf(path, {});
        entry.added = true;
        TreeFile file(entry, batch->folder.get(), wanted.name.c_str(), wanted.info, batch->change_times);
        VisitTreeFile(visitors_, wanted.mask, file, control_);
      }
    });
  }

  const int upper_, root_;
  const VisitorSet& visitors_;
  WalkControl& control_;
  VisitedPaths& visited_;
  std::uint64_t entries_ = 0;
  WorkerPool pool_;  // last: its threads end before what they use goes
};

}  // namespace

std::string FindUpperFolder(std::string_view mountinfo, std::string_view mount_point,
                            std::string_view merged) {
  std::string found;
  while (!mountinfo.empty()) {
    std::string_view line = NextLine(mountinfo);
    std::size_t middle = line.find(" - ");
    if (middle == std::string_view::npos) continue;
    std::string_view front = line.substr(0, middle), back = line.substr(middle + 3);
    for (int i = 0; i < 4; ++i) NextPiece(front, ' ');
    if (UnescapeOctal(NextPiece(front, ' ')) != mount_point) continue;
    found.clear();  // of several mounts at one place the last one is seen
    std::string_view type = NextPiece(back, ' ');
    NextPiece(back, ' ');  // source
    if (type == "overlay") {
      while (!back.empty()) {
        std::string_view option = NextPiece(back, ',');
        if (option.starts_with("upperdir=/")) found = UnescapeOctal(option.substr(option.find('/')));
      }
    } else if (type.starts_with("fuse") && merged.ends_with("/merged")) {
      found = std::string(merged.substr(0, merged.rfind('/'))) + "/diff";
    }
  }
  return found;
}

void VisitUpper(int upper, int root, const VisitorSet& visitors, WalkControl& control,
                VisitedPaths& visited) {
  UpperWalk(upper, root, visitors, control, visited).Run();
}

}  // namespace weir::target
