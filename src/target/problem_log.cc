#include <algorithm>
#include <tuple>

#include "base/strings.h"
#include "target/target.h"

namespace weir::target {

void ProblemLog::Add(Code code, std::string_view path, std::string_view message) {
  std::lock_guard lock(mutex_);
  if (!problems_.empty()) {
    model::Problem& last = problems_.back();
    if (last.code == code && last.path == path && last.message == message) {
      ++last.count;
      return;
    }
  }
  if (problems_.size() >= limit_) {
    ++dropped_;
    return;
  }
  problems_.push_back({code, std::string(path), std::string(message), 1});
}

std::vector<model::Problem> ProblemLog::Take() {
  std::lock_guard lock(mutex_);
  auto key = [](const model::Problem& p) { return std::tie(p.path, p.message); };
  std::sort(problems_.begin(), problems_.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<model::Problem> folded;
  for (model::Problem& problem : problems_) {
    if (!folded.empty() && key(folded.back()) == key(problem)) {
      folded.back().count += problem.count;
    } else {
      folded.push_back(std::move(problem));
    }
  }
  if (dropped_ > 0)
    folded.push_back({Code::kLimitExceeded, "", "further problems that were not listed", dropped_});
  problems_.clear();
  dropped_ = 0;
  return folded;
}

}  // namespace weir::target
