#include "target/podman_storage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/file.h"
#include "base/json_guard.h"
#include "base/strings.h"
#include "target/image_target.h"
#include "target/rooted_open.h"
#include "target/stored_layers.h"

namespace weir::target {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxDocument = 64ULL << 20U;
constexpr std::size_t kMaxDepth = 64, kMaxLayers = 4096;

bool IsStorageId(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

std::string Text(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Json> ParseList(std::string_view text) {
  WEIR_TRY(CheckJsonDepth(text, kMaxDepth));
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return Err(Code::kMalformed, "not a list in JSON");
  return json;
}

/// Ids become names of folders: only what has the form of one goes on.
Result<std::string> IdOf(const Json& object, const char* key, bool may_be_empty) {
  std::string id = object.is_object() ? Text(object, key) : std::string();
  if ((id.empty() && may_be_empty) || IsStorageId(id)) return id;
  return Err(Code::kMalformed, std::string("a bad ") + key + ": " + ToValidUtf8(id.substr(0, 80)));
}

/// Standard base64 with padding (RFC 4648).
std::string Base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    std::size_t count = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8U | (j < count ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += j <= count ? kDigits[bits >> (18U - 6U * static_cast<unsigned>(j)) & 63U] : '=';
  }
  return out;
}

Result<BlobRange> OpenStored(int root, const std::string& path) {
  UniqueFd fd = OpenBeneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return Err(ErrnoError(errno, path));
  if (!S_ISREG(info.st_mode)) return Err(Code::kUnsupported, path + ": not a regular file");
  return BlobRange{std::make_shared<UniqueFd>(std::move(fd)), 0, static_cast<std::uint64_t>(info.st_size)};
}

Result<std::string> ReadStored(int root, const std::string& path) {
  WEIR_ASSIGN(BlobRange range, OpenStored(root, path));
  return ReadAll(range.fd->get(), kMaxDocument, path);
}

/// From the base up to TOP.
Result<std::vector<PodmanLayer>> LayerChain(std::vector<PodmanLayer> layers, std::string top) {
  std::unordered_map<std::string, const PodmanLayer*> by_id;
  for (const PodmanLayer& layer : layers) by_id.emplace(layer.id, &layer);
  std::vector<PodmanLayer> chain;
  while (!top.empty()) {
    auto found = by_id.find(top);
    if (found == by_id.end()) return Err(Code::kNotFound, "layer " + top + " is not in the storage");
    if (chain.size() >= kMaxLayers) return Err(Code::kMalformed, "layers that are their own parents");
    chain.push_back(*found->second);
    top = found->second->parent;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Result<std::unique_ptr<LayerSource>> OpenOverlay(int root, const std::vector<PodmanLayer>& chain) {
  std::vector<UniqueFd> folders;
  for (const PodmanLayer& layer : chain) {
    std::string path = "overlay/" + layer.id + "/diff";
    folders.push_back(OpenBeneath(root, path, O_PATH | O_DIRECTORY));
    if (!folders.back()) return Err(ErrnoError(errno, path));
  }
  return MakeOverlayLayers(std::move(folders));
}

/// Every layer is a whole tree: the top one is read, and the records of the archives tell whose a file is.
Result<std::unique_ptr<LayerSource>> OpenWholeTrees(int root, const std::vector<PodmanLayer>& chain,
                                                    const Limits& limits, ImageDescription& image) {
  if (chain.empty()) return MakeOverlayLayers({});
  LayerOwners owners;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    Result<BlobRange> record = OpenStored(root, "vfs-layers/" + chain[i].id + ".tar-split.gz");
    Result<void> read = record ? ReadTarSplit(*record, limits, i, owners) : Result<void>(Err(record.error()));
    if (!read)
      image.remarks.push_back(
          "which files layer " + std::to_string(i + 1) +
          " has could not be read; they may be told of another layer: " + read.error().message);
  }
  std::vector<UniqueFd> trees;
  for (const PodmanLayer& layer : chain) {
    std::string path = "vfs/dir/" + layer.id;
    trees.push_back(OpenBeneath(root, path, O_PATH | O_DIRECTORY));
    if (!trees.back() && &layer == &chain.back()) return Err(ErrnoError(errno, path));
  }
  return MakeWholeTrees(std::move(trees), std::move(owners));
}

}  // namespace

Result<std::vector<PodmanImage>> ParsePodmanImages(std::string_view text) {
  WEIR_ASSIGN(Json list, ParseList(text));
  std::vector<PodmanImage> out;
  for (const Json& item : list) {
    PodmanImage image;
    WEIR_ASSIGN(image.id, IdOf(item, "id", false));
    WEIR_ASSIGN(image.layer, IdOf(item, "layer", true));
    out.push_back(std::move(image));
  }
  return out;
}

Result<std::vector<PodmanLayer>> ParsePodmanLayers(std::string_view text) {
  WEIR_ASSIGN(Json list, ParseList(text));
  std::vector<PodmanLayer> out;
  for (const Json& item : list) {
    PodmanLayer layer;
    WEIR_ASSIGN(layer.id, IdOf(item, "id", false));
    WEIR_ASSIGN(layer.parent, IdOf(item, "parent", true));
    layer.diff_digest = Text(item, "diff-digest");
    out.push_back(std::move(layer));
  }
  return out;
}

Result<std::unique_ptr<Target>> OpenPodmanImage(const model::ImageInfo& info, const OpenOptions& options) {
  constexpr std::string_view kPrefix = "sha256:";
  std::string id = info.id.starts_with(kPrefix) ? info.id.substr(kPrefix.size()) : std::string();
  if (!IsStorageId(id)) return Err(Code::kInvalidArgument, "a bad image id: " + ToValidUtf8(info.id));
  const std::string& driver = info.driver;
  if (driver != "overlay" && driver != "vfs")
    return Err(Code::kUnsupported, "images of the storage driver " + ToValidUtf8(driver) + " cannot be read");
  UniqueFd root(::open(info.store.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return Err(ErrnoError(errno, info.store));

  WEIR_ASSIGN(std::string images_text, ReadStored(root.get(), driver + "-images/images.json"));
  WEIR_ASSIGN(std::vector<PodmanImage> images, ParsePodmanImages(images_text));
  auto stored =
      std::find_if(images.begin(), images.end(), [&](const PodmanImage& image) { return image.id == id; });
  if (stored == images.end()) return Err(Code::kNotFound, "image " + info.id + " is not in " + info.store);
  WEIR_ASSIGN(std::string layers_text, ReadStored(root.get(), driver + "-layers/layers.json"));
  WEIR_ASSIGN(std::vector<PodmanLayer> layers, ParsePodmanLayers(layers_text));
  WEIR_ASSIGN(std::vector<PodmanLayer> chain, LayerChain(std::move(layers), stored->layer));
  WEIR_ASSIGN(std::string config, ReadStored(root.get(), driver + "-images/" + id + "/=" + Base64(info.id)));
  WEIR_TRY(CheckDigest(config, info.id));

  ImageDescription image;
  image.id = info.id;
  image.reference = info.names.empty() ? std::string() : info.names.front();
  image.layers.resize(chain.size());
  WEIR_TRY(AddConfig(config, image));
  for (std::size_t i = 0; i < chain.size(); ++i)
    if (!chain[i].diff_digest.empty() && chain[i].diff_digest != image.layers[i].diff_id)
      return Err(Code::kMalformed, "layer " + std::to_string(i + 1) + " is " +
                                       ToValidUtf8(chain[i].diff_digest.substr(0, 80)) + " and not " +
                                       image.layers[i].diff_id);
  WEIR_ASSIGN(std::unique_ptr<LayerSource> source,
              driver == "overlay" ? OpenOverlay(root.get(), chain)
                                  : OpenWholeTrees(root.get(), chain, options.limits, image));
  std::string name = image.reference.empty() ? image.id : image.reference;
  return MakeImageTarget(std::move(source), std::move(image), std::move(name), options);
}

}  // namespace weir::target
