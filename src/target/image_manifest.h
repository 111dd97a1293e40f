// What the JSON documents of an image say: docker archives (manifest.json, and
// the layout before it), OCI and docker schema 2 manifests, indexes, configs.
// Formats: OCI image-spec 1.1, docker image-spec 1.2 and 1.0.
// Threading: pure functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "target/blob_store.h"
#include "target/image_config.h"

namespace weir::target {

struct ImageLayer {
  std::string blob;     // name in the store
  std::string digest;   // of the blob, "sha256:..."; empty where nothing states it
  std::string diff_id;  // of the unpacked layer; empty where nothing states it
  std::string command;
};

struct ImageDescription {
  std::string id;                  // digest of the config
  std::string manifest_digest;     // empty for docker archives
  std::string reference;           // repository:tag, if the image names itself
  std::vector<ImageLayer> layers;  // base first
  std::vector<std::pair<std::string, std::string>> labels;
  ConfigTexts texts;                 // of config and manifest, for those who look for secrets
  std::vector<std::string> remarks;  // to be shown: what was left out or chosen
};

struct Descriptor {
  std::string media_type, digest, platform, reference;
  bool attestation = false;
};

/// A manifest, or an index of manifests.
struct ManifestDocument {
  bool index = false;
  std::vector<Descriptor> manifests;  // of an index
  Descriptor config;                  // of a manifest
  std::vector<Descriptor> layers;
  std::vector<std::pair<std::string, std::string>> annotations;
};

struct ConfigDocument {
  std::vector<std::string> diff_ids;
  std::vector<std::string> commands;  // of the history entries that made a layer
  std::vector<std::pair<std::string, std::string>> labels;
};

struct ArchivedImage {
  std::string config;
  std::vector<std::string> tags, layers;
};

Result<ManifestDocument> ParseManifest(std::string_view json, std::string_view media_type = {});
Result<ConfigDocument> ParseConfig(std::string_view json);
Result<std::vector<ArchivedImage>> ParseArchiveManifest(std::string_view json);
/// Legacy "repositories": tag to layer id. Legacy "ID/json": the parent's id, empty at the base.
Result<std::vector<std::pair<std::string, std::string>>> ParseRepositories(std::string_view json);
Result<std::string> ParseLegacyParent(std::string_view json);

/// "sha256:<64 hex digits>" to the blob's name in an OCI layout; an error for any other text.
Result<std::string> BlobName(std::string_view digest);
/// kMalformed where TEXT does not have DIGEST.
Result<void> CheckDigest(std::string_view text, std::string_view digest);
/// The manifest for PLATFORM ("os/architecture[/variant]"), or the only one that is an image.
Result<Descriptor> ChooseManifest(const std::vector<Descriptor>& manifests, std::string_view platform);

/// Joins what the config TEXT knows to the layers of IMAGE, which must be as many as it names.
Result<void> AddConfig(std::string_view text, ImageDescription& image);
/// The manifest, or index of manifests, that START names, in STORE's blobs/.
Result<ImageDescription> DescribeManifest(const BlobStore& store, Descriptor start,
                                          std::string_view platform);

/// REFERENCE picks one image of several; empty takes the first and remarks on it.
Result<ImageDescription> DescribeDockerArchive(const BlobStore& store, std::string_view reference);
Result<ImageDescription> DescribeOciLayout(const BlobStore& store, std::string_view reference,
                                           std::string_view platform);

}  // namespace weir::target
