#include "target/process_texts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/fd.h"
#include "base/strings.h"
#include "target/text_file.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxEnvironment = 2U << 20U, kMaxCommandLine = 256U << 10U, kMaxSmall = 4096;
constexpr std::size_t kContainerIdDigits = 64;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool Denied(int error) { return error == EACCES || error == EPERM; }

/// Up to MAX bytes; nothing, with errno set, where it cannot be read. Sizes in /proc say nothing.
std::optional<std::string> ReadProc(int process, const char* name, std::size_t max) {
  UniqueFd fd(::openat(process, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return std::nullopt;
  std::string out;
  while (out.size() < max) {
    std::size_t before = out.size();
    out.resize(std::min(max, before + 64 * 1024));
    ssize_t got = ::read(fd.get(), out.data() + before, out.size() - before);
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
  }
  return out;
}

/// Field 4 of /proc/PID/stat.
std::uint64_t ParentOf(int process) {
  std::optional<std::string> stat = ReadProc(process, "stat", kMaxSmall);
  std::size_t end = stat ? stat->rfind(')') : std::string::npos;  // the name before it may hold anything
  if (end == std::string::npos) return 0;
  std::string_view rest = std::string_view(*stat).substr(end + 1);
  NextPiece(rest, ' ');
  NextPiece(rest, ' ');
  return ParseUint(NextPiece(rest, ' ')).value_or(0);
}

class ProcessWalk {
 public:
  ProcessWalk(const struct stat& root, bool host, const VisitorSet& visitors, WalkControl& control)
      : root_(root), host_(host), visitors_(visitors), control_(control) {}

  void Run(const std::string& proc) {
    std::unique_ptr<DIR, CloseFolder> folder(::opendir(proc.c_str()));
    if (!folder) return control_.problems().Add(ErrnoError(errno, "looking for processes"), "proc");
    if (host_) {
      UniqueFd self(::openat(::dirfd(folder.get()), "self", O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (self) own_container_ = Container(self.get());
    }
    while (const dirent* record = ::readdir(folder.get())) {
      std::optional<std::uint64_t> pid = ParseUint(record->d_name);
      if (!pid || *pid == static_cast<std::uint64_t>(::getpid())) continue;
      // The descriptor stays with this process, whoever gets its id next.
      UniqueFd process(::openat(::dirfd(folder.get()), record->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (process) Look(process.get(), static_cast<std::uint32_t>(*pid));
      if (!control_.Continue()) return;
    }
    if (unreadable_ > 0)
      control_.problems().Add(Code::kPermissionDenied, "proc",
                              "environment or command line of " + std::to_string(unreadable_) +
                                  " processes could not be read for lack of rights");
  }

 private:
  void Look(int process, std::uint32_t pid) {
    struct stat root{};
    if (::fstatat(process, "root", &root, 0) != 0) {
      // Threads of the kernel have no command line, and nothing to hide.
      if (!Denied(errno)) return;
      std::optional<std::string> arguments = ReadProc(process, "cmdline", 1);
      if (!arguments || !arguments->empty()) ++unreadable_;
      return;
    }
    if (root.st_dev != root_.st_dev || root.st_ino != root_.st_ino) return;
    if (ParentOf(process) == static_cast<std::uint64_t>(::getpid())) return;
    if (host_) {
      std::string container = Container(process);
      if (!container.empty() && container != own_container_) return;
    }
    struct stat info{};
    std::uint32_t owner = ::fstatat(process, "", &info, AT_EMPTY_PATH) == 0 ? info.st_uid : 0;
    std::string name = ReadProc(process, "comm", kMaxSmall).value_or("");
    if (!name.empty() && name.back() == '\n') name.pop_back();
    bool denied = !Offer(process, pid, owner, name, "environ", model::Origin::kEnvironment);
    denied = !Offer(process, pid, owner, name, "cmdline", model::Origin::kCommandLine) || denied;
    if (denied) ++unreadable_;
  }

  /// False where it may not be read.
  bool Offer(int process, std::uint32_t pid, std::uint32_t owner, std::string_view name,
             const char* file_name, model::Origin origin) {
    std::string path = "proc/" + std::to_string(pid) + "/" + file_name;
    Entry entry = EntryOf(path, {});
    entry.origin = origin;
    entry.pid = pid;
    entry.process = name;
    std::uint64_t mask = visitors_.WantsBeyond(entry);
    if (mask == 0) return true;
    bool environment = origin == model::Origin::kEnvironment;
    std::size_t max = environment ? kMaxEnvironment : kMaxCommandLine;
    std::optional<std::string> text = ReadProc(process, file_name, max);
    if (!text) return !Denied(errno);
    if (text->size() >= max)
      control_.problems().Add(Code::kLimitExceeded, path,
                              "longer than " + std::to_string(max) + " bytes; the rest was not read");
    while (!text->empty() && text->back() == '\0') text->pop_back();
    if (text->empty()) return true;
    std::replace(text->begin(), text->end(), '\0', environment ? '\n' : ' ');
    constexpr std::uint32_t kOwnerOnly = 0400, kEverybody = 0444;
    TextFile file(entry, std::move(*text), environment ? kOwnerOnly : kEverybody, owner);
    VisitText(visitors_, mask, file, control_);
    return true;
  }

  static std::string Container(int process) {
    return std::string(ContainerInCgroup(ReadProc(process, "cgroup", 4 * kMaxSmall).value_or("")));
  }

  const struct stat root_;
  const bool host_;
  const VisitorSet& visitors_;
  WalkControl& control_;
  std::string own_container_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace

std::string_view ContainerInCgroup(std::string_view text) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool hex = IsDigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
    run = hex ? run + 1 : 0;
    if (run != kContainerIdDigits) continue;
    bool longer = i + 1 < text.size() && (IsDigit(text[i + 1]) || IsAlpha(text[i + 1]));
    if (!longer) return text.substr(i + 1 - kContainerIdDigits, kContainerIdDigits);
  }
  return {};
}

void VisitProcesses(int root, bool host, const VisitorSet& visitors, WalkControl& control,
                    const std::string& proc) {
  struct stat info{};
  if (!visitors.any_beyond() || ::fstat(root, &info) != 0) return;
  ProcessWalk(info, host, visitors, control).Run(proc);
}

}  // namespace weir::target
