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

/// A path that a file of git names, seen from FOLDER.
std::string Follow(const std::string& folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path);
}

/// The folder that has the objects.
std::string FindRepository(const std::string& path) {
  std::string at = path;
  if (IsFolder(path + "/.git")) {
    at = path + "/.git";
  } else if (Result<std::string> link = weir::ReadFile(path + "/.git", kMaxPathFile);
             link && link->starts_with("gitdir:")) {
    at = Follow(path, Trim(std::string_view(*link).substr(7)));
  }
  if (Result<std::string> common = weir::ReadFile(at + "/commondir", kMaxPathFile))
    at = Follow(at, Trim(*common));
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
