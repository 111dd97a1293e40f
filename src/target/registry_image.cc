#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "target/image_manifest.h"
#include "target/image_target.h"
#include "target/registry_client.h"
#include "target/spool.h"

namespace weir::target {
namespace {

constexpr int kMaxIndexDepth = 4;
constexpr std::size_t kParallelDownloads = 3;

/// What was downloaded, under the names of an OCI layout.
class DownloadStore final : public BlobStore {
 public:
  Result<BlobRange> Find(std::string_view name) const override {
    auto found = blobs_.find(name);
    if (found == blobs_.end())
      return Err(Code::kNotFound, std::string(name) + ": not served by the registry");
    return found->second;
  }
  void Add(std::string name, BlobRange range) { blobs_.insert_or_assign(std::move(name), std::move(range)); }
  Result<void> AddText(std::string name, std::string_view text, const std::string& folder) {
    WEIR_ASSIGN(UniqueFd fd, MakeTemporaryFile(folder));
    WEIR_TRY(WriteAll(fd.get(), text, "a temporary file"));
    Add(std::move(name), {std::make_shared<UniqueFd>(std::move(fd)), 0, text.size()});
    return {};
  }

 private:
  std::map<std::string, BlobRange, std::less<>> blobs_;
};

class Download {
 public:
  Download(ImageReference reference, const OpenOptions& options)
      : reference_(std::move(reference)), options_(options), client_(reference_, options) {}

  Result<std::unique_ptr<DownloadStore>> Run() {
    WEIR_TRY(client_.Connect());
    WEIR_ASSIGN(ManifestDocument manifest, FindManifest());
    std::set<std::string> digests{manifest.config.digest};
    for (const Descriptor& layer : manifest.layers) {
      // Layers that must not be copied live elsewhere; the walk reports them as missing.
      if (layer.media_type.find("foreign") == std::string::npos &&
          layer.media_type.find("encrypted") == std::string::npos)
        digests.insert(layer.digest);
    }
    WEIR_TRY(GetBlobs({digests.begin(), digests.end()}));
    return std::move(store_);
  }
  const std::string& manifest_digest() const { return manifest_digest_; }

 private:
  /// From the name through indexes to the manifest for the platform; leaves an index.json that names it.
  Result<ManifestDocument> FindManifest() {
    std::string name = reference_.ManifestName();
    for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
      WEIR_ASSIGN(RegistryClient::Manifest answer, client_.GetManifest(name));
      if (name.starts_with("sha256:")) WEIR_TRY(CheckDigest(answer.text, name));
      WEIR_ASSIGN(ManifestDocument document, ParseManifest(answer.text, answer.media_type));
      if (document.index) {
        WEIR_ASSIGN(Descriptor next, ChooseManifest(document.manifests, options_.platform));
        WEIR_TRY(BlobName(next.digest));
        name = next.digest;
        continue;
      }
      manifest_digest_ = "sha256:" + DigestHex(DigestKind::kSha256, AsBytes(answer.text));
      WEIR_ASSIGN(std::string blob, BlobName(manifest_digest_));
      WEIR_TRY(store_->AddText(std::move(blob), answer.text, options_.temporary_dir));
      WEIR_TRY(store_->AddText("index.json", R"({"manifests":[{"digest":")" + manifest_digest_ + "\"}]}",
                               options_.temporary_dir));
      return document;
    }
    return Err(Code::kLimitExceeded, "indexes nested too deep");
  }

  Result<void> GetBlobs(const std::vector<std::string>& digests) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;  // guards store_ and failure
    std::optional<Error> failure;
    auto work = [&] {
      for (std::size_t i = next++; i < digests.size(); i = next++) {
        Result<BlobRange> blob = GetBlob(digests[i]);
        std::lock_guard lock(mutex);
        if (blob) {
          store_->Add(*BlobName(digests[i]), std::move(*blob));
        } else if (!failure) {
          failure = blob.error();
          next = digests.size();
        }
      }
    };
    for (const std::string& digest : digests) WEIR_TRY(BlobName(digest));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < std::min(kParallelDownloads, digests.size()); ++i)
        threads.emplace_back(work);
      work();
    }
    if (failure) return Err(*failure);
    return {};
  }

  Result<BlobRange> GetBlob(const std::string& digest) {
    WEIR_ASSIGN(UniqueFd fd, MakeTemporaryFile(options_.temporary_dir));
    WEIR_TRY(client_.GetBlob(digest, fd.get(), options_.limits.max_layer_bytes));
    off_t size = ::lseek(fd.get(), 0, SEEK_END);
    return BlobRange{std::make_shared<UniqueFd>(std::move(fd)), 0,
                     static_cast<std::uint64_t>(std::max<off_t>(size, 0))};
  }

  const ImageReference reference_;
  const OpenOptions& options_;
  RegistryClient client_;
  std::unique_ptr<DownloadStore> store_ = std::make_unique<DownloadStore>();
  std::string manifest_digest_;
};

}  // namespace

Result<std::unique_ptr<Target>> OpenRegistryImage(const std::string& text, const OpenOptions& options) {
  WEIR_ASSIGN(ImageReference reference, ParseImageReference(text));
  Download download(reference, options);
  WEIR_ASSIGN(std::unique_ptr<DownloadStore> store, download.Run());
  WEIR_ASSIGN(ImageDescription image, DescribeOciLayout(*store, {}, options.platform));
  reference.digest = download.manifest_digest();
  image.reference = reference.ToString();
  if (options.insecure_tls)
    image.remarks.push_back("the registry's certificate was not verified, as asked for");
  return MakeImageTarget(std::move(store), std::move(image), text, options);
}

}  // namespace weir::target
