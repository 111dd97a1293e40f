#include "target/containerd_image.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/bolt_file.h"
#include "base/hash.h"
#include "base/strings.h"
#include "target/image_target.h"
#include "target/rooted_open.h"
#include "target/stored_layers.h"

namespace weir::target {
namespace {

constexpr std::string_view kContent = "/io.containerd.content.v1.content";
constexpr std::string_view kMetadata = "/io.containerd.metadata.v1.bolt/meta.db";
constexpr std::string_view kSnapshotter = "/io.containerd.snapshotter.v1.overlayfs";
constexpr std::uint64_t kMaxDatabase = 512ULL << 20U;

/// The folders of the snapshots that hold the layers of IMAGE.
Result<std::unique_ptr<LayerSource>> OpenSnapshots(const model::ImageInfo& info,
                                                   const ImageDescription& image) {
  WEIR_ASSIGN(BoltFile metadata, BoltFile::Open(info.store + std::string(kMetadata), kMaxDatabase));
  std::string folder = info.store + std::string(kSnapshotter);
  WEIR_ASSIGN(BoltFile snapshots, BoltFile::Open(folder + "/metadata.db", kMaxDatabase));
  UniqueFd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return Err(ErrnoError(errno, folder));
  std::vector<std::string> diff_ids;
  for (const ImageLayer& layer : image.layers) diff_ids.push_back(layer.diff_id);
  std::vector<UniqueFd> layers;
  for (const std::string& chain : ChainIds(diff_ids)) {
    std::string_view in_metadata[] = {"v1", info.driver, "snapshots", "overlayfs", chain};
    WEIR_ASSIGN(std::string_view name, metadata.Get(in_metadata, "name"));
    std::string_view in_snapshots[] = {"v1", "snapshots", name};
    WEIR_ASSIGN(std::string_view number, snapshots.Get(in_snapshots, "id"));
    ByteReader in(number);
    std::string path = "snapshots/" + std::to_string(in.Uvarint()) + "/fs";
    if (!in.ok()) return Err(Code::kMalformed, "a snapshot without a number");
    layers.push_back(OpenBeneath(root.get(), path, O_PATH | O_DIRECTORY));
    if (!layers.back()) return Err(ErrnoError(errno, path));
  }
  return MakeOverlayLayers(std::move(layers));
}

}  // namespace

std::vector<std::string> ChainIds(const std::vector<std::string>& diff_ids) {
  std::vector<std::string> out;
  for (const std::string& diff_id : diff_ids)
    out.push_back(out.empty()
                      ? diff_id
                      : "sha256:" + DigestHex(DigestKind::kSha256, AsBytes(out.back() + " " + diff_id)));
  return out;
}

Result<std::unique_ptr<Target>> OpenContainerdImage(const model::ImageInfo& info,
                                                    const OpenOptions& options) {
  WEIR_ASSIGN(std::unique_ptr<BlobStore> store, OpenFolderStore(info.store + std::string(kContent)));
  Descriptor start;
  start.digest = info.manifest_digest;
  WEIR_ASSIGN(ImageDescription image, DescribeManifest(*store, std::move(start), options.platform));
  if (image.id != info.id)
    return Err(Code::kMalformed, "the manifest's image is " + image.id + " and not " + ToValidUtf8(info.id));
  image.reference = info.names.empty() ? std::string() : info.names.front();
  std::string name = image.reference.empty() ? image.id : image.reference;
  bool all_there = std::all_of(image.layers.begin(), image.layers.end(),
                               [&](const ImageLayer& layer) { return store->Has(layer.blob); });
  if (all_there) return MakeImageTarget(std::move(store), std::move(image), std::move(name), options);
  Result<std::unique_ptr<LayerSource>> snapshots = OpenSnapshots(info, image);
  if (!snapshots)
    return Err(
        snapshots.error().Context("containerd let go of the layers' blobs, and of the unpacked layers"));
  return MakeImageTarget(std::move(*snapshots), std::move(image), std::move(name), options);
}

}  // namespace weir::target
