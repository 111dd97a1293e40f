#include "sensor/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"

namespace weir::sensor {
namespace {

constexpr std::uint64_t kPeriodUs = 100'000;
constexpr std::uint64_t kMaxFile = 64U << 10U;

bool Put(const std::string& path, const std::string& text) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && WriteAll(fd.get(), text, path).has_value();
}

bool MakeFolder(const std::string& path) {
  // One of a sensor that was killed is empty and removed first: its limits may be others.
  ::rmdir(path.c_str());
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
}

bool HasWord(const std::string& file, std::string_view word) {
  auto text = ReadFile(file, kMaxFile);
  if (!text) return false;
  for (std::string_view one : Split(Trim(*text), ' '))
    if (one == word) return true;
  return false;
}

std::uint64_t QuotaUs(unsigned percent) {
  constexpr std::uint64_t kLeast = 1'000, kWhole = 100;
  return std::max(kLeast, kPeriodUs * percent / kWhole);
}

std::uint64_t Counter(const std::string& file, std::string_view name) {
  auto text = ReadFile(file, kMaxFile);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    std::string_view line = NextLine(rest);
    if (NextPiece(line, ' ') == name) return ParseUint(Trim(line)).value_or(0);
  }
  return 0;
}

}  // namespace

Cgroup::Cgroup(const std::string& name, unsigned processor_percent, std::uint64_t memory_bytes,
               const std::string& root) {
  if (MakeUnified(root, name, processor_percent, memory_bytes)) return;
  MakeLegacy(root, name, processor_percent, memory_bytes);
}

Cgroup::~Cgroup() {
  for (const std::string& folder : folders_) ::rmdir(folder.c_str());
}

void Cgroup::RemoveStale(const std::string& prefix, const std::string& root) {
  std::error_code ignored;
  for (const std::string& mount : {root, root + "/cpu", root + "/memory"})
    for (const auto& entry : std::filesystem::directory_iterator(mount, ignored)) {
      std::string name = entry.path().filename().string();
      if (!name.starts_with(prefix)) continue;
      auto pid = ParseUint(std::string_view(name).substr(prefix.size()));
      if (pid && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) ::rmdir(entry.path().c_str());
    }
}

bool Cgroup::MakeUnified(const std::string& mount, const std::string& name, unsigned percent,
                         std::uint64_t memory) {
  // At the root of the hierarchy a group may be made beside processes. The controllers are used where they
  // are given to groups already; that decision is the host's.
  bool processor = HasWord(mount + "/cgroup.subtree_control", "cpu");
  bool has_memory = HasWord(mount + "/cgroup.subtree_control", "memory");
  if (!processor && !has_memory) return false;
  std::string folder = mount + "/" + name;
  if (!MakeFolder(folder)) return false;
  folders_.push_back(folder);
  if (!processor ||
      !Put(folder + "/cpu.max", std::to_string(QuotaUs(percent)) + " " + std::to_string(kPeriodUs)))
    remark_ = "no control group for processor time";
  if (has_memory && Put(folder + "/memory.max", std::to_string(memory))) {
    memory_folder_ = folder;
    Put(folder + "/memory.swap.max", "0");
  } else {
    remark_ += remark_.empty() ? "no control group for memory" : " and memory";
  }
  return true;
}

void Cgroup::MakeLegacy(const std::string& root, const std::string& name, unsigned percent,
                        std::uint64_t memory) {
  std::string processor = root + "/cpu/" + name;
  bool limited = MakeFolder(processor);
  if (limited) {
    folders_.push_back(processor);
    limited = Put(processor + "/cpu.cfs_period_us", std::to_string(kPeriodUs)) &&
              Put(processor + "/cpu.cfs_quota_us", std::to_string(QuotaUs(percent)));
  }
  if (!limited) remark_ = "no control group for processor time";
  std::string folder = root + "/memory/" + name;
  limited = MakeFolder(folder);
  if (limited) {
    folders_.push_back(folder);
    limited = Put(folder + "/memory.limit_in_bytes", std::to_string(memory));
    memory_folder_ = folder;
  }
  if (!limited) remark_ += remark_.empty() ? "no control group for memory" : " and memory";
}

std::vector<std::string> Cgroup::member_files() const {
  std::vector<std::string> out;
  for (const std::string& folder : folders_) out.push_back(folder + "/cgroup.procs");
  return out;
}

std::uint64_t Cgroup::memory_kills() const {
  if (memory_folder_.empty()) return 0;
  return Counter(memory_folder_ + "/memory.events", "oom_kill") +
         Counter(memory_folder_ + "/memory.oom_control", "oom_kill");
}

}  // namespace weir::sensor
