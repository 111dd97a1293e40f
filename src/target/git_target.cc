#include "target/git_target.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "target/git_history.h"
#include "target/git_store.h"

namespace weir::target {
namespace {

constexpr std::uint64_t kMaxPathFile = 64 * 1024;

class GitTarget final : public Target {
 public:
  GitTarget(std::string repository, model::Asset asset)
      : repository_(std::move(repository)), asset_(std::move(asset)) {}

  const model::Asset& asset() const override { return asset_; }
  Result<model::WalkStats> Walk(std::span<Visitor* const> visitors, const WalkOptions& options,
                                ProblemLog& problems) override {
    if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
    WalkControl control(options, problems);
    UniqueFd folder(::open(repository_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return Err(ErrnoError(errno, repository_));
    WEIR_ASSIGN(std::unique_ptr<GitStore> store,
                OpenGitFolder(std::move(folder), "git", options.limits, problems));
    WEIR_TRY(WalkGitHistory(*store, {}, VisitorSet(visitors), control));
    return control.stats();
  }
  Result<std::string> ReadFile(std::string_view path, std::uint64_t) override {
    return Err(Code::kNotFound, std::string(path) + ": a history has no files of its own");
  }

 private:
  std::string repository_;
  model::Asset asset_;
};

bool IsFolder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// A file that says where something else is: never through a link, and no pipe.
Result<std::string> ReadPointer(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return Err(Code::kNotFound, path);
  return ReadAll(fd.get(), kMaxPathFile, path);
}

std::string RealPath(const std::string& path) {
  char* canonical = ::realpath(path.c_str(), nullptr);
  std::string out = canonical != nullptr ? canonical : "";
  std::free(canonical);
  return out;
}

/// A path that a file of git names, seen from FOLDER.
std::string Follow(const std::string& folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path);
}

bool IsBelow(const std::string& path, const std::string& folder) {
  std::string below = RealPath(path), above = RealPath(folder);
  return !below.empty() && !above.empty() && (below == above || below.starts_with(above + "/"));
}

/// The folder that has the objects.
std::string FindRepository(const std::string& path) {
  std::string at = path;
  if (IsFolder(path + "/.git")) {
    at = path + "/.git";
  } else if (Result<std::string> link = ReadPointer(path + "/.git"); link && link->starts_with("gitdir:")) {
    at = Follow(path, Trim(std::string_view(*link).substr(7)));
    // A linked work tree: its repository says so as well. Else the folder could name any other of this host.
    Result<std::string> back = ReadPointer(at + "/gitdir");
    if (!IsBelow(at, path) && (!back || RealPath(Follow(at, Trim(*back))) != RealPath(path + "/.git")))
      return {};
  }
  if (Result<std::string> common = ReadPointer(at + "/commondir")) {
    std::string shared = Follow(at, Trim(*common));
    // git keeps linked work trees in "worktrees" of the repository that they share.
    if (!IsBelow(shared, path) && RealPath(at).rfind(RealPath(shared) + "/worktrees/", 0) != 0) return {};
    at = std::move(shared);
  }
  return IsFolder(at + "/objects") ? at : std::string();
}

}  // namespace

Result<std::unique_ptr<Target>> OpenGitRepository(const std::string& path) {
  if (!IsFolder(path)) return Err(Code::kNotFound, path + ": no such folder");
  std::string repository = FindRepository(path);
  if (repository.empty()) return Err(Code::kNotFound, path + ": no git repository");
  model::Asset asset;
  asset.kind = model::AssetKind::kDirectory;
  asset.name = "git:" + path;
  char* canonical = ::realpath(path.c_str(), nullptr);
  asset.id = "git:" + (canonical != nullptr ? std::string(canonical) : path);
  std::free(canonical);
  return std::make_unique<GitTarget>(std::move(repository), std::move(asset));
}

}  // namespace weir::target
