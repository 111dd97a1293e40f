// What containers/storage (podman, buildah, CRI-O) keeps of its images on disk.
// Source: github.com/containers/storage, images.go, layers.go, drivers/{overlay,vfs}.
// Threading: functions are independent of each other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/runtime.h"
#include "target/target.h"

namespace weir::target {

struct PodmanImage {
  std::string id, layer;  // 64 hex digits; LAYER, the top one, is empty for an image without layers
};
struct PodmanLayer {
  std::string id, parent;   // PARENT is empty at the base
  std::string diff_digest;  // "sha256:..."
};

/// DRIVER-images/images.json and DRIVER-layers/layers.json.
Result<std::vector<PodmanImage>> ParsePodmanImages(std::string_view text);
Result<std::vector<PodmanLayer>> ParsePodmanLayers(std::string_view text);

Result<std::unique_ptr<Target>> OpenPodmanImage(const model::ImageInfo& image, const OpenOptions& options);

}  // namespace weir::target
