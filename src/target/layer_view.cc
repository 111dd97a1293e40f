#include "target/layer_view.h"

#include <algorithm>

namespace weir::target {
namespace {

std::string_view ParentOf(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// Calls FUNCTION with the root (empty) and each folder on the way to PATH, PATH itself left out, until it is
/// true.
template <class Function>
bool AnyAbove(std::string_view path, Function&& function) {
  if (path.empty()) return false;
  if (function(std::string_view())) return true;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (function(path.substr(0, slash))) return true;
  return false;
}

}  // namespace

bool LayerView::Hidden(std::string_view path) {
  if (above_.size() == 0) return false;
  const std::uint64_t* own = above_.Find(hasher_(path));
  if (own != nullptr && (*own & kHere) != 0) return true;
  std::string_view parent = ParentOf(path);
  if (!have_last_parent_ || last_parent_ != parent) {
    last_parent_ = parent;
    have_last_parent_ = true;
    last_parent_covered_ = AnyAbove(path, [&](std::string_view folder) {
      const std::uint64_t* value = above_.Find(hasher_(folder));
      return value != nullptr && (*value & kCovers) != 0;
    });
  }
  return last_parent_covered_;
}

std::size_t LayerView::HiddenBy(std::string_view path) const {
  std::uint64_t nearest = kLayerMask;
  const std::uint64_t* own = above_.Find(hasher_(path));
  if (own != nullptr && (*own & kHere) != 0) nearest = *own >> kHereShift & kLayerMask;
  AnyAbove(path, [&](std::string_view folder) {
    const std::uint64_t* value = above_.Find(hasher_(folder));
    if (value != nullptr && (*value & kCovers) != 0)
      nearest = std::min(nearest, *value >> kCoversShift & kLayerMask);
    return false;
  });
  return static_cast<std::size_t>(nearest);
}

void LayerView::Add(std::string_view path, bool folder, std::uint64_t ordinal) {
  std::uint64_t& value = present_.At(hasher_(path));
  value = (value & kOpaque) | kHere | (folder ? kFolder : kCovers) | ordinal << kOrdinalShift;
  AddFoldersAbove(path);
}

/// A layer may leave out the folders its files are in; they are there all the same.
void LayerView::AddFoldersAbove(std::string_view path) {
  std::string_view parent = ParentOf(path);
  if (parent.empty() || (have_last_added_ && last_added_parent_ == parent)) return;
  last_added_parent_ = parent;
  have_last_added_ = true;
  AnyAbove(path, [&](std::string_view folder) {
    if (folder.empty()) return false;
    std::uint64_t& value = present_.At(hasher_(folder));
    if ((value & kHere) == 0) value |= kHere | kFolder;
    return false;
  });
}

void LayerView::Whiteout(std::string_view path) {
  // The flag of a removal and that of an opaque folder are the same to the layers below but for the path
  // itself.
  std::uint64_t& value = present_.At(hasher_(path));
  value |= kHere | kOpaque;
}

void LayerView::Opaque(std::string_view folder) { present_.At(hasher_(folder)) |= kOpaque; }

bool LayerView::HasFile(std::string_view path) const {
  const std::uint64_t* value = present_.Find(hasher_(path));
  return value != nullptr && (*value >> kOrdinalShift) != 0 && (*value & kCovers) != 0;
}

bool LayerView::Settles(std::string_view path) const {
  const std::uint64_t* own = present_.Find(hasher_(path));
  if (own != nullptr && (*own & kHere) != 0) return true;
  return AnyAbove(path, [&](std::string_view folder) {
    const std::uint64_t* value = present_.Find(hasher_(folder));
    return value != nullptr && (*value & (kCovers | kOpaque)) != 0;
  });
}

bool LayerView::IsLast(std::string_view path, std::uint64_t ordinal) const {
  const std::uint64_t* own = present_.Find(hasher_(path));
  if (own == nullptr || *own >> kOrdinalShift != ordinal) return false;
  // A file that took a folder's place later took what was in it away.
  return !AnyAbove(path, [&](std::string_view folder) {
    const std::uint64_t* value = present_.Find(hasher_(folder));
    return value != nullptr && (*value & kCovers) != 0 && *value >> kOrdinalShift > ordinal;
  });
}

void LayerView::FinishLayer(std::size_t layer) {
  present_.ForEach([&](std::uint64_t hash, std::uint64_t value) {
    std::uint64_t& above = above_.At(hash);
    auto set = [&](std::uint64_t bit, unsigned shift) {
      above = (above & ~(kLayerMask << shift)) | bit | (layer & kLayerMask) << shift;
    };
    if ((value & kHere) != 0) set(kHere, kHereShift);
    if ((value & (kCovers | kOpaque)) != 0) set(kCovers, kCoversShift);
  });
  present_.Clear();
  have_last_parent_ = have_last_added_ = false;
}

}  // namespace weir::target
