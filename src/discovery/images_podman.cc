// What containers/storage keeps on disk of root's images and of each user's.
// Source: github.com/containers/storage (images.go, layers.go), containers-storage.conf(5).

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/file.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"
#include "discovery/rooted_fs.h"

namespace weir::discovery {
namespace {

constexpr std::size_t kMaxImages = 50'000, kMaxLayers = 500'000, kMaxParents = 4'096, kMaxHomes = 5'000;

struct Layer {
  std::string parent;
  std::uint64_t size = 0;
};

bool IsFolder(const std::string& path, bool follow) {
  struct stat info{};
  int looked = follow ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info);
  return looked == 0 && S_ISDIR(info.st_mode);
}

/// graphroot = "/path" in storage.conf, if it says so.
std::string GraphRoot(const std::string& path) {
  auto text = ReadFile(path, 1 << 20);
  if (!text) return {};
  for (std::string_view rest = *text; !rest.empty();) {
    std::string_view line = Trim(NextLine(rest));
    std::string_view key = Trim(NextPiece(line, '='));
    line = Trim(line);
    if (key == "graphroot" && line.size() > 3 && line.starts_with("\"/"))
      return std::string(line.substr(2, line.find('"', 1) - 2));
  }
  return {};
}

/// A user's storage is that user's to arrange: no link on the way may lead elsewhere.
bool IsOwnFolder(const std::string& home, std::string_view below) {
  std::string path = home;
  while (!below.empty()) {
    path += "/" + std::string(NextPiece(below, '/'));
    if (!IsFolder(path, false)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> PodmanStores(const DiscoveryOptions& options) {
  std::vector<std::string> stores{UnderRoot(options, "var/lib/containers/storage")};
  for (const char* path : {"etc/containers/storage.conf", "usr/share/containers/storage.conf"})
    if (std::string root = GraphRoot(UnderRoot(options, path)); !root.empty())
      stores.push_back(UnderRoot(options, root));
  constexpr std::string_view kBelowHome = ".local/share/containers/storage";
  UniqueFd homes(::open(UnderRoot(options, "home").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (homes)
    for (const std::string& name : ListAt(homes.get(), ".", kMaxHomes)) {
      std::string home = UnderRoot(options, "home/" + name);
      if (IsOwnFolder(home, kBelowHome)) stores.push_back(home + "/" + std::string(kBelowHome));
    }
  std::sort(stores.begin(), stores.end());
  stores.erase(std::unique(stores.begin(), stores.end()), stores.end());
  std::erase_if(stores, [](const std::string& path) { return !IsFolder(path, true); });
  return stores;
}

Result<std::vector<model::ImageInfo>> ParsePodmanImageList(std::string_view images_text,
                                                           std::string_view layers_text) {
  std::unordered_map<std::string, Layer> layers;
  if (!layers_text.empty()) {
    WEIR_ASSIGN(Json list, ParseJson(layers_text));
    if (list.is_array())
      for (const Json& entry : list)
        if (layers.size() < kMaxLayers)
          layers[TextOf(Member(entry, "id"))] = {TextOf(Member(entry, "parent")),
                                                 NumberOf(Member(entry, "diff-size"))};
  }
  WEIR_ASSIGN(Json document, ParseJson(images_text));
  if (!document.is_array()) return Err(Code::kMalformed, "the list of images is not an array");
  std::vector<model::ImageInfo> out;
  for (const Json& entry : document) {
    model::ImageInfo image;
    image.runtime = "podman";
    image.id = "sha256:" + TextOf(Member(entry, "id"));
    if (!IsDigestText(image.id)) return Err(Code::kMalformed, "an image without a proper id");
    image.created = ToValidUtf8(TextOf(Member(entry, "created")).substr(0, 40));
    if (const Json& names = Member(entry, "names"); names.is_array())
      for (const Json& name : names)
        if (std::string text = TextOf(name); !text.empty()) image.names.push_back(ToValidUtf8(text));
    auto at = layers.find(TextOf(Member(entry, "layer")));
    for (std::size_t i = 0; at != layers.end() && i < kMaxParents; ++i) {
      image.size_bytes += at->second.size;
      at = layers.find(at->second.parent);
    }
    out.push_back(std::move(image));
    if (out.size() > kMaxImages) return Err(Code::kLimitExceeded, "more than 50,000 images");
  }
  return out;
}

void ListPodmanImages(const DiscoveryOptions& options, std::vector<model::ImageInfo>& out,
                      std::vector<Error>& errors) {
  for (const std::string& store : PodmanStores(options)) {
    for (const std::string driver : {"overlay", "vfs"}) {
      std::string path = store + "/" + driver + "-images/images.json";
      auto text = ReadFile(path, kMaxJsonBytes);
      if (!text) {
        if (text.error().code != Code::kNotFound) errors.push_back(text.error().Context("podman"));
        continue;
      }
      auto layers = ReadFile(store + "/" + driver + "-layers/layers.json", kMaxJsonBytes);
      auto images = ParsePodmanImageList(*text, layers.value_or(std::string()));
      if (!images) {
        errors.push_back(images.error().Context("podman: " + path));
        continue;
      }
      for (model::ImageInfo& image : *images) {
        image.store = store;
        image.driver = driver;
        out.push_back(std::move(image));
      }
    }
  }
}

}  // namespace weir::discovery
