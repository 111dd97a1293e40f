#include "discovery/process.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/hash.h"
#include "base/strings.h"
#include "discovery/mask.h"
#include "discovery/proc_parse.h"
#include "discovery/rooted_fs.h"

namespace weir::discovery {
namespace {

constexpr std::uint64_t kMaxSmallFile = 64 * 1024;
constexpr std::uint64_t kMaxCommandLine = 1U << 20U;
constexpr std::uint64_t kMaxMaps = 16ULL << 20U;
constexpr std::size_t kMaxDescriptors = 65'536;
constexpr std::uint64_t kCapSysAdmin = 1ULL << 21U;

/// "mnt:[4026531840]" -> 4026531840; 0 for anything else.
std::uint64_t NamespaceInode(std::string_view link) {
  std::size_t open = link.find('['), close = link.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return 0;
  return ParseUint(link.substr(open + 1, close - open - 1)).value_or(0);
}

/// Paths as the process itself sees them.
class OwnPath {
 public:
  /// ROOT: the text of /proc/PID/root as we see it; "/" unless the process was chrooted in a mount namespace
  /// we share.
  explicit OwnPath(std::string root) : root_(std::move(root)) {
    if (root_ == "/") root_.clear();
  }
  std::string operator()(std::string_view path) const {
    if (!root_.empty() && path.starts_with(root_) && path.size() > root_.size() && path[root_.size()] == '/')
      path.remove_prefix(root_.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    return std::string(path);
  }

 private:
  std::string root_;
};

/// Files in use, gathered from mappings and descriptors.
struct LoadedFiles {
  std::set<std::string> all, deleted;
  std::size_t limit;
  bool cut = false;
  void Add(const std::string& path, bool is_deleted) {
    if (all.size() >= limit && !all.contains(path)) {
      cut = true;
      return;
    }
    all.insert(path);
    if (is_deleted) deleted.insert(path);
  }
};

void ReadMappings(ProcessDetail& detail, const OwnPath& own, LoadedFiles& files) {
  auto text = ReadProcFile(detail.folder.get(), "maps", kMaxMaps, &detail.cut);
  if (!text) {
    detail.partly_unreadable = detail.partly_unreadable || text.error().code == Code::kPermissionDenied;
    return;
  }
  detail.has_mappings = !text->empty();
  std::string_view rest = *text, last;
  while (!rest.empty()) {
    auto mapped = ParseMapsLine(NextLine(rest));
    // Data files (locales, caches) are mapped read-only too, and say nothing of code that runs.
    if (!mapped || mapped->path == last || !(mapped->executable || IsCodeFile(mapped->path))) continue;
    last = mapped->path;
    std::string path = own(mapped->path);
    if (path != detail.process.executable) files.Add(path, mapped->deleted);
  }
}

void ReadDescriptors(ProcessDetail& detail, const OwnPath& own, LoadedFiles& files) {
  UniqueFd folder(::openat(detail.folder.get(), "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    detail.partly_unreadable = detail.partly_unreadable || errno == EACCES || errno == EPERM;
    return;
  }
  for (const std::string& name : ListAt(folder.get(), ".", kMaxDescriptors, &detail.cut)) {
    std::string link = ReadLinkAt(folder.get(), name.c_str());
    std::string_view path = link;
    if (path.starts_with("socket:[")) {
      if (std::uint64_t inode = NamespaceInode(path); inode != 0) detail.sockets.push_back(inode);
      continue;
    }
    if (!path.starts_with('/')) continue;
    bool deleted = StripDeleted(path);
    if (IsCodeFile(path)) files.Add(own(path), deleted);
  }
  std::sort(detail.sockets.begin(), detail.sockets.end());
  detail.sockets.erase(std::unique(detail.sockets.begin(), detail.sockets.end()), detail.sockets.end());
}

/// True where anything is mapped: what kernel threads and zombies lack.
bool HasMappings(int folder) {
  UniqueFd maps(::openat(folder, "maps", O_RDONLY | O_CLOEXEC));
  char byte = 0;
  return maps && ::read(maps.get(), &byte, 1) == 1;
}

void ReadCommandLine(ProcessDetail& detail) {
  auto text = ReadProcFile(detail.folder.get(), "cmdline", kMaxCommandLine);
  if (!text) return;
  detail.process.arguments = MaskedArguments(*text);
  std::string_view rest = *text;
  constexpr std::size_t kMaxArguments = 256;  // the script stands near the front
  while (!rest.empty() && detail.raw_arguments.size() < kMaxArguments)
    detail.raw_arguments.emplace_back(NextPiece(rest, '\0'));
}

}  // namespace

std::uint64_t FolderId(int folder, const char* path) {
  struct stat info{};
  if (::fstatat(folder, path, &info, 0) != 0) return 0;
  std::string text = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  return std::max<std::uint64_t>(Hash64(text), 1);
}

std::vector<std::uint64_t> ReadSocketInodes(int process_folder, std::size_t max_descriptors,
                                            std::size_t* descriptors) {
  std::vector<std::uint64_t> out;
  UniqueFd folder(::openat(process_folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return out;
  for (const std::string& name : ListAt(folder.get(), ".", max_descriptors)) {
    ++*descriptors;
    std::array<char, 64> link;  // a longer one is not a socket
    ssize_t length = ::readlinkat(folder.get(), name.c_str(), link.data(), link.size());
    std::string_view text(link.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    if (!text.starts_with("socket:[")) continue;
    if (std::uint64_t inode = NamespaceInode(text); inode != 0) out.push_back(inode);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<ProcessDetail> ReadProcess(int proc_folder, std::uint32_t pid, const DiscoveryOptions& options,
                                         bool* unreadable, ProcessDepth depth) {
  ProcessDetail detail;
  std::string name = std::to_string(pid);
  detail.folder = UniqueFd(::openat(proc_folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!detail.folder) {
    *unreadable = errno == EACCES || errno == EPERM;
    return std::nullopt;
  }
  int folder = detail.folder.get();
  auto stat_text = ReadProcFile(folder, "stat", kMaxSmallFile);
  auto status_text = ReadProcFile(folder, "status", kMaxSmallFile);
  auto stat = stat_text ? ParseStat(*stat_text) : std::nullopt;
  auto status = status_text ? ParseStatus(*status_text) : std::nullopt;
  if (!stat || !status) {
    *unreadable = true;  // hidepid, a foreign format, or gone between two reads
    return std::nullopt;
  }
  model::Process& process = detail.process;
  process.pid = pid;
  process.parent = stat->parent;
  process.name = ToValidUtf8(stat->name);
  process.start_time_ticks = stat->start_time_ticks;
  process.user_id = status->effective_uid;
  process.privileged = (status->effective_capabilities & kCapSysAdmin) != 0;

  std::string executable = ReadLinkAt(folder, "exe");
  int executable_error = executable.empty() ? errno : 0;
  OwnPath own(ReadLinkAt(folder, "root"));
  std::string_view path = executable;
  process.executable_deleted = StripDeleted(path);
  process.executable = own(path);
  ReadCommandLine(detail);

  LoadedFiles files{{}, {}, options.max_mapped_files};
  if (depth == ProcessDepth::kFiles) {
    ReadMappings(detail, own, files);
  } else if (executable_error == ENOENT && detail.raw_arguments.empty()) {
    detail.has_mappings = HasMappings(folder);
  }
  if (executable_error == ENOENT && !detail.has_mappings && detail.raw_arguments.empty()) return std::nullopt;
  if (executable_error == EACCES || executable_error == EPERM) detail.partly_unreadable = true;
  if (depth == ProcessDepth::kFiles) ReadDescriptors(detail, own, files);
  detail.cut = detail.cut || files.cut;
  process.loaded_files.assign(files.all.begin(), files.all.end());
  process.deleted_files.assign(files.deleted.begin(), files.deleted.end());

  process.mount_namespace = NamespaceInode(ReadLinkAt(folder, "ns/mnt"));
  process.network_namespace = NamespaceInode(ReadLinkAt(folder, "ns/net"));
  process.root_id = FolderId(folder, "root/");
  detail.working_folder = own(ReadLinkAt(folder, "cwd"));
  if (auto text = ReadProcFile(folder, "cgroup", kMaxSmallFile))
    if (auto container = ParseCgroup(*text)) {
      process.container_id = container->id;
      detail.cgroup_runtime = container->runtime;
    }
  return detail;
}

}  // namespace weir::discovery
