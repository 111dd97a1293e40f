// The visitors of one walk, asked and served together.
// Threading: as Visitor; the set itself never changes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "target/target.h"

namespace weir::target {

class VisitorSet {
 public:
  static constexpr std::size_t kMaxVisitors = 64;  // one bit each

  explicit VisitorSet(std::span<Visitor* const> visitors) : visitors_(visitors) {}

  /// One bit for each visitor that wants the file.
  std::uint64_t Wants(const Entry& entry) const {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < visitors_.size(); ++i)
      if (visitors_[i]->WantsFile(entry)) mask |= std::uint64_t{1} << i;
    return mask;
  }
  void VisitFile(std::uint64_t mask, File& file) const {
    for (std::size_t i = 0; i < visitors_.size(); ++i)
      if ((mask >> i & 1U) != 0) visitors_[i]->VisitFile(file);
  }
  void VisitLink(const Entry& entry, std::string_view link_target) const {
    for (Visitor* visitor : visitors_) visitor->VisitLink(entry, link_target);
  }

 private:
  std::span<Visitor* const> visitors_;
};

/// NAME and PARENT point into PATH.
inline Entry EntryOf(std::string_view path, std::string_view layer) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {path, path, {}, layer};
  return {path, path.substr(slash + 1), path.substr(0, slash), layer};
}

}  // namespace weir::target
