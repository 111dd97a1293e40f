#include "target/image_target.h"

#include <sys/stat.h>

#include <deque>

#include "base/strings.h"
#include "target/layer_walker.h"
#include "target/text_file.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxLinksFollowed = 40;

/// Files that tell a distribution: kept from any walk, so that ReadFile has them at once.
constexpr std::string_view kRemembered[] = {
    "etc/os-release",     "usr/lib/os-release", "etc/debian_version", "etc/alpine-release",
    "etc/redhat-release", "etc/centos-release", "etc/fedora-release", "etc/system-release",
    "etc/lsb-release",    "etc/SuSE-release",   "etc/initrd-release", "bin/busybox-release"};

class ImageTarget final : public Target {
 public:
  ImageTarget(std::unique_ptr<LayerSource> layers, ImageDescription image, std::string name,
              const OpenOptions& options)
      : layers_(std::move(layers)),
        image_(std::move(image)),
        options_(options),
        verified_(image_.layers.size()) {
    asset_.kind = model::AssetKind::kImage;
    asset_.id = image_.id;
    asset_.name = std::move(name);
    asset_.image = image_.reference;
    asset_.labels = image_.labels;
    for (const ImageLayer& layer : image_.layers)
      asset_.layers.push_back({layer.diff_id, layer.digest, layer.command});
  }

  const model::Asset& asset() const override { return asset_; }

  Result<model::WalkStats> Walk(std::span<Visitor* const> visitors, const WalkOptions& options,
                                ProblemLog& problems) override {
    for (const std::string& remark : image_.remarks) problems.Add(Code::kInvalidArgument, "", remark);
    if (std::string damage = layers_->damage(); !damage.empty())
      problems.Add(Code::kMalformed, "", "the archive is damaged: " + damage);
    if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
    VisitTexts(VisitorSet(visitors), options, problems);
    return Pass(visitors, options, problems);
  }

  Result<std::string> ReadFile(std::string_view path, std::uint64_t max_bytes) override {
    if (!indexed_) {
      WalkOptions options;
      options.limits = options_.limits;
      options.threads = 1;
      ProblemLog unheard;  // a walk reports the same
      WEIR_TRY(Pass({}, options, unheard));
    }
    WEIR_ASSIGN(std::string real, Resolve(path));
    auto found = remembered_.find(real);
    if (found == remembered_.end()) {
      WEIR_TRY(Fetch(real, max_bytes));
      found = fetched_.find(real);
      if (found == fetched_.end()) return Err(Code::kNotFound, std::string(path) + ": not in the image");
    }
    if (found->second.size() > max_bytes)
      return Err(Code::kLimitExceeded,
                 std::string(path) + ": more than " + std::to_string(max_bytes) + " bytes");
    return found->second;
  }

 private:
  void VisitTexts(const VisitorSet& visitors, const WalkOptions& options, ProblemLog& problems) {
    if (!visitors.any_beyond()) return;
    WalkControl control(options, problems);
    if (image_.texts.cut)
      problems.Add(Code::kLimitExceeded, "image-config", "very long; what is beyond the bounds was not read");
    for (const ConfigText& text : image_.texts.texts) {
      std::string_view layer;
      if (text.layer && *text.layer < image_.layers.size()) layer = image_.layers[*text.layer].diff_id;
      Entry entry{text.path, text.path, {}, layer};
      entry.origin = model::Origin::kImageConfig;
      std::uint64_t mask = visitors.WantsBeyond(entry);
      if (mask == 0) continue;
      TextFile file(entry, text.text);
      VisitText(visitors, mask, file, control);
      if (!control.Continue()) return;
    }
  }

  Result<model::WalkStats> Pass(std::span<Visitor* const> visitors, const WalkOptions& options,
                                ProblemLog& problems) {
    KnownFiles known;
    KnownLinks links;
    for (std::string_view path : kRemembered) known.emplace(path, std::string());
    LayerWalkExtras extras;
    extras.known = &known;
    extras.links = &links;
    extras.verified = &verified_;
    extras.temporary_dir = options_.temporary_dir;
    WEIR_ASSIGN(model::WalkStats stats, layers_->Walk(image_, visitors, options, problems, extras));
    remembered_ = std::move(known);
    links_ = std::move(links);
    indexed_ = true;
    return stats;
  }

  /// One file's content, by a reading of the layers for it alone.
  Result<void> Fetch(const std::string& path, std::uint64_t max_bytes) {
    KnownFiles known{{path, std::string()}};
    LayerWalkExtras extras;
    extras.known = &known;
    extras.max_known_bytes = std::min(max_bytes, options_.limits.max_memory_file_bytes);
    extras.verified = &verified_;
    extras.temporary_dir = options_.temporary_dir;
    WalkOptions options;
    options.limits = options_.limits;
    options.threads = 1;
    ProblemLog problems;
    WEIR_TRY(layers_->Walk(image_, {}, options, problems, extras));
    fetched_ = std::move(known);
    return {};
  }

  /// The path without symbolic links on it, never above the image's root.
  Result<std::string> Resolve(std::string_view path) const {
    std::deque<std::string> todo;
    auto push = [&](std::string_view text) {
      std::vector<std::string_view> parts = Split(text, '/');
      for (std::size_t i = parts.size(); i-- > 0;)
        if (!parts[i].empty() && parts[i] != ".") todo.emplace_front(parts[i]);
    };
    push(path);
    std::string at;
    std::size_t followed = 0;
    while (!todo.empty()) {
      std::string name = std::move(todo.front());
      todo.pop_front();
      if (name == "..") {
        std::size_t slash = at.rfind('/');
        at.resize(slash == std::string::npos ? 0 : slash);
        continue;
      }
      std::string next = at.empty() ? name : at + "/" + name;
      auto link = links_.find(next);
      if (link == links_.end()) {
        at = std::move(next);
        continue;
      }
      if (++followed > kMaxLinksFollowed)
        return Err(Code::kMalformed, std::string(path) + ": too many links");
      if (link->second.starts_with('/')) at.clear();
      push(link->second);
    }
    return at;
  }

  std::unique_ptr<LayerSource> layers_;
  ImageDescription image_;
  OpenOptions options_;
  model::Asset asset_;
  std::vector<bool> verified_;
  bool indexed_ = false;
  KnownFiles remembered_, fetched_;
  KnownLinks links_;
};

class BlobLayers final : public LayerSource {
 public:
  explicit BlobLayers(std::unique_ptr<BlobStore> store) : store_(std::move(store)) {}
  Result<model::WalkStats> Walk(const ImageDescription& image, std::span<Visitor* const> visitors,
                                const WalkOptions& options, ProblemLog& problems,
                                const LayerWalkExtras& extras) override {
    return WalkLayers(*store_, image, visitors, options, problems, extras);
  }
  std::string damage() const override { return store_->damage(); }

 private:
  std::unique_ptr<BlobStore> store_;
};

/// PATH as it is where that exists, else PATH:REFERENCE cut at the first ':' behind an existing file.
std::pair<std::string, std::string> SplitReference(const std::string& text) {
  struct stat info{};
  for (std::size_t colon = text.size(); colon != std::string::npos && colon > 0;
       colon = text.rfind(':', colon - 1)) {
    std::string path = text.substr(0, colon);
    if (::stat(path.c_str(), &info) == 0)
      return {path, colon < text.size() ? text.substr(colon + 1) : std::string()};
  }
  return {text, {}};
}

using Describe = Result<ImageDescription> (*)(const BlobStore&, std::string_view reference,
                                              std::string_view platform);

Result<std::unique_ptr<Target>> Open(Result<std::unique_ptr<BlobStore>> store, Describe describe,
                                     const std::string& name, std::string_view reference,
                                     const OpenOptions& options) {
  if (!store) return Err(store.error());
  Result<ImageDescription> image = describe(**store, reference, options.platform);
  if (!image) return Err(image.error().Context(name));
  return MakeImageTarget(std::move(*store), std::move(*image), name, options);
}

Result<ImageDescription> DescribeArchive(const BlobStore& store, std::string_view reference,
                                         std::string_view) {
  return DescribeDockerArchive(store, reference);
}

/// docker 25 and later write both documents; the docker one names the tags.
Result<ImageDescription> DescribeEither(const BlobStore& store, std::string_view reference,
                                        std::string_view platform) {
  if (store.Has("manifest.json") || store.Has("repositories")) return DescribeDockerArchive(store, reference);
  if (store.Has("index.json")) return DescribeOciLayout(store, reference, platform);
  if (!store.damage().empty())
    return Err(Code::kMalformed, "the archive is damaged before its manifest: " + store.damage());
  return Err(Code::kUnsupported,
             "an archive, but of no image (neither manifest.json nor index.json is in it)");
}

}  // namespace

std::unique_ptr<Target> MakeImageTarget(std::unique_ptr<BlobStore> store, ImageDescription image,
                                        std::string name, const OpenOptions& options) {
  return MakeImageTarget(std::make_unique<BlobLayers>(std::move(store)), std::move(image), std::move(name),
                         options);
}

std::unique_ptr<Target> MakeImageTarget(std::unique_ptr<LayerSource> layers, ImageDescription image,
                                        std::string name, const OpenOptions& options) {
  return std::make_unique<ImageTarget>(std::move(layers), std::move(image), std::move(name), options);
}

Result<std::unique_ptr<Target>> OpenDockerArchive(const std::string& text, const OpenOptions& options) {
  auto [path, reference] = SplitReference(text);
  return Open(OpenArchiveStore(path, options), &DescribeArchive, text, reference, options);
}

Result<std::unique_ptr<Target>> OpenOciArchive(const std::string& text, const OpenOptions& options) {
  auto [path, reference] = SplitReference(text);
  return Open(OpenArchiveStore(path, options), &DescribeOciLayout, text, reference, options);
}

Result<std::unique_ptr<Target>> OpenOciFolder(const std::string& text, const OpenOptions& options) {
  auto [path, reference] = SplitReference(text);
  return Open(OpenFolderStore(path), &DescribeOciLayout, text, reference, options);
}

Result<std::unique_ptr<Target>> OpenAnyArchive(const std::string& text, const OpenOptions& options) {
  auto [path, reference] = SplitReference(text);
  return Open(OpenArchiveStore(path, options), &DescribeEither, text, reference, options);
}

}  // namespace weir::target
