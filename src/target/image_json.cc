#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_guard.h"
#include "target/image_manifest.h"

namespace weir::target {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxLayers = 4096;
constexpr std::size_t kMaxManifests = 10'000;

Result<Json> Parse(std::string_view text) {
  WEIR_TRY(CheckJsonDepth(text, kMaxDepth));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Err(Code::kMalformed, "not JSON");
  return json;
}

/// The member KEY of an object; null for anything else.
const Json& Member(const Json& json, const char* key) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  auto found = json.find(key);
  return found == json.end() ? kNull : *found;
}

std::string Text(const Json& json) { return json.is_string() ? json.get<std::string>() : std::string(); }

std::vector<std::string> Texts(const Json& json) {
  std::vector<std::string> out;
  if (!json.is_array()) return out;
  for (const Json& item : json) out.push_back(Text(item));
  return out;
}

Descriptor ReadDescriptor(const Json& json) {
  Descriptor out;
  out.media_type = Text(Member(json, "mediaType"));
  out.digest = Text(Member(json, "digest"));
  const Json& platform = Member(json, "platform");
  if (platform.is_object()) {
    out.platform = Text(Member(platform, "os")) + "/" + Text(Member(platform, "architecture"));
    if (std::string variant = Text(Member(platform, "variant")); !variant.empty())
      out.platform += "/" + variant;
  }
  const Json& notes = Member(json, "annotations");
  out.reference = Text(Member(notes, "io.containerd.image.name"));
  if (out.reference.empty()) out.reference = Text(Member(notes, "org.opencontainers.image.ref.name"));
  out.attestation = Text(Member(notes, "vnd.docker.reference.type")) == "attestation-manifest";
  return out;
}

}  // namespace

Result<ManifestDocument> ParseManifest(std::string_view text, std::string_view media_type) {
  WEIR_ASSIGN(Json json, Parse(text));
  if (!json.is_object()) return Err(Code::kMalformed, "a manifest that is not an object");
  std::string type = Text(Member(json, "mediaType"));
  if (type.empty()) type = media_type;
  const Json& version = Member(json, "schemaVersion");
  if ((version.is_number_integer() && version == 1) ||
      type.starts_with("application/vnd.docker.distribution.manifest.v1"))
    return Err(Code::kUnsupported,
               "the image has a manifest of schema 1, which was given up long ago; push it anew");
  ManifestDocument out;
  if (const Json& manifests = Member(json, "manifests"); manifests.is_array()) {
    if (manifests.size() > kMaxManifests) return Err(Code::kLimitExceeded, "an index of too many manifests");
    out.index = true;
    for (const Json& item : manifests) out.manifests.push_back(ReadDescriptor(item));
    return out;
  }
  const Json& layers = Member(json, "layers");
  if (!layers.is_array()) return Err(Code::kMalformed, "a manifest without layers");
  if (layers.size() > kMaxLayers) return Err(Code::kLimitExceeded, "too many layers");
  out.config = ReadDescriptor(Member(json, "config"));
  for (const Json& item : layers) out.layers.push_back(ReadDescriptor(item));
  if (const Json& annotations = Member(json, "annotations"); annotations.is_object())
    for (const auto& [key, value] : annotations.items()) out.annotations.emplace_back(key, Text(value));
  return out;
}

Result<ConfigDocument> ParseConfig(std::string_view text) {
  WEIR_ASSIGN(Json json, Parse(text));
  if (!json.is_object()) return Err(Code::kMalformed, "an image config that is not an object");
  ConfigDocument out;
  out.diff_ids = Texts(Member(Member(json, "rootfs"), "diff_ids"));
  if (out.diff_ids.size() > kMaxLayers) return Err(Code::kLimitExceeded, "too many layers");
  const Json& history = Member(json, "history");
  if (history.is_array()) {
    for (const Json& item : history)
      if (const Json& empty = Member(item, "empty_layer"); !empty.is_boolean() || !empty.get<bool>())
        out.commands.push_back(Text(Member(item, "created_by")));
  }
  const Json& labels = Member(Member(json, "config"), "Labels");
  if (labels.is_object())
    for (const auto& [key, value] : labels.items()) out.labels.emplace_back(key, Text(value));
  std::sort(out.labels.begin(), out.labels.end());
  return out;
}

Result<std::vector<ArchivedImage>> ParseArchiveManifest(std::string_view text) {
  WEIR_ASSIGN(Json json, Parse(text));
  if (!json.is_array() || json.empty()) return Err(Code::kMalformed, "manifest.json lists no image");
  std::vector<ArchivedImage> out;
  for (const Json& item : json) {
    ArchivedImage image{Text(Member(item, "Config")), Texts(Member(item, "RepoTags")),
                        Texts(Member(item, "Layers"))};
    if (image.config.empty()) return Err(Code::kMalformed, "manifest.json has an image without a config");
    if (image.layers.size() > kMaxLayers) return Err(Code::kLimitExceeded, "too many layers");
    out.push_back(std::move(image));
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> ParseRepositories(std::string_view text) {
  WEIR_ASSIGN(Json json, Parse(text));
  std::vector<std::pair<std::string, std::string>> out;
  if (json.is_object()) {
    for (const auto& [repository, tags] : json.items()) {
      if (!tags.is_object()) continue;
      for (const auto& [tag, id] : tags.items()) out.emplace_back(repository + ":" + tag, Text(id));
    }
  }
  if (out.empty()) return Err(Code::kMalformed, "repositories lists no image");
  return out;
}

Result<std::string> ParseLegacyParent(std::string_view text) {
  WEIR_ASSIGN(Json json, Parse(text));
  return Text(Member(json, "parent"));
}

}  // namespace weir::target
