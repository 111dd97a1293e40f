#include "target/stored_layers.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json_guard.h"
#include "base/strings.h"
#include "base/worker_pool.h"
#include "target/decompress.h"
#include "target/file_content.h"
#include "target/git_collector.h"
#include "target/git_store.h"
#include "target/layer_pass.h"
#include "target/layer_view.h"
#include "target/rooted_open.h"
#include "target/visitor_set.h"
#include "target/walk_control.h"

namespace weir::target {
namespace {

constexpr std::string_view kWhiteout = ".wh.", kOpaque = ".wh..wh..opq", kAufs = ".wh..wh.";
constexpr std::size_t kMaxKnownLinks = 500'000;
constexpr std::size_t kMaxPathBytes = 64 * 1024;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using FolderStream = std::unique_ptr<DIR, CloseFolder>;

bool IsOpaque(int folder) {
  // The first needs CAP_SYS_ADMIN; the others are those of unprivileged mounts and of fuse-overlayfs.
  for (const char* name : {"trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque"}) {
    char value = 0;
    if (::fgetxattr(folder, name, &value, 1) == 1 && value == 'y') return true;
  }
  return false;
}

class StoredFile final : public File {
 public:
  StoredFile(const Entry& entry, int folder, const struct stat& info)
      : entry_(entry), info_(info), name_(entry_.name), content_(folder, name_.c_str(), info) {}
  const Entry& entry() const override { return entry_; }
  std::uint64_t size() const override { return content_.size(); }
  std::uint32_t mode() const override { return info_.st_mode & 07777U; }
  std::uint32_t owner() const override { return info_.st_uid; }
  LazyFileContent& content() override { return content_; }
  bool failed() const override { return content_.first_error().has_value(); }

 private:
  Entry entry_;
  const struct stat& info_;
  std::string name_;
  LazyFileContent content_;
};

/// One walk over folders of layers, from the top one down.
class StoredWalk {
 public:
  /// One folder a layer; with OWNERS each is a whole tree.
  StoredWalk(const std::vector<UniqueFd>& roots, const LayerOwners* owners, const ImageDescription& image,
             std::span<Visitor* const> visitors, const WalkOptions& options, ProblemLog& problems,
             const LayerWalkExtras& extras)
      : roots_(roots),
        owners_(owners),
        visitors_(visitors),
        control_(options, problems),
        extras_(extras),
        pool_(control_.threads() > 1 ? control_.threads() : 0) {
    for (const ImageLayer& layer : image.layers) layer_names_.push_back(layer.diff_id);
    if (layer_names_.empty()) layer_names_.emplace_back();
  }

  Result<model::WalkStats> Run() {
    for (std::size_t i = roots_.size(); i-- > 0 && control_.Continue();) {
      if (owners_ != nullptr && i + 1 < roots_.size() && (!visitors_.any_beyond() || !roots_[i])) continue;
      WalkRoot(i);
      pool_.Wait();
      view_.FinishLayer(i);
    }
    git_.Walk(layer_names_, visitors_, control_);
    if (extras_.known != nullptr)
      std::erase_if(*extras_.known, [&](const auto& item) { return !known_found_.contains(item.first); });
    return control_.stats();
  }

 private:
  void WalkRoot(std::size_t index);
  void ListFolder(const std::string& path, std::vector<std::string>& folders);
  void HandleEntry(DIR* folder, const std::string& parent, const char* name, unsigned char type,
                   std::vector<std::string>& folders);
  bool HandleWhiteoutName(const std::string& parent, std::string_view name);
  void HandleFile(int folder, const std::string& path, const char* name);
  void HandleRemoved(const std::string& path);
  void CollectGit(const std::string& path, std::size_t layer, std::optional<std::size_t> removed_by);
  /// In a whole tree below the top one: the layer that removed or replaced the file that this layer brought.
  std::optional<std::size_t> RemovedFromTree(const std::string& path) const;
  void Submit(const std::string& path, std::uint64_t mask, std::size_t layer,
              std::optional<std::size_t> removed_by);
  void HandleLink(int folder, const std::string& path, const char* name);
  void VisitFile(const std::string& path, std::uint64_t mask, std::size_t layer,
                 std::optional<std::size_t> removed_by, int root);
  std::size_t LayerOf(std::string_view path) const {
    if (owners_ == nullptr) return root_;
    return std::min(owners_->Find(path, layer_names_.size() - 1), layer_names_.size() - 1);
  }
  void Report(const Error& error, std::string_view path) { control_.problems().Add(error, path); }

  const std::vector<UniqueFd>& roots_;
  const LayerOwners* owners_;
  const VisitorSet visitors_;
  WalkControl control_;
  const LayerWalkExtras& extras_;
  LayerView view_;
  std::vector<std::string> layer_names_;
  GitCollector git_;
  std::set<std::string, std::less<>> known_found_;
  std::size_t root_ = 0;  // the one being walked
  std::uint64_t ordinal_ = 0;
  model::WalkStats stats_;
  WorkerPool pool_;  // last: its threads end before what they use goes
};

void StoredWalk::WalkRoot(std::size_t index) {
  root_ = index;
  ordinal_ = 0;
  std::vector<std::string> folders{std::string()};
  while (!folders.empty() && control_.Continue()) {
    std::string path = std::move(folders.back());
    folders.pop_back();
    ListFolder(path, folders);
    control_.Count(stats_);
    stats_ = {};
  }
}

void StoredWalk::ListFolder(const std::string& path, std::vector<std::string>& folders) {
  UniqueFd fd = OpenBeneath(roots_[root_].get(), path, kFolderFlags);
  if (!fd) {
    if (errno != ENOENT) Report(ErrnoError(errno, "opening a folder"), path);
    return;
  }
  ++stats_.directories;
  if (owners_ == nullptr && IsOpaque(fd.get())) view_.Opaque(path);
  FolderStream stream(::fdopendir(fd.get()));
  if (!stream) return Report(ErrnoError(errno, "listing a folder"), path);
  static_cast<void>(fd.Release());  // the stream closes it
  errno = 0;
  while (const dirent* record = ::readdir(stream.get())) {
    std::string_view name(record->d_name);
    if (name != "." && name != ".." && path.size() + name.size() < kMaxPathBytes)
      HandleEntry(stream.get(), path, record->d_name, record->d_type, folders);
    errno = 0;
  }
  if (errno != 0) Report(ErrnoError(errno, "listing a folder"), path);
}

/// What the image format, and runtimes without the right to make devices, write for removals.
bool StoredWalk::HandleWhiteoutName(const std::string& parent, std::string_view name) {
  if (owners_ != nullptr || !name.starts_with(kWhiteout)) return false;
  if (name == kOpaque) {
    view_.Opaque(parent);
  } else if (!name.starts_with(kAufs)) {
    view_.Whiteout((parent.empty() ? "" : parent + "/") + std::string(name.substr(kWhiteout.size())));
  }
  return true;
}

void StoredWalk::HandleEntry(DIR* folder, const std::string& parent, const char* name, unsigned char type,
                             std::vector<std::string>& folders) {
  if (HandleWhiteoutName(parent, name)) return;
  std::string path = parent.empty() ? std::string(name) : parent + "/" + name;
  struct stat info{};
  bool looked = type == DT_UNKNOWN || type == DT_CHR;
  if (looked && ::fstatat(::dirfd(folder), name, &info, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
    return Report(ErrnoError(errno, "looking at an entry"), path);
  if (looked) type = static_cast<unsigned char>(IFTODT(info.st_mode));
  if (type == DT_CHR && info.st_rdev == 0) {
    if (owners_ == nullptr) view_.Whiteout(path);
    return;
  }
  if (owners_ != nullptr && root_ + 1 < roots_.size()) {
    if (type == DT_REG) HandleRemoved(path);
    if (type == DT_DIR &&
        static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) < control_.limits().max_depth)
      folders.push_back(std::move(path));
    return;
  }
  ++ordinal_;
  bool hidden = view_.Hidden(path);
  view_.Add(path, type == DT_DIR, ordinal_);
  switch (type) {
    case DT_DIR:
      if (static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) >= control_.limits().max_depth)
        return Report({Code::kLimitExceeded, "the folder is too deep and was not entered"}, path);
      return folders.push_back(std::move(path));
    case DT_REG:
      ++stats_.files;
      if (!hidden) return HandleFile(::dirfd(folder), path, name);
      return HandleRemoved(path);
    case DT_LNK:
      ++stats_.symlinks;
      if (!hidden) HandleLink(::dirfd(folder), path, name);
      return;
    default:
      ++stats_.other;
  }
}

void StoredWalk::HandleLink(int folder, const std::string& path, const char* name) {
  std::array<char, PATH_MAX> text{};
  ssize_t length = ::readlinkat(folder, name, text.data(), text.size());
  if (length < 0) return Report(ErrnoError(errno, "reading a link"), path);
  std::string_view target(text.data(), static_cast<std::size_t>(length));
  if (extras_.links != nullptr && extras_.links->size() < kMaxKnownLinks)
    extras_.links->emplace(path, target);
  if (!control_.ExcludedBelow(path)) visitors_.VisitLink(EntryOf(path, layer_names_[LayerOf(path)]), target);
}

void StoredWalk::HandleFile(int folder, const std::string& path, const char* name) {
  std::size_t layer = LayerOf(path);
  if (extras_.known != nullptr) {
    if (auto known = extras_.known->find(path); known != extras_.known->end()) {
      struct stat info{};
      if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
        LazyFileContent content(folder, name, info);
        if (Result<std::string> text = content.ReadAll(extras_.max_known_bytes)) {
          known->second = std::move(*text);
          known_found_.insert(path);
        }
      }
    }
  }
  if (control_.ExcludedBelow(path)) return;
  CollectGit(path, layer, {});
  std::uint64_t mask = visitors_.Wants(EntryOf(path, layer_names_[layer]));
  if (mask == 0) return;
  Submit(path, mask, layer, {});
}

void StoredWalk::HandleRemoved(const std::string& path) {
  if (!visitors_.any_beyond() || control_.ExcludedBelow(path)) return;
  std::optional<std::size_t> removed_by =
      owners_ == nullptr ? std::optional(view_.HiddenBy(path)) : RemovedFromTree(path);
  if (!removed_by) return;
  CollectGit(path, root_, removed_by);
  std::uint64_t mask = visitors_.WantsBeyond(EntryInLayer(path, layer_names_, root_, removed_by));
  if (mask != 0) Submit(path, mask, root_, removed_by);
}

void StoredWalk::CollectGit(const std::string& path, std::size_t layer,
                            std::optional<std::size_t> removed_by) {
  if (!control_.options().git_history || !visitors_.any_beyond() || GitRepositoryOf(path).empty()) return;
  git_.Add(path, layer, removed_by,
           [root = roots_[root_].get(), path] { return OpenStoredFile(root, path); });
}

std::optional<std::size_t> StoredWalk::RemovedFromTree(const std::string& path) const {
  if (!owners_->Has(path, root_)) return std::nullopt;
  for (std::size_t above = root_ + 1; above < roots_.size(); ++above) {
    if (owners_->Has(path, above)) return above;
    if (roots_[above] && !OpenBeneath(roots_[above].get(), path, O_PATH)) return above;
  }
  return std::nullopt;
}

void StoredWalk::Submit(const std::string& path, std::uint64_t mask, std::size_t layer,
                        std::optional<std::size_t> removed_by) {
  pool_.Submit([this, path, mask, layer, removed_by, root = roots_[root_].get()] {
    if (control_.Continue()) VisitFile(path, mask, layer, removed_by, root);
  });
}

void StoredWalk::VisitFile(const std::string& path, std::uint64_t mask, std::size_t layer,
                           std::optional<std::size_t> removed_by, int root) {
  std::string_view whole = path;
  std::size_t slash = whole.rfind('/');
  std::string_view parent = slash == std::string_view::npos ? std::string_view() : whole.substr(0, slash);
  UniqueFd folder = OpenBeneath(root, parent, O_PATH | O_DIRECTORY);
  struct stat info{};
  std::string name(whole.substr(slash == std::string_view::npos ? 0 : slash + 1));
  if (!folder || ::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) Report(ErrnoError(errno, "looking at a file"), path);
    return;
  }
  if (!S_ISREG(info.st_mode))
    return Report({Code::kUnavailable, "the file was replaced during the scan"}, path);
  if (static_cast<std::uint64_t>(info.st_size) > control_.limits().max_file_bytes)
    return Report({Code::kLimitExceeded,
                   std::to_string(info.st_size) + " bytes, more than the limit; the file was not read"},
                  path);
  StoredFile file(EntryInLayer(path, layer_names_, layer, removed_by), folder.get(), info);
  visitors_.VisitFile(mask, file);
  model::WalkStats stats;
  stats.files_read = file.content().opened() ? 1 : 0;
  stats.bytes_read = file.content().bytes_read();
  control_.Count(stats);
  if (std::optional<Error> error = file.content().first_error()) Report(*error, path);
}

class StoredLayers final : public LayerSource {
 public:
  StoredLayers(std::vector<UniqueFd> roots, std::unique_ptr<LayerOwners> owners)
      : roots_(std::move(roots)), owners_(std::move(owners)) {}
  Result<model::WalkStats> Walk(const ImageDescription& image, std::span<Visitor* const> visitors,
                                const WalkOptions& options, ProblemLog& problems,
                                const LayerWalkExtras& extras) override {
    if (visitors.size() > VisitorSet::kMaxVisitors) return Err(Code::kInvalidArgument, "too many visitors");
    return StoredWalk(roots_, owners_.get(), image, visitors, options, problems, extras).Run();
  }

 private:
  std::vector<UniqueFd> roots_;
  std::unique_ptr<LayerOwners> owners_;
};

}  // namespace

std::unique_ptr<LayerSource> MakeOverlayLayers(std::vector<UniqueFd> roots) {
  return std::make_unique<StoredLayers>(std::move(roots), nullptr);
}

std::unique_ptr<LayerSource> MakeWholeTrees(std::vector<UniqueFd> roots, LayerOwners owners) {
  return std::make_unique<StoredLayers>(std::move(roots), std::make_unique<LayerOwners>(std::move(owners)));
}

void LayerOwners::Add(std::string_view path, std::size_t layer) {
  std::uint64_t& value = table_.At(hasher_(path));
  value = std::max<std::uint64_t>(value, layer + 1);
  members_.At(Mix(hasher_(path), layer)) = 1;
}

std::uint64_t LayerOwners::Mix(std::uint64_t hash, std::size_t layer) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::uint64_t mixed = hash ^ ((layer + 1) * kOdd);
  return mixed == 0 ? 1 : mixed;
}

bool LayerOwners::Has(std::string_view path, std::size_t layer) const {
  return members_.Find(Mix(hasher_(path), layer)) != nullptr;
}

std::size_t LayerOwners::Find(std::string_view path, std::size_t default_layer) const {
  const std::uint64_t* value = table_.Find(hasher_(path));
  return value == nullptr || *value == 0 ? default_layer : static_cast<std::size_t>(*value - 1);
}

std::string ParseTarSplitLine(std::string_view line) {
  // Lines of the other kind are long: the bytes between files.
  if (line.find("\"type\":1") == std::string_view::npos) return {};
  if (!CheckJsonDepth(line, 8)) return {};
  nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
  if (!entry.is_object()) return {};
  auto name = entry.find("name");
  // Names that are no UTF-8 stand in name_raw, in base64; their files count as the top layer's.
  if (name == entry.end() || !name->is_string()) return {};
  return NormalizePath(name->get_ref<const std::string&>()).value_or(std::string());
}

Result<void> ReadTarSplit(const BlobRange& packed, const Limits& limits, std::size_t layer,
                          LayerOwners& owners) {
  WEIR_ASSIGN(std::unique_ptr<LayerStream> stream, LayerStream::Open(packed, limits, false));
  constexpr std::size_t kMaxLine = 256 * 1024;  // longer ones hold no name
  std::vector<std::byte> buffer(256 * 1024);
  std::string line;
  std::uint64_t names = 0;
  while (true) {
    WEIR_ASSIGN(std::size_t got, stream->Read(buffer));
    if (got == 0) break;
    std::string_view rest = AsText(std::span(buffer).first(got));
    while (!rest.empty()) {
      std::size_t end = rest.find('\n');
      if (line.size() < kMaxLine) line += rest.substr(0, std::min(end, kMaxLine));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      if (std::string name = ParseTarSplitLine(line); !name.empty()) {
        owners.Add(name, layer);
        if (++names > limits.max_entries) return Err(Code::kLimitExceeded, "too many names in a layer");
      }
      line.clear();
    }
  }
  return {};
}

}  // namespace weir::target
