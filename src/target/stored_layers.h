// Layers of an image as a container runtime has unpacked them, one folder each.
//
// Overlay: a layer's folder holds what it adds; what it removes is a character
// device 0,0 of that name, and a folder that hides what lies below has an extended
// attribute (Documentation/filesystems/overlayfs.rst; the ".wh." files of the image
// format count too, as fuse-overlayfs writes them). Whole trees (vfs): only the top
// one is read, and OWNERS tell whose each file is; what a layer removed or replaced is
// looked for in the trees below where a visitor asks for it.
// Threading: as LayerSource.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "target/image_target.h"
#include "target/path_table.h"

namespace weir::target {

/// ROOTS: one open folder a layer of the image, base first.
std::unique_ptr<LayerSource> MakeOverlayLayers(std::vector<UniqueFd> roots);

/// Which layer has a path, as far as it is known: the topmost of those it was added for.
class LayerOwners {
 public:
  /// LAYER counts from 0 at the base.
  void Add(std::string_view path, std::size_t layer);
  /// DEFAULT_LAYER where nothing was added for PATH.
  std::size_t Find(std::string_view path, std::size_t default_layer) const;
  /// PATH was added for LAYER.
  bool Has(std::string_view path, std::size_t layer) const;

 private:
  static std::uint64_t Mix(std::uint64_t hash, std::size_t layer);

  PathHasher hasher_;
  PathTable table_;    // layer + 1
  PathTable members_;  // one entry for each path of each layer
};
/// ROOTS: the tree that the layers up to each one make, base first; those below the top one may be empty.
std::unique_ptr<LayerSource> MakeWholeTrees(std::vector<UniqueFd> roots, LayerOwners owners);

/// The names in a layer from the record that containers/storage keeps of its tar archive (tar-split: gzip of
/// one JSON object a line). Source: github.com/vbatts/tar-split, tar/storage/entry.go.
Result<void> ReadTarSplit(const BlobRange& packed, const Limits& limits, std::size_t layer,
                          LayerOwners& owners);
/// One line of it, unpacked: the normalised name, empty where it names nothing.
std::string ParseTarSplitLine(std::string_view line);

}  // namespace weir::target
