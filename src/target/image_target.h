// Images as targets: their layers merged, read from where they are stored.
// Threading: as Target.
#pragma once

#include <memory>
#include <string>

#include "target/blob_store.h"
#include "target/image_manifest.h"
#include "target/layer_walker.h"
#include "target/target.h"

namespace weir::target {

/// Where an image's layers come from.
class LayerSource {
 public:
  virtual ~LayerSource() = default;
  /// As WalkLayers.
  virtual Result<model::WalkStats> Walk(const ImageDescription& image, std::span<Visitor* const> visitors,
                                        const WalkOptions& options, ProblemLog& problems,
                                        const LayerWalkExtras& extras) = 0;
  virtual std::string damage() const { return {}; }
};

std::unique_ptr<Target> MakeImageTarget(std::unique_ptr<LayerSource> layers, ImageDescription image,
                                        std::string name, const OpenOptions& options);
/// Layers are blobs in STORE.
std::unique_ptr<Target> MakeImageTarget(std::unique_ptr<BlobStore> store, ImageDescription image,
                                        std::string name, const OpenOptions& options);

/// PATH or PATH:REFERENCE.
Result<std::unique_ptr<Target>> OpenDockerArchive(const std::string& path, const OpenOptions& options);
Result<std::unique_ptr<Target>> OpenOciArchive(const std::string& path, const OpenOptions& options);
Result<std::unique_ptr<Target>> OpenOciFolder(const std::string& path, const OpenOptions& options);
/// Either kind of archive, by what is in it.
Result<std::unique_ptr<Target>> OpenAnyArchive(const std::string& path, const OpenOptions& options);

}  // namespace weir::target
