// Walks the layers of an image as the one tree they make.
//
// Each layer is read once, from the top layer down (see LayerView). Contents of
// wanted files wait in a Spool until their layer has been read, because only
// then it is known which of several entries counts; an unpacked layer is read in
// place. Visits run on a pool while the next layer is being read. A hard link
// whose data no visitor asked for makes its layer be read a second time.
// Threading: one call at a time; it starts threads of its own.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "target/blob_store.h"
#include "target/image_manifest.h"
#include "target/target.h"

namespace weir::target {

/// Normalised path to content.
using KnownFiles = std::map<std::string, std::string, std::less<>>;
/// Normalised path to the link's text.
using KnownLinks = std::unordered_map<std::string, std::string>;

struct LayerWalkExtras {
  KnownFiles* known = nullptr;  // keys given: filled with the content of these files, where present
  std::uint64_t max_known_bytes = 1ULL << 20U;
  KnownLinks* links = nullptr;            // all symbolic links, up to a bound
  std::vector<bool>* verified = nullptr;  // per layer: its digests were checked and fit
  std::string temporary_dir;
};

/// Paths in EXTRAS.known that were not met are removed from it.
Result<model::WalkStats> WalkLayers(const BlobStore& store, const ImageDescription& image,
                                    std::span<Visitor* const> visitors, const WalkOptions& options,
                                    ProblemLog& problems, const LayerWalkExtras& extras);

}  // namespace weir::target
