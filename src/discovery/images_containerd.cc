// containerd's images from its metadata database and content store, without its
// service. Source: github.com/containerd/containerd, metadata/buckets.go.

#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/bolt_file.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/strings.h"
#include "discovery/containers.h"
#include "discovery/json.h"

namespace weir::discovery {
namespace {

constexpr std::uint64_t kMaxDatabase = 512ULL << 20U, kMaxManifest = 8ULL << 20U;
constexpr int kMaxIndexDepth = 4;

struct Manifest {
  std::string digest, config;
  std::uint64_t size = 0;  // of config and layers, packed
};

/// As GOARCH, which manifests use.
std::string Architecture() {
  struct utsname system{};
  if (::uname(&system) != 0) return "amd64";
  std::string_view machine = system.machine;
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine.starts_with("arm")) return "arm";
  return std::string(machine);
}

Result<Json> ReadBlob(const std::string& store, std::string_view digest) {
  if (!IsDigestText(digest)) return Err(Code::kMalformed, "a bad digest");
  std::string path = store + "/io.containerd.content.v1.content/blobs/sha256/" +
                     std::string(digest.substr(digest.find(':') + 1));
  WEIR_ASSIGN(std::string text, ReadFile(path, kMaxManifest));
  if ("sha256:" + DigestHex(DigestKind::kSha256, AsBytes(text)) != digest)
    return Err(Code::kMalformed, path + ": its content has another digest");
  return ParseJson(text);
}

bool IsForHost(const Json& entry, const std::string& architecture) {
  const Json& platform = Member(entry, "platform");
  if (!platform.is_object()) return true;
  return TextOf(Member(platform, "os")) == "linux" &&
         TextOf(Member(platform, "architecture")) == architecture;
}

/// The manifest that DIGEST names, directly or as the one of an index that fits this host and is there.
Result<Manifest> Resolve(const std::string& store, std::string digest, const std::string& architecture) {
  for (int depth = 0; depth < kMaxIndexDepth; ++depth) {
    WEIR_ASSIGN(Json document, ReadBlob(store, digest));
    const Json& manifests = Member(document, "manifests");
    if (!manifests.is_array()) {
      Manifest out;
      out.digest = digest;
      const Json& config = Member(document, "config");
      out.config = TextOf(Member(config, "digest"));
      if (!IsDigestText(out.config)) return Err(Code::kUnsupported, "no image manifest");
      out.size = NumberOf(Member(config, "size"));
      if (const Json& layers = Member(document, "layers"); layers.is_array())
        for (const Json& layer : layers) out.size += NumberOf(Member(layer, "size"));
      return out;
    }
    digest.clear();
    for (const Json& entry : manifests) {
      std::string candidate = TextOf(Member(entry, "digest"));
      if (digest.empty() && IsForHost(entry, architecture) && ReadBlob(store, candidate)) digest = candidate;
    }
    if (digest.empty()) return Err(Code::kNotFound, "no manifest for this host's architecture is there");
  }
  return Err(Code::kLimitExceeded, "indexes nested too deep");
}

/// time.Time.MarshalBinary: version, seconds since the year 1, nanoseconds, zone.
std::string GoTime(std::string_view bytes) {
  constexpr std::int64_t kSecondsTo1970 = 62'135'596'800;
  ByteReader in(bytes);
  in.Skip(1);
  auto seconds = static_cast<std::int64_t>(in.Be64());
  return in.ok() && seconds > kSecondsTo1970 ? TimeText(seconds - kSecondsTo1970) : std::string();
}

/// Images by the digest of their configuration: Kubernetes gives one image several names.
void ListNamespace(const BoltFile& database, const std::string& store, std::string_view space,
                   std::vector<model::ImageInfo>& out, std::vector<Error>& errors) {
  std::string_view images_path[] = {"v1", space, "images"};
  auto images = database.List(images_path);
  if (!images) {
    if (images.error().code != Code::kNotFound)
      errors.push_back(images.error().Context("containerd: " + store));
    return;
  }
  std::string architecture = Architecture();
  std::map<std::string, model::ImageInfo> by_id;
  for (const BoltFile::Item& item : *images) {
    std::string_view image_path[] = {"v1", space, "images", item.key};
    std::string_view target_path[] = {"v1", space, "images", item.key, "target"};
    auto digest = database.Get(target_path, "digest");
    auto manifest =
        digest ? Resolve(store, std::string(*digest), architecture) : Result<Manifest>(Err(digest.error()));
    std::string name = ToValidUtf8(item.key);
    if (!manifest) {
      errors.push_back(manifest.error().Context("containerd: image " + name));
      continue;
    }
    model::ImageInfo& image = by_id[manifest->config];
    image.id = manifest->config;
    image.runtime = "containerd";
    image.store = store;
    image.driver = space;
    image.manifest_digest = manifest->digest;
    image.size_bytes = manifest->size;
    if (auto created = database.Get(image_path, "createdat")) image.created = GoTime(*created);
    // The image service of Kubernetes also names each image by its own id.
    if (!IsDigestText(name)) image.names.push_back(std::move(name));
  }
  for (auto& [id, image] : by_id) out.push_back(std::move(image));
}

}  // namespace

std::vector<std::string> ContainerdStores(const DiscoveryOptions& options) {
  std::vector<std::string> stores;
  for (const char* path :
       {"var/lib/containerd", "var/lib/rancher/k3s/agent/containerd", "var/lib/rancher/rke2/agent/containerd",
        "var/lib/k0s/containerd", "var/snap/microk8s/common/var/lib/containerd"}) {
    struct stat info{};
    std::string store = UnderRoot(options, path);
    if (::stat(store.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) stores.push_back(std::move(store));
  }
  return stores;
}

void ListContainerdImages(const DiscoveryOptions& options, std::vector<model::ImageInfo>& out,
                          std::vector<Error>& errors) {
  for (const std::string& store : ContainerdStores(options)) {
    auto database = BoltFile::Open(store + "/io.containerd.metadata.v1.bolt/meta.db", kMaxDatabase);
    if (!database) {
      if (database.error().code != Code::kNotFound) errors.push_back(database.error().Context("containerd"));
      continue;
    }
    std::string_view root[] = {"v1"};
    auto spaces = database->List(root);
    if (!spaces) {
      if (spaces.error().code != Code::kNotFound)
        errors.push_back(spaces.error().Context("containerd: " + store));
      continue;
    }
    // Those in "moby" are docker's, which lists them itself.
    for (const BoltFile::Item& space : *spaces)
      if (space.bucket && space.key != "moby") ListNamespace(*database, store, space.key, out, errors);
  }
}

}  // namespace weir::discovery
