#include "target/layer_pass.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "target/decompress.h"
#include "target/git_collector.h"

namespace weir::target {
namespace {

constexpr std::size_t kMaxNameBytes = 64 * 1024;
constexpr std::size_t kMaxLinkChain = 16;
constexpr std::uint64_t kCountEvery = 1024;
constexpr std::uint64_t kSpoolMemory = 32ULL << 20U;
constexpr std::string_view kWhiteout = ".wh.", kOpaque = ".wh..wh..opq", kAufs = ".wh..wh.";

}  // namespace

LayerPass::LayerPass(PassContext& context, BlobRange blob, std::size_t layer)
    : context_(context),
      blob_(std::move(blob)),
      layer_(layer),
      spool_(context.extras.temporary_dir,
             std::min(kSpoolMemory, context.control.limits().max_memory_file_bytes)),
      buffer_(256 * 1024) {}

void LayerPass::Count(bool always) {
  if (!always && ordinal_ % kCountEvery != 0) return;
  context_.control.Count(stats_);
  stats_ = {};
}

Result<LayerPass::Digests> LayerPass::Read(bool digests) {
  WEIR_ASSIGN(std::unique_ptr<LayerStream> stream,
              LayerStream::Open(blob_, context_.control.limits(), digests));
  in_place_ = stream->compression() == Compression::kNone;
  TarReader reader(*stream);
  TarMember member;
  auto finish = [&](Result<Digests> result) {
    bytes_ = stream->position();
    Count(true);
    return result;
  };
  while (context_.control.Continue()) {
    Result<bool> more = reader.Next(member);
    if (!more) return finish(Err(more.error()));
    if (!*more) {
      Result<void> drained = reader.Drain();
      if (!drained) return finish(Err(drained.error()));
      if (!digests) return finish(Digests{});
      std::string blob = stream->TakeBlobDigest();
      return finish(Digests{std::move(blob), stream->TakeDiffId()});
    }
    ++ordinal_;
    if (Result<void> handled = Handle(member, reader); !handled) return finish(Err(handled.error()));
    Count(false);
  }
  return finish(Digests{});
}

std::string LayerPass::CleanName(std::string_view name, bool report) {
  std::string_view shown = name.substr(0, 200);
  std::string_view why;
  Code code = Code::kMalformed;
  std::optional<std::string> path;
  if (name.size() > kMaxNameBytes) {
    why = "a name too long was left out";
    code = Code::kLimitExceeded;
  } else if (name.find('\0') != std::string_view::npos) {
    why = "a name with a zero byte was left out";
  } else if (path = NormalizePath(name); !path) {
    why = "a name that leads out of the root was left out";
  } else if (static_cast<std::uint64_t>(std::count(path->begin(), path->end(), '/')) >
             context_.control.limits().max_depth) {
    why = "a file in too many folders was left out";
    code = Code::kLimitExceeded;
  } else {
    return std::move(*path);
  }
  if (report) context_.control.problems().Add(code, shown, why);
  return {};
}

bool LayerPass::HandleWhiteout(std::string_view path) {
  std::size_t slash = path.rfind('/');
  std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  std::string_view parent = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  if (name == kOpaque) {
    context_.view.Opaque(parent);
    return true;
  }
  // Other such names are aufs's own records, and so is all in the folders it calls so.
  if (path.starts_with(kAufs) || path.find("/.wh..wh.") != std::string_view::npos) return true;
  if (!name.starts_with(kWhiteout)) return false;
  std::string_view hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") {
    context_.control.problems().Add(Code::kMalformed, path, "a whiteout of no file was left out");
    return true;
  }
  context_.view.Whiteout(parent.empty() ? std::string(hidden)
                                        : std::string(parent) + "/" + std::string(hidden));
  return true;
}

Result<void> LayerPass::Handle(const TarMember& member, TarReader& reader) {
  std::string path = CleanName(member.name, true);
  if (path.empty() || HandleWhiteout(path)) return {};
  bool hidden = context_.view.Hidden(path);
  context_.view.Add(path, member.type == TarType::kFolder, ordinal_);
  switch (member.type) {
    case TarType::kFile:
      stats_.files += hidden ? 0 : 1;
      return HandleFile(member, std::move(path), hidden, reader);
    case TarType::kHardLink:
      stats_.files += hidden ? 0 : 1;
      HandleHardLink(member, std::move(path), hidden);
      break;
    case TarType::kSymbolicLink:
      if (hidden) break;
      ++stats_.symlinks;
      links_.push_back({std::move(path), member.link, ordinal_});
      break;
    case TarType::kFolder:
      stats_.directories += hidden ? 0 : 1;
      break;
    case TarType::kOther:
      stats_.other += hidden ? 0 : 1;
      break;
  }
  return {};
}

bool LayerPass::Ask(WantedFile& file, bool hidden) {
  file.ordinal = ordinal_;
  file.layer = layer_;
  if (hidden && context_.visitors.any_beyond() && !context_.control.ExcludedBelow(file.path)) {
    file.removed_by = context_.view.HiddenBy(file.path);
    file.mask =
        context_.visitors.WantsBeyond(EntryInLayer(file.path, context_.layer_names, layer_, file.removed_by));
  } else if (!hidden && !context_.control.ExcludedBelow(file.path)) {
    file.mask = context_.visitors.Wants(EntryInLayer(file.path, context_.layer_names, layer_, {}));
  }
  file.known = !hidden && context_.extras.known != nullptr && context_.extras.known->contains(file.path);
  file.for_links = context_.link_targets.contains(file.path);
  file.git =
      context_.git && !GitRepositoryOf(file.path).empty() && !context_.control.ExcludedBelow(file.path);
  return file.mask != 0 || file.known || file.for_links || file.git;
}

Result<void> LayerPass::HandleFile(const TarMember& member, std::string path, bool hidden,
                                   TarReader& reader) {
  WantedFile file;
  file.path = std::move(path);
  std::uint64_t hash = context_.view.Hash(file.path);
  complete_.erase(hash);
  hard_links_.erase(hash);
  if (!Ask(file, hidden)) return {};
  file.mode = member.mode;
  file.owner = member.owner;
  WEIR_ASSIGN(file.complete, Capture(member, file.path, reader, file.payload));
  if (!file.complete) return {};
  complete_[hash] = wanted_.size();
  wanted_.push_back(std::move(file));
  return {};
}

/// False, and reported, where the content cannot be had; an error where the layer cannot be read on.
Result<bool> LayerPass::Capture(const TarMember& member, std::string_view path, TarReader& reader,
                                Payload& out) {
  ProblemLog& problems = context_.control.problems();
  if (member.size > context_.control.limits().max_file_bytes) {
    problems.Add(Code::kLimitExceeded, path,
                 std::to_string(member.size) + " bytes, more than the limit; the file was not read");
    return false;
  }
  if (in_place_ && !member.sparse) {
    if (member.data_offset > blob_.size || member.stored_size > blob_.size - member.data_offset) {
      problems.Add(Code::kMalformed, path, "the layer ends within this file");
      return false;
    }
    out.range = {blob_.fd, blob_.offset + member.data_offset, member.stored_size};
    return true;
  }
  if (Result<void> begun = spool_.Begin(member.size); !begun) {
    problems.Add(begun.error(), path);
    return false;
  }
  if (Result<void> copied = CopyData(member, reader); !copied) {
    problems.Add(copied.error(), path);
    if (copied.error().code == Code::kMalformed || copied.error().code == Code::kLimitExceeded)
      return Err(copied.error());
    return false;
  }
  out = spool_.Finish();
  return true;
}

Result<void> LayerPass::CopyData(const TarMember& member, TarReader& reader) {
  if (!member.sparse) {
    for (std::uint64_t at = 0; at < member.stored_size;) {
      WEIR_ASSIGN(std::size_t got, reader.ReadData(buffer_));
      WEIR_TRY(spool_.Write(at, std::span(buffer_).first(got)));
      at += got;
    }
    return {};
  }
  for (const SparsePart& part : member.parts) {
    for (std::uint64_t done = 0; done < part.length;) {
      std::size_t want =
          static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), part.length - done));
      WEIR_ASSIGN(std::size_t got, reader.ReadData(std::span(buffer_).first(want)));
      if (got == 0) return Err(Code::kMalformed, "a sparse file has less data than its map says");
      WEIR_TRY(spool_.Write(part.offset + done, std::span(buffer_).first(got)));
      done += got;
    }
  }
  return {};
}

void LayerPass::HandleHardLink(const TarMember& member, std::string path, bool hidden) {
  WantedFile file;
  file.path = std::move(path);
  std::uint64_t hash = context_.view.Hash(file.path);
  complete_.erase(hash);
  std::string target = CleanName(member.link, true);
  if (target.empty() || target == file.path) return;
  bool wanted = Ask(file, hidden);
  for (std::size_t hop = 0; hop < kMaxLinkChain; ++hop) {
    auto next = hard_links_.find(context_.view.Hash(target));
    if (next == hard_links_.end()) break;
    target = next->second;
  }
  hard_links_[hash] = target;
  if (!wanted) return;
  if (auto data = complete_.find(context_.view.Hash(target)); data != complete_.end()) {
    const WantedFile& source = wanted_[data->second];
    file.payload = source.payload;
    file.mode = source.mode;
    file.owner = source.owner;
    file.complete = true;
    complete_[hash] = wanted_.size();
  } else {
    // Either its data went by unread, or they are in a layer below: the entry's name then says where.
    file.link = target;
    if (context_.view.HasFile(target)) again_.push_back(wanted_.size());
  }
  wanted_.push_back(std::move(file));
}

void LayerPass::ReadAgain() {
  if (again_.empty()) return;
  std::map<std::uint64_t, std::size_t> links;  // ordinal of a link to its place in wanted_
  std::set<std::string, std::less<>> targets;
  for (std::size_t place : again_) {
    links.emplace(wanted_[place].ordinal, place);
    targets.insert(wanted_[place].link);
  }
  Result<std::unique_ptr<LayerStream>> stream = LayerStream::Open(blob_, context_.control.limits(), false);
  if (!stream) return;
  TarReader reader(**stream);
  TarMember member;
  std::map<std::string, WantedFile, std::less<>> found;
  for (std::uint64_t ordinal = 1; !links.empty() && context_.control.Continue(); ++ordinal) {
    Result<bool> more = reader.Next(member);
    if (!more || !*more) break;  // reported by the first reading
    if (member.type == TarType::kFile) {
      std::string path = CleanName(member.name, false);
      if (!path.empty() && targets.contains(path)) {
        WantedFile file;
        file.mode = member.mode;
        file.owner = member.owner;
        Result<bool> captured = Capture(member, path, reader, file.payload);
        if (!captured) break;
        found.erase(path);
        if (*captured) found.emplace(std::move(path), std::move(file));
      }
    }
    auto link = links.find(ordinal);
    if (link == links.end()) continue;
    WantedFile& file = wanted_[link->second];
    if (auto data = found.find(file.link); data != found.end()) {
      file.payload = data->second.payload;
      file.mode = data->second.mode;
      file.owner = data->second.owner;
      file.complete = true;
    }
    file.link.clear();
    links.erase(link);
  }
}

}  // namespace weir::target
