#include "target/image_manifest.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/strings.h"

namespace weir::target {
namespace {

constexpr std::uint64_t kMaxDocument = 32ULL << 20U;
constexpr int kMaxIndexDepth = 4;
constexpr std::size_t kMaxLegacyLayers = 4096;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// "alpine:3" names what a document calls "docker.io/library/alpine:3".
bool SameReference(std::string_view full, std::string_view wanted) {
  return full == wanted ||
         (full.size() > wanted.size() && full.ends_with(wanted) &&
          full[full.size() - wanted.size() - 1] == '/') ||
         full.ends_with(":" + std::string(wanted));
}

Result<ImageDescription> DescribeLegacyArchive(const BlobStore& store, std::string_view reference) {
  WEIR_ASSIGN(std::string text, store.ReadText("repositories", kMaxDocument));
  WEIR_ASSIGN(auto tags, ParseRepositories(text));
  auto chosen = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) {
    return reference.empty() || SameReference(tag.first, reference);
  });
  if (chosen == tags.end()) return Err(Code::kNotFound, "the archive has no image " + std::string(reference));
  ImageDescription image;
  image.reference = chosen->first;
  image.id = chosen->second;
  std::set<std::string> seen;
  for (std::string id = chosen->second; !id.empty();) {
    if (!IsHex(id) || id.size() != 64) return Err(Code::kMalformed, "a bad layer id in a docker archive");
    if (!seen.insert(id).second || seen.size() > kMaxLegacyLayers)
      return Err(Code::kMalformed, "the layers of a docker archive are their own parents");
    image.layers.push_back({id + "/layer.tar", {}, {}, {}});
    WEIR_ASSIGN(std::string json, store.ReadText(id + "/json", kMaxDocument));
    if (seen.size() == 1) image.texts = ReadConfigTexts(json);
    WEIR_ASSIGN(id, ParseLegacyParent(json));
  }
  std::reverse(image.layers.begin(), image.layers.end());
  return image;
}

/// Follows DESCRIPTOR through indexes to the manifest for PLATFORM.
Result<std::pair<Descriptor, ManifestDocument>> FindManifest(const BlobStore& store, Descriptor descriptor,
                                                             std::string_view platform) {
  for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
    WEIR_ASSIGN(std::string name, BlobName(descriptor.digest));
    WEIR_ASSIGN(std::string text, store.ReadText(name, kMaxDocument));
    WEIR_TRY(CheckDigest(text, descriptor.digest));
    WEIR_ASSIGN(ManifestDocument document, ParseManifest(text, descriptor.media_type));
    if (!document.index) return std::pair(std::move(descriptor), std::move(document));
    WEIR_ASSIGN(Descriptor next, ChooseManifest(document.manifests, platform));
    if (next.reference.empty()) next.reference = descriptor.reference;
    descriptor = std::move(next);
  }
  return Err(Code::kLimitExceeded, "indexes nested too deep");
}

}  // namespace

Result<void> AddConfig(std::string_view text, ImageDescription& image) {
  WEIR_ASSIGN(ConfigDocument config, ParseConfig(text));
  if (config.diff_ids.empty() && !image.layers.empty())
    return Err(Code::kUnsupported,
               "an artifact that is no container image (its config has no root file system)");
  if (config.diff_ids.size() != image.layers.size())
    return Err(Code::kMalformed, "the config names " + std::to_string(config.diff_ids.size()) +
                                     " layers, the manifest " + std::to_string(image.layers.size()));
  bool history_fits = config.commands.size() == image.layers.size();
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    image.layers[i].diff_id = config.diff_ids[i];
    if (history_fits) image.layers[i].command = config.commands[i];
  }
  image.labels = std::move(config.labels);
  image.texts = ReadConfigTexts(text);
  return {};
}

Result<std::string> BlobName(std::string_view digest) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kHexDigits = 64;
  std::string_view hex = digest.substr(std::min(digest.size(), kPrefix.size()));
  if (!digest.starts_with(kPrefix) || hex.size() != kHexDigits || !IsHex(hex)) {
    if (digest.starts_with("sha512:")) return Err(Code::kUnsupported, "a digest of kind sha512");
    return Err(Code::kMalformed, "a bad digest: " + ToValidUtf8(digest.substr(0, 80)));
  }
  return "blobs/sha256/" + std::string(hex);
}

Result<void> CheckDigest(std::string_view text, std::string_view digest) {
  std::string found = "sha256:" + DigestHex(DigestKind::kSha256, AsBytes(text));
  if (found == digest) return {};
  return Err(Code::kMalformed, "the document " + std::string(digest) + " has the digest " + found);
}

Result<Descriptor> ChooseManifest(const std::vector<Descriptor>& manifests, std::string_view platform) {
  std::vector<const Descriptor*> images;
  std::string available;
  for (const Descriptor& manifest : manifests) {
    if (manifest.attestation || manifest.platform == "unknown/unknown") continue;
    images.push_back(&manifest);
    available += (available.empty() ? "" : ", ") +
                 (manifest.platform.empty() ? std::string("unnamed") : manifest.platform);
  }
  for (const Descriptor* image : images)
    if (image->platform == platform) return *image;
  // A wish without variant takes any: linux/arm64 is linux/arm64/v8.
  for (const Descriptor* image : images)
    if (image->platform.starts_with(std::string(platform) + "/")) return *image;
  if (images.size() == 1) return *images.front();
  if (images.empty()) return Err(Code::kNotFound, "the index has no image");
  return Err(Code::kNotFound,
             "no image for " + std::string(platform) + "; there are: " + ToValidUtf8(available));
}

Result<ImageDescription> DescribeDockerArchive(const BlobStore& store, std::string_view reference) {
  if (!store.Has("manifest.json") && store.Has("repositories"))
    return DescribeLegacyArchive(store, reference);
  WEIR_ASSIGN(std::string text, store.ReadText("manifest.json", kMaxDocument));
  WEIR_ASSIGN(std::vector<ArchivedImage> images, ParseArchiveManifest(text));
  const ArchivedImage* chosen = reference.empty() ? &images.front() : nullptr;
  ImageDescription image;
  for (const ArchivedImage& candidate : images)
    for (const std::string& tag : candidate.tags)
      if (chosen == nullptr && SameReference(tag, reference)) {
        chosen = &candidate;
        image.reference = tag;
      }
  if (chosen == nullptr) return Err(Code::kNotFound, "the archive has no image " + std::string(reference));
  if (image.reference.empty() && !chosen->tags.empty()) image.reference = chosen->tags.front();
  if (reference.empty() && images.size() > 1)
    image.remarks.push_back("the archive holds " + std::to_string(images.size()) +
                            " images; this is the first, name another as PATH:REPOSITORY:TAG");
  for (const std::string& layer : chosen->layers) image.layers.push_back({layer, {}, {}, {}});
  WEIR_ASSIGN(std::string config, store.ReadText(chosen->config, kMaxDocument));
  image.id = "sha256:" + DigestHex(DigestKind::kSha256, AsBytes(config));
  // docker and podman name the file by its digest: "HEX.json", or "blobs/sha256/HEX".
  std::string_view name = chosen->config;
  name = name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
  if (name.ends_with(".json")) name.remove_suffix(5);
  if (name.size() == 64 && IsHex(name)) WEIR_TRY(CheckDigest(config, "sha256:" + std::string(name)));
  WEIR_TRY(AddConfig(config, image));
  return image;
}

Result<ImageDescription> DescribeOciLayout(const BlobStore& store, std::string_view reference,
                                           std::string_view platform) {
  WEIR_ASSIGN(std::string text, store.ReadText("index.json", kMaxDocument));
  WEIR_ASSIGN(ManifestDocument index, ParseManifest(text, "application/vnd.oci.image.index.v1+json"));
  if (!index.index) return Err(Code::kMalformed, "index.json is not an index");
  ImageDescription image;
  std::vector<Descriptor> candidates;
  std::set<std::string> names;
  for (const Descriptor& manifest : index.manifests) {
    if (!reference.empty() && !SameReference(manifest.reference, reference) && manifest.digest != reference)
      continue;
    candidates.push_back(manifest);
    names.insert(manifest.reference);
  }
  if (candidates.empty() && !reference.empty())
    return Err(Code::kNotFound, "the layout has no image " + std::string(reference));
  if (reference.empty() && names.size() > 1) {
    image.remarks.push_back("the layout holds several images; this is the first, name another as PATH:TAG");
    std::string first = candidates.front().reference;
    std::erase_if(candidates, [&](const Descriptor& candidate) { return candidate.reference != first; });
  }
  WEIR_ASSIGN(Descriptor start, ChooseManifest(candidates, platform));
  std::vector<std::string> remarks = std::move(image.remarks);
  WEIR_ASSIGN(image, DescribeManifest(store, std::move(start), platform));
  image.remarks = std::move(remarks);
  return image;
}

Result<ImageDescription> DescribeManifest(const BlobStore& store, Descriptor start,
                                          std::string_view platform) {
  ImageDescription image;
  WEIR_ASSIGN(auto found, FindManifest(store, std::move(start), platform));
  const auto& [descriptor, manifest] = found;
  image.manifest_digest = descriptor.digest;
  image.reference = descriptor.reference;
  image.id = manifest.config.digest;
  for (const Descriptor& layer : manifest.layers) {
    WEIR_ASSIGN(std::string blob, BlobName(layer.digest));
    image.layers.push_back({std::move(blob), layer.digest, {}, {}});
  }
  WEIR_ASSIGN(std::string config_name, BlobName(manifest.config.digest));
  WEIR_ASSIGN(std::string config, store.ReadText(config_name, kMaxDocument));
  WEIR_TRY(CheckDigest(config, manifest.config.digest));
  WEIR_TRY(AddConfig(config, image));
  AddAnnotations(manifest.annotations, image.texts);
  return image;
}

}  // namespace weir::target
