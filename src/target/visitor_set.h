// The visitors of one walk, asked and served together.
// Threading: as Visitor; the set itself never changes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "target/target.h"

namespace weir::target {

class VisitorSet {
 public:
  static constexpr std::size_t kMaxVisitors = 64;  // one bit each

  explicit VisitorSet(std::span<Visitor* const> visitors) : visitors_(visitors) {
    for (std::size_t i = 0; i < std::min(visitors.size(), kMaxVisitors); ++i)
      if (visitors[i]->WantsBeyondTree()) beyond_ |= std::uint64_t{1} << i;
  }

  /// One bit for each visitor that wants the file.
  std::uint64_t Wants(const Entry& entry) const {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < visitors_.size(); ++i)
      if (visitors_[i]->WantsFile(entry)) mask |= std::uint64_t{1} << i;
    return mask;
  }
  /// Whether somebody asks for what is no file of the tree of now.
  bool any_beyond() const { return beyond_ != 0; }
  /// As Wants, of an entry that only these are offered.
  std::uint64_t WantsBeyond(const Entry& entry) const {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < visitors_.size(); ++i)
      if ((beyond_ >> i & 1U) != 0 && visitors_[i]->WantsFile(entry)) mask |= std::uint64_t{1} << i;
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
  std::uint64_t beyond_ = 0;  // one bit for each visitor that asks for it
};

/// NAME and PARENT point into PATH.
inline Entry EntryOf(std::string_view path, std::string_view layer) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {path, path, {}, layer};
  return {path, path.substr(slash + 1), path.substr(0, slash), layer};
}

}  // namespace weir::target
