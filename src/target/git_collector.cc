#include "target/git_collector.h"

#include <algorithm>

#include "base/strings.h"
#include "target/git_history.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxFiles = 2'000'000;

bool IsHexDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

class CollectedStore final : public GitStore {
 public:
  explicit CollectedStore(const std::map<std::string, GitCollector::Open, std::less<>>& files)
      : files_(files) {
    constexpr std::size_t kSha256Name = 62;
    for (const auto& [path, open] : files) {
      if (path.ends_with(".idx")) {
        packs_.push_back(path.substr(0, path.size() - 4));
      } else if (!path.ends_with(".pack")) {
        loose_.push_back(path);
        if (path.size() - path.rfind('/') - 1 == kSha256Name) id_bytes_ = 32;
      }
    }
  }
  std::size_t id_bytes() const override { return id_bytes_; }
  const std::vector<std::string>& packs() const override { return packs_; }
  const std::vector<std::string>& loose() const override { return loose_; }
  Result<std::unique_ptr<ByteSource>> Open(const std::string& path) const override {
    auto found = files_.find(path);
    if (found == files_.end()) return Err(Code::kNotFound, "not in the image");
    return found->second();
  }

 private:
  const std::map<std::string, GitCollector::Open, std::less<>>& files_;
  std::size_t id_bytes_ = 20;
  std::vector<std::string> packs_, loose_;
};

}  // namespace

std::string_view GitRepositoryOf(std::string_view path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  std::string_view name = path.substr(slash + 1), folder = path.substr(0, slash);
  std::string_view tail;
  if (name.starts_with("pack-") && (name.ends_with(".pack") || name.ends_with(".idx"))) {
    tail = "/objects/pack";
  } else if ((name.size() == 38 || name.size() == 62) && IsHexDigits(name)) {
    if (folder.size() < 3 || !IsHexDigits(folder.substr(folder.size() - 2))) return {};
    folder.remove_suffix(3);
    tail = "/objects";
  }
  if (tail.empty() || folder.size() <= tail.size() || !folder.ends_with(tail)) return {};
  folder.remove_suffix(tail.size());
  return folder;
}

void GitCollector::Add(std::string_view path, std::size_t layer, std::optional<std::size_t> removed_by,
                       Open open) {
  Repository& repository = repositories_[std::string(GitRepositoryOf(path))];
  if (repository.files.size() >= kMaxFiles) return;
  if (repository.files.empty()) {
    repository.layer = layer;
    repository.removed_by = removed_by;
  }
  if (!removed_by) repository.removed_by.reset();
  repository.files.try_emplace(std::string(path), std::move(open));
}

void GitCollector::Walk(const std::vector<std::string>& layer_names, const VisitorSet& visitors,
                        WalkControl& control) {
  for (const auto& [path, repository] : repositories_) {
    if (!control.Continue()) return;
    std::string prefix = path + "!";
    GitPlace place{prefix, layer_names[repository.layer], {}};
    if (repository.removed_by) place.removed_in = layer_names[*repository.removed_by];
    Result<void> walked = WalkGitHistory(CollectedStore(repository.files), place, visitors, control);
    if (!walked) control.problems().Add(walked.error(), path);
  }
}

}  // namespace weir::target
