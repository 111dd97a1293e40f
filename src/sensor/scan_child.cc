#include "sensor/scan_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strings.h"
#include "sensor/perform_job.h"

// NOLINTNEXTLINE: POSIX wants the program to declare it.
extern char** environ;

namespace weir::sensor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxLine = 1U << 20U;
constexpr std::size_t kMaxErrorText = 2048;

struct Pipe {
  UniqueFd read, write;
};
Result<Pipe> MakePipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Err(ErrnoError(errno, "a pipe"));
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

struct FileActions {
  posix_spawn_file_actions_t actions{};
  FileActions() { ::posix_spawn_file_actions_init(&actions); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

/// A started child: killed and waited for at the latest when this goes.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (!status_) {
      Kill();
      static_cast<void>(Wait());
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void Kill() const { ::kill(pid_, SIGKILL); }
  int Wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
    return status;
  }

 private:
  pid_t pid_;
  std::optional<int> status_;
};

/// What a child says, line by line; its error output's end.
class Listener {
 public:
  Listener(UniqueFd out, UniqueFd err, const std::function<void(const ScanReport&)>& progress)
      : out_(std::move(out)), err_(std::move(err)), progress_(progress) {}

  /// Waits up to MILLISECONDS for something; false where both ends are closed.
  bool Poll(int milliseconds) {
    std::array<pollfd, 2> fds{pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
    ::poll(fds.data(), fds.size(), milliseconds);
    if (fds[0].revents != 0) Take(out_, [this](std::string_view bytes) { TakeReports(bytes); });
    if (fds[1].revents != 0)
      Take(err_, [this](std::string_view bytes) {
        errors_ += bytes;
        if (errors_.size() > kMaxErrorText) errors_.erase(0, errors_.size() - kMaxErrorText);
      });
    return out_ || err_;
  }
  const std::optional<ScanReport>& last() const { return last_; }
  std::string errors() const { return ToValidUtf8(Trim(errors_)); }

 private:
  template <class Sink>
  static void Take(UniqueFd& fd, Sink sink) {
    std::array<char, 16 * 1024> chunk;
    ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      fd.Reset();
      return;
    }
    sink(std::string_view(chunk.data(), static_cast<std::size_t>(got)));
  }
  void TakeReports(std::string_view bytes) {
    line_ += bytes;
    std::size_t end = 0;
    while ((end = line_.find('\n')) != std::string::npos) {
      auto report = ParseScanReport(std::string_view(line_).substr(0, end));
      line_.erase(0, end + 1);
      if (!report) continue;
      if (report->phase == "done" || report->phase == "failed") {
        last_ = std::move(*report);
      } else {
        progress_(*report);
      }
    }
    if (line_.size() > kMaxLine) line_.clear();
  }

  UniqueFd out_, err_;
  const std::function<void(const ScanReport&)>& progress_;
  std::string line_, errors_;
  std::optional<ScanReport> last_;
};

Error WhyItEnded(int status, const Listener& listener, const ScanJob& job, bool out_of_memory) {
  std::string words = listener.errors();
  if (!words.empty()) words = ": " + words;
  std::uint64_t mebibytes = job.budget.memory_bytes >> 20U;
  if (out_of_memory || words.find("bad_alloc") != std::string::npos)
    return {Code::kLimitExceeded, "the scan needed more than " + std::to_string(mebibytes) +
                                      " MiB of memory (--scan-memory sets the limit)"};
  if (WIFSIGNALED(status))
    return {Code::kInternal,
            "the scan process was ended by signal " + std::to_string(WTERMSIG(status)) + words};
  return {Code::kInternal, "the scan process ended with status " + std::to_string(WEXITSTATUS(status)) +
                               " and no result" + words};
}

}  // namespace

Result<ScanReport> RunInChild(const ScanJob& job, const Cgroup* cgroup, const std::atomic<bool>& cancel,
                              const std::function<void(const ScanReport&)>& progress,
                              const std::string& program) {
  WEIR_ASSIGN(Pipe in, MakePipe());
  WEIR_ASSIGN(Pipe out, MakePipe());
  WEIR_ASSIGN(Pipe err, MakePipe());
  FileActions files;
  ::posix_spawn_file_actions_adddup2(&files.actions, in.read.get(), 0);
  ::posix_spawn_file_actions_adddup2(&files.actions, out.write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&files.actions, err.write.get(), 2);
  std::string name = "weir", command = kChildCommand;
  std::array<char*, 3> arguments{name.data(), command.data(), nullptr};
  pid_t pid = 0;
  int failed = ::posix_spawn(&pid, program.c_str(), &files.actions, nullptr, arguments.data(), environ);
  if (failed != 0) return Err(ErrnoError(failed, "starting the scan process"));
  Child child(pid);
  in.read.Reset();
  out.write.Reset();
  err.write.Reset();
  std::uint64_t kills_before = cgroup != nullptr ? cgroup->memory_kills() : 0;
  if (Result<void> sent = WriteAll(in.write.get(), ToJson(job) + "\n", "the scan process"); !sent)
    return Err(sent.error());
  in.write.Reset();

  constexpr int kTickMs = 200;
  constexpr std::uint64_t kGraceSeconds = 60;  // the walk ends itself at the limit; joining takes a moment
  const auto deadline = Clock::now() + std::chrono::seconds(job.budget.max_seconds + kGraceSeconds);
  Listener listener(std::move(out.read), std::move(err.read), progress);
  while (listener.Poll(kTickMs)) {
    if (cancel.load()) return Err(Code::kCancelled, "the sensor is stopping");
    if (Clock::now() > deadline)
      return Err(Code::kDeadlineExceeded,
                 "the scan took longer than " + std::to_string(job.budget.max_seconds) + " seconds");
  }
  int status = child.Wait();
  if (listener.last() && listener.last()->phase == "done") return *listener.last();
  if (listener.last()) return Err(listener.last()->error);
  return Err(WhyItEnded(status, listener, job, cgroup != nullptr && cgroup->memory_kills() > kills_before));
}

namespace {

void ApplyBudget(const ScanJob& job) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (job.parent != 0 && static_cast<std::uint32_t>(::getppid()) != job.parent) ::_exit(1);
  ::prctl(PR_SET_NAME, "weir-scan");
  ::setpriority(PRIO_PROCESS, 0, job.budget.nice);
  constexpr int kWhoProcess = 1, kClassIdle = 3, kClassShift = 13;
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle << kClassShift);
  for (const std::string& file : job.cgroups) {
    UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || !WriteAll(fd.get(), "0", file)) Log(LogLevel::kWarn, "scan.no_cgroup", {{"file", file}});
  }
  // Address space is no measure: stacks and arenas reserve what they never touch. Data is near the truth.
  constexpr rlim_t kRoom = 128U << 20U;
  rlimit limit{job.budget.memory_bytes + kRoom, job.budget.memory_bytes + kRoom};
  ::setrlimit(RLIMIT_DATA, &limit);
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // a core of what was read would hold secrets
}

}  // namespace

int ScanChildMain() {
  constexpr std::uint64_t kMaxJob = 16U << 20U;
  auto text = ReadAll(STDIN_FILENO, kMaxJob, "standard input");
  auto job = text ? ParseScanJob(*text) : Result<ScanJob>(Err(text.error()));
  std::mutex mutex;
  auto say = [&mutex](const ScanReport& report) {
    std::lock_guard lock(mutex);
    static_cast<void>(WriteAll(STDOUT_FILENO, ToJson(report) + "\n", "standard output"));
  };
  ScanReport failed;
  failed.phase = "failed";
  if (!job) {
    failed.error = job.error();
    say(failed);
    return 1;
  }
  ApplyBudget(*job);
  auto done = PerformJob(*job, say);
  if (!done) {
    failed.error = done.error();
    say(failed);
    return 1;
  }
  say(*done);
  return 0;
}

}  // namespace weir::sensor
