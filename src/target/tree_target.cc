#include "target/tree_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "target/process_texts.h"
#include "target/rooted_open.h"
#include "target/tree_walker.h"
#include "target/upper_folder.h"

namespace weir::target {
namespace {

class TreeTarget final : public Target {
 public:
  /// UPPER: the folder that a container writes to, empty where there is none or it is not known.
  TreeTarget(UniqueFd root, model::Asset asset, TreeRules rules, std::uint32_t pid, UniqueFd upper = {})
      : root_(std::move(root)),
        upper_(std::move(upper)),
        asset_(std::move(asset)),
        rules_(rules),
        pid_(pid) {}

  const model::Asset& asset() const override { return asset_; }
  Result<model::WalkStats> Walk(std::span<Visitor* const> visitors, const WalkOptions& options,
                                ProblemLog& problems) override {
    if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
    VisitorSet set(visitors);
    WalkControl control(options, problems);
    if (asset_.kind != model::AssetKind::kDirectory)
      VisitProcesses(root_.get(), asset_.kind == model::AssetKind::kHost, set, control);
    VisitedPaths visited;
    if (upper_) VisitUpper(upper_.get(), root_.get(), set, control, visited);
    TreeRules rules = rules_;
    if (visited.size() > 0) rules.visited = &visited;
    WEIR_ASSIGN(model::WalkStats stats, WalkTree(root_.get(), rules, visitors, options, problems));
    model::WalkStats before = control.stats();
    stats.files_read += before.files_read;
    stats.bytes_read += before.bytes_read;
    stats.elapsed_us = control.stats().elapsed_us;
    return stats;
  }
  Result<std::string> ReadFile(std::string_view path, std::uint64_t max_bytes) override {
    WEIR_ASSIGN(UniqueFd fd, OpenFileInRoot(root_.get(), path));
    return ReadAll(fd.get(), max_bytes, path);
  }
  int root_descriptor() const override { return root_.get(); }
  std::uint32_t pid() const override { return pid_; }

 private:
  UniqueFd root_, upper_;
  model::Asset asset_;
  TreeRules rules_;
  std::uint32_t pid_;
};

Result<UniqueFd> OpenRoot(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Err(ErrnoError(errno, path));
  return fd;
}

std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  return name.data();
}

/// Field 22 of /proc/PID/stat: with the pid it names one process for good.
std::string StartTime(std::uint32_t pid) {
  Result<std::string> stat = weir::ReadFile("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return {};
  std::size_t end = stat->rfind(')');  // the command before it may hold anything
  if (end == std::string::npos) return {};
  std::string_view rest = std::string_view(*stat).substr(end + 1);
  constexpr int kFieldsBefore = 20;  // an empty piece, then fields 3 to 21
  for (int i = 0; i < kFieldsBefore; ++i) NextPiece(rest, ' ');
  return std::string(NextPiece(rest, ' '));
}

/// The folder that the container whose root is ROOT writes to, where it can be found.
UniqueFd OpenUpper(const model::Container& container, std::uint32_t pid) {
  constexpr std::uint64_t kMaxMounts = 16ULL << 20U;
  std::string of = pid != 0 ? std::to_string(pid) : "self";
  Result<std::string> mounts = weir::ReadFile("/proc/" + of + "/mountinfo", kMaxMounts);
  if (!mounts) return {};
  std::string path = FindUpperFolder(*mounts, pid != 0 ? "/" : container.root_path, container.root_path);
  if (path.empty()) return {};
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(::open(path.c_str(), kFlags));
  // Paths are those of the host, which may not be where this program runs.
  if (!fd) fd.Reset(::open(("/proc/1/root" + path).c_str(), kFlags));
  return fd;
}

std::string ProcessRoot(std::uint32_t pid) { return "/proc/" + std::to_string(pid) + "/root"; }

}  // namespace

Result<std::unique_ptr<Target>> OpenDirectory(const std::string& path) {
  WEIR_ASSIGN(UniqueFd root, OpenRoot(path));
  model::Asset asset;
  asset.kind = model::AssetKind::kDirectory;
  asset.name = path;
  char* canonical = ::realpath(path.c_str(), nullptr);
  asset.id = canonical != nullptr ? canonical : path;
  std::free(canonical);
  return std::make_unique<TreeTarget>(std::move(root), std::move(asset), TreeRules{}, 0U);
}

Result<std::unique_ptr<Target>> OpenHost(const std::string& root_path) {
  WEIR_ASSIGN(UniqueFd root, OpenRoot(root_path));
  model::Asset asset;
  asset.kind = model::AssetKind::kHost;
  asset.name = HostName();
  asset.id = asset.name;
  if (Result<UniqueFd> file = OpenFileInRoot(root.get(), "etc/machine-id")) {
    Result<std::string> text = ReadAll(file->get(), 4096, "etc/machine-id");
    if (text && !Trim(*text).empty()) asset.id = std::string(Trim(*text));
  }
  return std::make_unique<TreeTarget>(std::move(root), std::move(asset), TreeRules{.host = true}, 0U);
}

Result<std::unique_ptr<Target>> OpenProcess(std::uint32_t pid) {
  Result<UniqueFd> root = OpenRoot(ProcessRoot(pid));
  if (!root && root.error().code == Code::kNotFound)
    return Err(Code::kNotFound, "no process has the id " + std::to_string(pid));
  if (!root) return Err(root.error());
  model::Asset asset;
  asset.kind = model::AssetKind::kProcess;
  asset.name = "pid:" + std::to_string(pid);
  std::string start = StartTime(pid);
  asset.id = start.empty() ? asset.name : asset.name + "@" + start;
  return std::make_unique<TreeTarget>(std::move(*root), std::move(asset), TreeRules{}, pid);
}

Result<std::unique_ptr<Target>> OpenContainer(const model::Container& container, const OpenOptions&) {
  Result<UniqueFd> root =
      Err(Code::kNotFound, "container " + container.name + " has neither a process nor a root folder");
  std::uint32_t pid = container.pid;
  if (pid != 0) root = OpenRoot(ProcessRoot(pid));
  if (!root && !container.root_path.empty()) {
    // Not running, or its process may not be looked into: the merged folder shows the same files.
    pid = 0;
    root = OpenRoot(container.root_path);
  }
  if (!root) return Err(root.error().Context("container " + container.id));
  model::Asset asset;
  asset.kind = model::AssetKind::kContainer;
  asset.id = container.id;
  asset.name = container.name.empty() ? container.id : container.name;
  asset.image = container.image;
  asset.labels = container.labels;
  std::sort(asset.labels.begin(), asset.labels.end());
  return std::make_unique<TreeTarget>(std::move(*root), std::move(asset), TreeRules{}, pid,
                                      OpenUpper(container, pid));
}

}  // namespace weir::target
