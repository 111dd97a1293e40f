// Which entries of a layer are seen through the layers above it.
//
// Layers are taken from the top down. The rules are those of an overlay mount
// and of the OCI image layer format (whiteouts, opaque folders): an entry hides
// what has its path below; anything but a folder, a whiteout and an opaque
// folder also hide what lies under that path. What a layer removes it removes
// from the layers below, never from itself. Within a layer a later entry
// replaces an earlier one of the same path.
// Threading: one thread a view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "target/path_table.h"

namespace weir::target {

class LayerView {
 public:
  /// PATH cannot be seen: a layer above has it, or has removed it.
  bool Hidden(std::string_view path);
  /// Of a hidden PATH: the nearest layer above that has it, or has removed it.
  std::size_t HiddenBy(std::string_view path) const;

  /// An entry of the present layer; ORDINAL counts up from 1.
  void Add(std::string_view path, bool folder, std::uint64_t ordinal);
  void Whiteout(std::string_view path);
  void Opaque(std::string_view folder);

  /// The present layer has PATH, and it is no folder.
  bool HasFile(std::string_view path) const;
  /// The present layer says what is at PATH: an entry, a removal, or something that hides it.
  bool Settles(std::string_view path) const;
  /// The entry of ORDINAL at PATH is what the present layer holds in the end.
  bool IsLast(std::string_view path, std::uint64_t ordinal) const;

  /// Goes on to the next layer below; the present one is LAYER, counted from 0 at the base.
  void FinishLayer(std::size_t layer);

  std::uint64_t Hash(std::string_view path) const { return hasher_(path); }

 private:
  // Values of present_: these bits, and the ordinal above them. Values of above_: the first two, and the
  // nearest layer that each comes from.
  static constexpr std::uint64_t kHere = 1, kCovers = 2, kOpaque = 4, kFolder = 8;
  static constexpr unsigned kOrdinalShift = 4, kHereShift = 8, kCoversShift = 32;
  static constexpr std::uint64_t kLayerMask = 0xffffff;

  void AddFoldersAbove(std::string_view path);

  PathHasher hasher_;
  PathTable above_, present_;
  std::string last_parent_;  // Hidden's answer for the folder it was asked about last
  bool last_parent_covered_ = false, have_last_parent_ = false;
  std::string last_added_parent_;
  bool have_last_added_ = false;
};

}  // namespace weir::target
