// Images in containerd's content store, or, where it lets go of what it has
// unpacked (Kubernetes nodes often do), in the folders of its overlay snapshotter.
// Source: github.com/containerd/containerd, metadata/buckets.go, snapshots/storage/bolt.go.
// Threading: functions are independent of each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/runtime.h"
#include "target/target.h"

namespace weir::target {

Result<std::unique_ptr<Target>> OpenContainerdImage(const model::ImageInfo& image,
                                                    const OpenOptions& options);

/// OCI image-spec: the chain ids of layers with these diff ids, base first.
std::vector<std::string> ChainIds(const std::vector<std::string>& diff_ids);

}  // namespace weir::target
