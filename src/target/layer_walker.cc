#include "target/layer_walker.h"

#include <algorithm>
#include <memory>
#include <set>

#include "base/worker_pool.h"
#include "target/git_collector.h"
#include "target/layer_pass.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxKnownLinks = 500'000;

class LayerFile final : public File {
 public:
  LayerFile(const WantedFile& file, const std::vector<std::string>& layer_names)
      : entry_(EntryInLayer(file.path, layer_names, file.layer, file.removed_by)),
        file_(file),
        content_(file.payload.MakeSource()) {}
  const Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_->size(); }
  std::uint32_t mode() const override { return file_.mode; }
  std::uint32_t owner() const override { return file_.owner; }
  ByteSource& content() override { return *content_; }

 private:
  Entry entry_;
  const WantedFile& file_;
  std::unique_ptr<ByteSource> content_;
};

class ImageWalk {
 public:
  ImageWalk(const BlobStore& store, const ImageDescription& image, std::span<Visitor* const> visitors,
            const WalkOptions& options, ProblemLog& problems, const LayerWalkExtras& extras)
      : store_(store),
        image_(image),
        visitors_(visitors),
        control_(options, problems),
        extras_(extras),
        context_{visitors_,
                 control_,
                 extras_,
                 view_,
                 link_targets_,
                 layer_names_,
                 options.git_history && visitors_.any_beyond()},
        pool_(control_.threads() > 1 ? control_.threads() : 0) {
    for (const ImageLayer& layer : image.layers) layer_names_.push_back(layer.diff_id);
  }

  Result<model::WalkStats> Run();

 private:
  void WalkLayer(std::size_t index);
  void CheckDigests(std::size_t index, const LayerPass::Digests& digests);
  void ResolveLinksFromAbove(LayerPass& pass);
  void Finish(LayerPass& pass, std::size_t index);
  void Remember(const WantedFile& file);
  void Visit(std::vector<WantedFile> files);
  /// Of what a layer above has removed nobody need hear.
  void ReportLink(const WantedFile& link) {
    if (!link.removed_by)
      control_.problems().Add(Code::kMalformed, link.path,
                              "a hard link to " + link.link + ", which is not there");
  }
  void Report(std::size_t index, const Error& error) {
    control_.problems().Add(error.code, image_.layers[index].blob,
                            "layer " + std::to_string(index + 1) + " of " +
                                std::to_string(image_.layers.size()) + ": " + error.message);
  }

  const BlobStore& store_;
  const ImageDescription& image_;
  const VisitorSet visitors_;
  WalkControl control_;
  const LayerWalkExtras& extras_;
  LayerView view_;
  std::set<std::string, std::less<>> link_targets_;
  PassContext context_;
  std::vector<std::string> layer_names_;
  std::vector<WantedFile> pending_;  // hard links whose data are in a layer below
  GitCollector git_;
  std::set<std::string, std::less<>> known_found_;
  std::uint64_t bytes_ = 0;
  std::size_t layers_read_ = 0;
  WorkerPool pool_;  // last: its threads end before what they use goes
};

Result<model::WalkStats> ImageWalk::Run() {
  for (std::size_t index = image_.layers.size(); index-- > 0 && control_.Continue();) {
    WalkLayer(index);
    if (bytes_ <= control_.limits().max_image_bytes) continue;
    Report(index, {Code::kLimitExceeded, "the image unpacks to more than " +
                                             std::to_string(control_.limits().max_image_bytes) +
                                             " bytes; the layers below were not read"});
    break;
  }
  pool_.Wait();
  for (const WantedFile& file : pending_) ReportLink(file);
  git_.Walk(layer_names_, visitors_, control_);
  if (extras_.known != nullptr)
    std::erase_if(*extras_.known, [&](const auto& item) { return !known_found_.contains(item.first); });
  if (layers_read_ == 0 && !image_.layers.empty() && control_.Continue())
    return Err(Code::kMalformed, "none of the image's layers could be read");
  return control_.stats();
}

void ImageWalk::CheckDigests(std::size_t index, const LayerPass::Digests& digests) {
  const ImageLayer& layer = image_.layers[index];
  if (digests.diff_id.empty()) return;
  bool fit = true;
  if (!layer.digest.empty() && layer.digest != digests.blob) {
    fit = false;
    Report(index, {Code::kMalformed,
                   "the blob's digest is " + digests.blob + " and not the one its manifest states"});
  }
  if (!layer.diff_id.empty() && layer.diff_id != digests.diff_id) {
    fit = false;
    Report(index, {Code::kMalformed,
                   "the unpacked layer's digest is " + digests.diff_id + " and not " + layer.diff_id});
  }
  if (layer_names_[index].empty()) layer_names_[index] = digests.diff_id;
  if (fit && extras_.verified != nullptr) (*extras_.verified)[index] = true;
}

void ImageWalk::WalkLayer(std::size_t index) {
  Result<BlobRange> blob = store_.Find(image_.layers[index].blob);
  if (!blob) {
    Report(index, blob.error());
    return;
  }
  link_targets_.clear();
  for (const WantedFile& file : pending_) link_targets_.insert(file.link);
  LayerPass pass(context_, std::move(*blob), index);
  bool verified = extras_.verified != nullptr && (*extras_.verified)[index];
  Result<LayerPass::Digests> digests = pass.Read(!verified);
  bytes_ += pass.bytes();
  if (digests) {
    CheckDigests(index, *digests);
  } else {
    Report(index, digests.error());
  }
  if (digests || pass.bytes() > 0) ++layers_read_;
  pass.ReadAgain();
  Finish(pass, index);
  view_.FinishLayer(index);
}

/// Hard links of layers above whose data this layer has, or rules out.
void ImageWalk::ResolveLinksFromAbove(LayerPass& pass) {
  if (pending_.empty()) return;
  std::map<std::string, const WantedFile*, std::less<>> here;
  for (const WantedFile& file : pass.wanted())
    if (file.for_links && view_.IsLast(file.path, file.ordinal)) here[file.path] = &file;
  std::vector<WantedFile> still, found;
  for (WantedFile& link : pending_) {
    auto data = here.find(link.link);
    if (data != here.end() && data->second->complete) {
      link.payload = data->second->payload;
      link.mode = data->second->mode;
      link.owner = data->second->owner;
      link.complete = true;
      Remember(link);
      found.push_back(std::move(link));
    } else if (data != here.end() && !data->second->link.empty()) {
      link.link = data->second->link;  // a hard link itself, to a layer further down
      still.push_back(std::move(link));
    } else if (view_.Settles(link.link)) {
      ReportLink(link);
    } else {
      still.push_back(std::move(link));
    }
  }
  pending_ = std::move(still);
  Visit(std::move(found));
}

void ImageWalk::Finish(LayerPass& pass, std::size_t index) {
  pool_.Wait();  // contents of at most two layers are held: those being visited and those being read
  ResolveLinksFromAbove(pass);
  for (const LayerPass::Link& link : pass.links()) {
    if (!view_.IsLast(link.path, link.ordinal)) continue;
    if (extras_.links != nullptr && extras_.links->size() < kMaxKnownLinks)
      extras_.links->emplace(link.path, link.text);
    if (!control_.ExcludedBelow(link.path))
      visitors_.VisitLink(EntryOf(link.path, layer_names_[index]), link.text);
  }
  std::vector<WantedFile> files;
  for (WantedFile& file : pass.wanted()) {
    if (!view_.IsLast(file.path, file.ordinal)) continue;
    if (!file.complete) {
      if (!file.link.empty() && (file.mask != 0 || file.known)) pending_.push_back(std::move(file));
      continue;
    }
    Remember(file);
    if (file.git)
      git_.Add(
          file.path, file.layer, file.removed_by,
          [payload = file.payload]() -> Result<std::unique_ptr<ByteSource>> { return payload.MakeSource(); });
    if (file.mask != 0) files.push_back(std::move(file));
  }
  Visit(std::move(files));
}

void ImageWalk::Remember(const WantedFile& file) {
  if (!file.known || file.payload.size() > extras_.max_known_bytes) return;
  Result<std::string> text = file.payload.MakeSource()->ReadAll(extras_.max_known_bytes);
  if (!text) return;
  (*extras_.known)[file.path] = std::move(*text);
  known_found_.insert(file.path);
}

void ImageWalk::Visit(std::vector<WantedFile> files) {
  auto shared = std::make_shared<const std::vector<WantedFile>>(std::move(files));
  for (std::size_t i = 0; i < shared->size(); ++i) {
    pool_.Submit([this, shared, i] {
      if (!control_.Continue()) return;
      const WantedFile& wanted = (*shared)[i];
      LayerFile file(wanted, layer_names_);
      visitors_.VisitFile(wanted.mask, file);
      model::WalkStats stats;
      stats.files_read = 1;
      stats.bytes_read = file.size();
      control_.Count(stats);
    });
  }
}

}  // namespace

Result<model::WalkStats> WalkLayers(const BlobStore& store, const ImageDescription& image,
                                    std::span<Visitor* const> visitors, const WalkOptions& options,
                                    ProblemLog& problems, const LayerWalkExtras& extras) {
  if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
  return ImageWalk(store, image, visitors, options, problems, extras).Run();
}

}  // namespace weir::target
