// Images in the stores of this host's container runtimes.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/strings.h"
#include "net/http_client.h"
#include "target/containerd_image.h"
#include "target/image_target.h"
#include "target/podman_storage.h"
#include "target/spool.h"

namespace weir::target {
namespace {

bool IsImageId(std::string_view text) { return BlobName(text).has_value(); }

/// With containerd's store behind it, docker's ids are those of manifests or indexes, which the archive
/// lists.
bool IndexNames(const BlobStore& store, std::string_view digest) {
  constexpr std::uint64_t kMaxIndex = 4ULL << 20U;
  Result<std::string> text = store.ReadText("index.json", kMaxIndex);
  if (!text) return false;
  Result<ManifestDocument> index = ParseManifest(*text, "application/vnd.oci.image.index.v1+json");
  return index && std::any_of(index->manifests.begin(), index->manifests.end(),
                              [&](const Descriptor& manifest) { return manifest.digest == digest; });
}

/// What "docker save" would write, through the daemon's socket into a file without a name: the list of layers
/// comes last, so it cannot be read as it comes.
Result<std::unique_ptr<Target>> OpenDockerImage(const model::ImageInfo& info, const OpenOptions& options) {
  if (!IsImageId(info.id)) return Err(Code::kInvalidArgument, "a bad image id: " + ToValidUtf8(info.id));
  WEIR_ASSIGN(UniqueFd file, MakeTemporaryFile(options.temporary_dir));
  Result<void> written;
  net::HttpRequest request;
  request.url = "http://localhost/images/" + info.id + "/get";
  request.unix_socket = info.store;
  request.max_body_bytes = options.limits.max_image_bytes;
  request.connect_timeout_seconds = 5;
  request.stall_timeout_seconds = 300;  // the daemon packs layers before it sends them
  net::HttpClient client;
  Result<net::HttpResponse> response = client.Fetch(request, [&](std::string_view bytes) {
    written = WriteAll(file.get(), bytes, "a temporary file");
    return written.has_value();
  });
  if (!written) return Err(written.error());
  if (!response) return Err(response.error().Context("docker: " + info.id));
  if (response->status == 404) return Err(Code::kNotFound, "docker has no image " + info.id);
  if (response->status != 200)
    return Err(Code::kUnavailable,
               "docker: image " + info.id + ": HTTP status " + std::to_string(response->status));
  std::string reference = info.names.empty() ? std::string() : info.names.front();
  WEIR_ASSIGN(std::unique_ptr<BlobStore> store, OpenArchiveStore(std::move(file), options));
  // Asked for by its id, the archive names no repository.
  WEIR_ASSIGN(ImageDescription image, DescribeDockerArchive(*store, {}));
  if (image.id != info.id && !IndexNames(*store, info.id))
    return Err(Code::kMalformed, "docker: asked for " + info.id + ", it gave " + image.id);
  image.reference = reference;
  std::string name = reference.empty() ? image.id : reference;
  return MakeImageTarget(std::move(store), std::move(image), std::move(name), options);
}

}  // namespace

Result<std::unique_ptr<Target>> OpenLocalImage(const model::ImageInfo& image, const OpenOptions& options) {
  if (image.runtime == "podman") return OpenPodmanImage(image, options);
  if (image.runtime == "docker") return OpenDockerImage(image, options);
  if (image.runtime == "containerd") return OpenContainerdImage(image, options);
  return Err(Code::kUnsupported, "images of " + ToValidUtf8(image.runtime) + " cannot be read");
}

}  // namespace weir::target
