#include "target/tree_walker.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <thread>

#include "target/file_content.h"
#include "target/git_history.h"
#include "target/rooted_open.h"
#include "target/skip_rules.h"
#include "target/tree_file.h"
#include "target/tree_queue.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {
namespace {

constexpr std::size_t kListingBytes = 128 * 1024;
constexpr std::size_t kFilesPerBlock = 16;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

/// One record of getdents64(2).
struct DirectoryRecord {
  std::uint16_t length;
  unsigned char type;
  const char* name;  // ends with a zero byte within the record
};

/// False where the bytes at POSITION are no whole record.
bool ReadRecord(std::span<const char> buffer, std::size_t position, DirectoryRecord& out) {
  constexpr std::size_t kLengthAt = 16, kTypeAt = 18, kNameAt = 19;  // after d_ino and d_off
  if (buffer.size() - position <= kNameAt) return false;
  std::memcpy(&out.length, buffer.data() + position + kLengthAt, sizeof out.length);
  out.type = static_cast<unsigned char>(buffer[position + kTypeAt]);
  out.name = buffer.data() + position + kNameAt;
  return out.length > kNameAt && out.length <= buffer.size() - position &&
         std::memchr(out.name, 0, out.length - kNameAt) != nullptr;
}

unsigned char TypeOf(mode_t mode) {
  if (S_ISREG(mode)) return DT_REG;
  if (S_ISDIR(mode)) return DT_DIR;
  return S_ISLNK(mode) ? DT_LNK : DT_FIFO;
}

void SetFileSystem(Folder& folder, const struct statfs& system) {
  folder.change_times = KeepsChangeTimes(system.f_type);
  folder.overlay = IsOverlay(system.f_type);
}

class TreeWalk {
 public:
  TreeWalk(int root, const TreeRules& rules, std::span<Visitor* const> visitors, const WalkOptions& options,
           ProblemLog& problems)
      : root_(root), rules_(rules), visitors_(visitors), control_(options, problems) {
    struct rlimit limit{};
    rlim_t files = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
    max_shared_ = static_cast<int>(std::clamp<rlim_t>(files / 4, 16, 512));
  }

  Result<model::WalkStats> Run();

 private:
  /// What one thread needs while it lists a folder.
  struct Listing {
    std::shared_ptr<Folder> folder;
    std::shared_ptr<UniqueFd> descriptor;
    bool shared = false;     // the descriptor may outlive the listing
    unsigned git_marks = 0;  // of what a git repository has, how much was met
    std::string path;        // of the folder with a trailing '/', then of the entry
    std::size_t prefix = 0;
    WorkBlock folders, files;
    model::WalkStats stats;
  };

  void Worker();
  void ProcessFolder(WorkItem& item);
  UniqueFd OpenFolder(const WorkItem& item, const std::string& path);
  bool MayEnter(Folder& folder, int fd, const std::string& path);
  void List(Listing& listing);
  void HandleRecord(Listing& listing, const DirectoryRecord& record);
  void HandleFolder(Listing& listing, const char* name);
  void HandleLink(Listing& listing, const char* name);
  void WalkGit(Listing& listing);
  void FlushFiles(Listing& listing);
  void Flush(Listing& listing);
  void VisitFile(const Folder& folder, int descriptor, const std::string& path, const char* name,
                 std::uint64_t mask);
  std::shared_ptr<UniqueFd> Share(UniqueFd fd, bool& shared);

  const int root_;
  const TreeRules rules_;
  const VisitorSet visitors_;
  WalkControl control_;
  TreeQueue queue_;
  std::atomic<int> shared_count_{0};
  int max_shared_ = 0;
};

Result<model::WalkStats> TreeWalk::Run() {
  auto folder = std::make_shared<Folder>();
  bool shared = false;
  UniqueFd fd(::openat(root_, ".", kFolderFlags));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, "the root folder"));
  folder->device = info.st_dev;
  folder->inode = info.st_ino;
  struct statfs system{};
  if (::fstatfs(fd.get(), &system) == 0) SetFileSystem(*folder, system);
  Listing listing;
  listing.folder = folder;
  listing.descriptor = Share(std::move(fd), shared);
  listing.shared = shared;
  List(listing);
  listing.descriptor.reset();

  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < control_.threads(); ++i) threads.emplace_back([this] { Worker(); });
  Worker();
  threads.clear();
  return control_.stats();
}

/// Descriptors that blocks of waiting names hold on to are counted; beyond the bound children are opened by
/// path.
std::shared_ptr<UniqueFd> TreeWalk::Share(UniqueFd fd, bool& shared) {
  shared = shared_count_.fetch_add(1) < max_shared_;
  if (!shared) {
    --shared_count_;
    return std::make_shared<UniqueFd>(std::move(fd));
  }
  return {new UniqueFd(std::move(fd)), [this](UniqueFd* held) {
            delete held;
            --shared_count_;
          }};
}

void TreeWalk::Worker() {
  WorkItem item;
  while (queue_.Pop(item)) {
    if (!control_.Continue()) {
      queue_.Stop();
    } else if (item.file) {
      std::string path = item.folder->Path();
      if (!path.empty()) path += '/';
      path += item.name;
      VisitFile(*item.folder, item.descriptor->get(), path, item.name.c_str(), item.mask);
    } else {
      ProcessFolder(item);
    }
    item.descriptor.reset();
    item.folder.reset();
    queue_.Done();
  }
}

UniqueFd TreeWalk::OpenFolder(const WorkItem& item, const std::string& path) {
  auto open = [&](int flags) {
    if (item.descriptor) return UniqueFd(::openat(item.descriptor->get(), item.name.c_str(), flags));
    return OpenBeneath(root_, path, flags);
  };
  UniqueFd fd = open(kFolderFlags | O_NOATIME);
  if (!fd && errno == EPERM) fd = open(kFolderFlags);
  return fd;
}

/// Keeps out of loops, pseudo file systems and, where asked, other mounts.
bool TreeWalk::MayEnter(Folder& folder, int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    control_.problems().Add(ErrnoError(errno, "looking at a folder"), path);
    return false;
  }
  folder.device = info.st_dev;
  folder.inode = info.st_ino;
  for (const Folder* above = folder.parent.get(); above != nullptr; above = above->parent.get()) {
    if (above->device != info.st_dev || above->inode != info.st_ino) continue;
    control_.problems().Add(Code::kLimitExceeded, path,
                            "the folder contains itself (a bind mount); not entered again");
    return false;
  }
  if (info.st_dev == folder.parent->device) {
    folder.change_times = folder.parent->change_times;
    folder.overlay = folder.parent->overlay;
    return true;
  }
  if (control_.options().one_file_system) return false;
  struct statfs system{};
  if (::fstatfs(fd, &system) != 0) return true;
  SetFileSystem(folder, system);
  if (IsPseudoFileSystem(system.f_type) || IsRuntimeTmpfs(system.f_type, path, rules_.host)) return false;
  if (rules_.host && IsContainerMount(system.f_type, path)) {
    control_.problems().Add(Code::kUnsupported, path,
                            "a container's root was not walked; scan the containers themselves");
    return false;
  }
  return true;
}

void TreeWalk::ProcessFolder(WorkItem& item) {
  Listing listing;
  listing.folder = std::make_shared<Folder>();
  listing.folder->parent = item.folder;
  listing.folder->name = item.name;
  listing.folder->depth = item.folder->depth + 1;
  listing.folder->path_bytes =
      item.folder->path_bytes + (item.folder->path_bytes > 0 ? 1 : 0) + item.name.size();
  listing.path = listing.folder->Path();
  UniqueFd fd = OpenFolder(item, listing.path);
  item.descriptor.reset();  // the last child of a folder lets go of it before going deeper
  if (!fd) {
    if (errno == ENOENT) return;  // gone since it was listed
    control_.problems().Add(ErrnoError(errno, "opening a folder"), listing.path);
    return;
  }
  if (!MayEnter(*listing.folder, fd.get(), listing.path)) return;
  listing.descriptor = Share(std::move(fd), listing.shared);
  List(listing);
}

void TreeWalk::List(Listing& listing) {
  if (!listing.path.empty()) listing.path += '/';
  listing.prefix = listing.path.size();
  ++listing.stats.directories;
  listing.files.files = true;
  thread_local std::vector<char> buffer(kListingBytes);
  while (true) {
    long got = ::syscall(SYS_getdents64, listing.descriptor->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != ENOENT) {
      listing.path.resize(listing.prefix > 0 ? listing.prefix - 1 : 0);
      control_.problems().Add(ErrnoError(errno, "listing a folder"), listing.path);
    }
    if (got <= 0) break;
    std::span<const char> records(buffer.data(), static_cast<std::size_t>(got));
    DirectoryRecord record{};
    for (std::size_t at = 0; at < records.size() && ReadRecord(records, at, record); at += record.length)
      HandleRecord(listing, record);
    Flush(listing);
    if (!control_.Continue()) {
      queue_.Stop();
      break;
    }
  }
  Flush(listing);
  constexpr unsigned kAllMarks = 7;
  if (listing.git_marks == kAllMarks) WalkGit(listing);
}

void TreeWalk::WalkGit(Listing& listing) {
  listing.path.resize(listing.prefix > 0 ? listing.prefix - 1 : 0);
  UniqueFd folder = OpenBeneath(root_, listing.path, O_PATH | O_DIRECTORY);
  if (!folder) return;  // gone since it was listed
  Result<std::unique_ptr<GitStore>> store =
      OpenGitFolder(std::move(folder), listing.path, control_.limits(), control_.problems());
  std::string prefix = listing.path + "!";
  Result<void> walked = store ? WalkGitHistory(**store, {.prefix = prefix}, visitors_, control_)
                              : Result<void>(Err(store.error()));
  if (!walked) control_.problems().Add(walked.error(), listing.path);
}

void TreeWalk::HandleRecord(Listing& listing, const DirectoryRecord& record) {
  std::string_view name(record.name);
  if (name.empty() || name == "." || name == "..") return;
  listing.path.resize(listing.prefix);
  listing.path += name;
  if (!control_.options().exclude.empty() && control_.Excluded(listing.path)) return;
  unsigned char type = record.type;
  if (type == DT_UNKNOWN) {
    struct stat info{};
    if (::fstatat(listing.descriptor->get(), record.name, &info, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) !=
        0) {
      if (errno != ENOENT) control_.problems().Add(ErrnoError(errno, "looking at an entry"), listing.path);
      return;
    }
    type = TypeOf(info.st_mode);
  }
  if (control_.options().git_history && visitors_.any_beyond()) {
    if (name == "HEAD") listing.git_marks |= 1U;
    if (name == "objects" && type == DT_DIR) listing.git_marks |= 2U;
    if (name == "refs" && type == DT_DIR) listing.git_marks |= 4U;
  }
  switch (type) {
    case DT_REG: {
      ++listing.stats.files;
      std::string_view path = listing.path;
      if (rules_.visited != nullptr && rules_.visited->Contains(path)) break;
      Entry entry{
          path, path.substr(listing.prefix), path.substr(0, listing.prefix > 0 ? listing.prefix - 1 : 0), {}};
      if (std::uint64_t mask = visitors_.Wants(entry); mask != 0) {
        listing.files.AddFile(mask, record.name);
        if (++listing.stats.files_read % kFilesPerBlock == 0) FlushFiles(listing);
      }
      break;
    }
    case DT_DIR:
      HandleFolder(listing, record.name);
      break;
    case DT_LNK:
      HandleLink(listing, record.name);
      break;
    default:
      ++listing.stats.other;
  }
}

void TreeWalk::HandleFolder(Listing& listing, const char* name) {
  if (listing.folder->depth >= control_.limits().max_depth) {
    listing.path.resize(listing.prefix > 0 ? listing.prefix - 1 : 0);
    control_.problems().Add(
        Code::kLimitExceeded, listing.path,
        "folders deeper than " + std::to_string(control_.limits().max_depth) + " were not entered");
    return;
  }
  if (rules_.host && IsContainerStorage(listing.path)) {
    control_.problems().Add(Code::kUnsupported, listing.path,
                            "container storage was not walked; scan the containers themselves");
    return;
  }
  listing.folders.AddFolder(name);
}

void TreeWalk::HandleLink(Listing& listing, const char* name) {
  ++listing.stats.symlinks;
  std::array<char, PATH_MAX> text{};
  ssize_t length = ::readlinkat(listing.descriptor->get(), name, text.data(), text.size());
  if (length < 0) {
    if (errno != ENOENT && errno != EINVAL)
      control_.problems().Add(ErrnoError(errno, "reading a link"), listing.path);
    return;
  }
  std::string_view path = listing.path;
  Entry entry{
      path, path.substr(listing.prefix), path.substr(0, listing.prefix > 0 ? listing.prefix - 1 : 0), {}};
  visitors_.VisitLink(entry, {text.data(), static_cast<std::size_t>(length)});
}

/// Wanted files go to other threads while these have little to do, else they are visited here and now.
void TreeWalk::FlushFiles(Listing& listing) {
  if (listing.files.packed.empty()) return;
  if (listing.shared && control_.threads() > 1 &&
      queue_.file_blocks() < std::size_t{4} * control_.threads()) {
    WorkBlock block = std::move(listing.files);
    block.folder = listing.folder;
    block.descriptor = listing.descriptor;
    block.files = true;
    queue_.Push(std::move(block));
  } else {
    std::string_view packed = listing.files.packed;
    while (!packed.empty() && control_.Continue()) {
      std::uint64_t mask = 0;
      std::memcpy(&mask, packed.data(), sizeof mask);
      packed.remove_prefix(sizeof mask);
      const char* name = packed.data();
      listing.path.resize(listing.prefix);
      listing.path += name;
      VisitFile(*listing.folder, listing.descriptor->get(), listing.path, name, mask);
      packed.remove_prefix(listing.path.size() - listing.prefix + 1);
    }
  }
  listing.files = WorkBlock();
  listing.files.files = true;
}

void TreeWalk::Flush(Listing& listing) {
  if (!listing.folders.packed.empty()) {
    WorkBlock block = std::move(listing.folders);
    listing.folders = WorkBlock();
    block.folder = listing.folder;
    if (listing.shared) block.descriptor = listing.descriptor;
    block.packed.shrink_to_fit();
    queue_.Push(std::move(block));
  }
  FlushFiles(listing);  // after the folders, so that files come off the queue first
  listing.stats.files_read = 0;
  if (!control_.Count(listing.stats)) queue_.Stop();
  listing.stats = {};
}

void TreeWalk::VisitFile(const Folder& folder, int descriptor, const std::string& path, const char* name,
                         std::uint64_t mask) {
  struct stat info{};
  if (::fstatat(descriptor, name, &info, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
    if (errno != ENOENT) control_.problems().Add(ErrnoError(errno, "looking at a file"), path);
    return;
  }
  if (!S_ISREG(info.st_mode)) {
    control_.problems().Add(Code::kUnavailable, path, "the file was replaced during the scan");
    return;
  }
  if (static_cast<std::uint64_t>(info.st_size) > control_.limits().max_file_bytes) {
    control_.problems().Add(
        Code::kLimitExceeded, path,
        std::to_string(info.st_size) + " bytes, more than the limit; the file was not read");
    return;
  }
  // A file with a device of its own was mounted there from who knows where.
  bool change_times = folder.change_times && (info.st_dev == folder.device || folder.overlay);
  TreeFile file(EntryOf(path, {}), descriptor, name, info, change_times);
  VisitTreeFile(visitors_, mask, file, control_);
}

}  // namespace

Result<model::WalkStats> WalkTree(int root, const TreeRules& rules, std::span<Visitor* const> visitors,
                                  const WalkOptions& options, ProblemLog& problems) {
  if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
  return TreeWalk(root, rules, visitors, options, problems).Run();
}

}  // namespace weir::target
