#include "target/git_objects.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace weir::target {
namespace {

constexpr std::uint64_t kMaxIndexBytes = 4ULL << 30U;
constexpr std::size_t kMaxChain = 5000;
constexpr std::size_t kLooseHead = 128;

int HexValue(char c) { return IsDigit(c) ? c - '0' : c - 'a' + 10; }

std::string RawId(std::string_view path) {
  std::string hex =
      std::string(path.substr(path.rfind('/') - 2, 2)) + std::string(path.substr(path.rfind('/') + 1));
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(HexValue(hex[i]) * 16 + HexValue(hex[i + 1]));
  return out;
}

/// The start of a zlib stream unpacked; empty where it is none.
std::string InflateHead(std::string_view packed) {
  z_stream state{};
  if (::inflateInit(&state) != Z_OK) return {};
  std::string in(packed), out(kLooseHead, '\0');
  state.next_in = static_cast<Bytef*>(static_cast<void*>(in.data()));
  state.avail_in = static_cast<uInt>(in.size());
  state.next_out = static_cast<Bytef*>(static_cast<void*>(out.data()));
  state.avail_out = static_cast<uInt>(out.size());
  int status = ::inflate(&state, Z_SYNC_FLUSH);
  out.resize(out.size() - state.avail_out);
  ::inflateEnd(&state);
  return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR ? out : std::string();
}

GitType TypeNamed(std::string_view name) {
  if (name == "commit") return GitType::kCommit;
  if (name == "tree") return GitType::kTree;
  if (name == "blob") return GitType::kBlob;
  return name == "tag" ? GitType::kTag : GitType::kNone;
}

}  // namespace

std::shared_ptr<const std::string> GitCache::Find(std::uint32_t object) {
  auto found = places_.find(object);
  if (found == places_.end()) return nullptr;
  items_.splice(items_.begin(), items_, found->second);
  return found->second->bytes;
}

void GitCache::Add(std::uint32_t object, std::shared_ptr<const std::string> bytes) {
  constexpr std::size_t kOverhead = 128;
  if (bytes->size() > max_bytes_ / 4 || places_.contains(object)) return;
  used_ += bytes->size() + kOverhead;
  items_.push_front({object, std::move(bytes)});
  places_[object] = items_.begin();
  while (used_ > max_bytes_ && !items_.empty()) {
    used_ -= items_.back().bytes->size() + kOverhead;
    places_.erase(items_.back().object);
    items_.pop_back();
  }
}

Result<GitObjects> GitObjects::Load(const GitStore& store, std::string_view where, WalkControl& control) {
  GitObjects out(store);
  for (const std::string& path : store.packs()) {
    if (!control.Continue()) return Err(Code::kCancelled, "stopped");
    if (Result<void> loaded = out.LoadPack(path, control.limits()); !loaded)
      control.problems().Add(loaded.error().Context(path), where);
  }
  out.first_loose_ = out.count_;
  for (const std::string& path : store.loose()) {
    if (!control.Continue()) return Err(Code::kCancelled, "stopped");
    out.LoadLoose(path);
  }
  std::sort(out.loose_.begin(), out.loose_.end(), [](const Loose& a, const Loose& b) { return a.id < b.id; });
  out.count_ += static_cast<std::uint32_t>(out.loose_.size());
  out.ResolveTypesAcrossPacks();
  return out;
}

Result<void> GitObjects::LoadPack(const std::string& path, const Limits& limits) {
  WEIR_ASSIGN(std::unique_ptr<ByteSource> index_file, store_->Open(path + ".idx"));
  WEIR_ASSIGN(std::unique_ptr<ByteSource> file, store_->Open(path + ".pack"));
  // Of an object a pack has at least a few bytes and its index at most an id, a checksum and two offsets: an
  // index that is larger than that says nothing more and is not read into memory.
  constexpr std::uint64_t kHead = 1032, kObjectBytes = 9;
  if (index_file->size() > kHead + 2 * id_bytes() + file->size() / kObjectBytes * (id_bytes() + 16))
    return Err(Code::kMalformed, "a pack index larger than its pack can have");
  WEIR_ASSIGN(std::string bytes, index_file->ReadAll(kMaxIndexBytes));
  WEIR_ASSIGN(PackIndex index, PackIndex::Parse(std::move(bytes), id_bytes()));
  if (std::uint64_t{count_} + index.count() > std::min<std::uint64_t>(limits.max_entries, 0xf0000000))
    return Err(Code::kLimitExceeded, "too many objects");
  packed_bytes_ += file->size();
  WEIR_ASSIGN(Pack pack, Pack::Open(std::move(file), std::move(index), id_bytes()));
  std::uint32_t first = count_;
  count_ += static_cast<std::uint32_t>(pack.entries().size());
  packs_.push_back({std::move(pack), first, path});
  return {};
}

void GitObjects::LoadLoose(const std::string& path) {
  Loose loose;
  loose.path = path;
  loose.id = RawId(path);
  if (Result<std::unique_ptr<ByteSource>> file = store_->Open(path)) {
    std::string head(static_cast<std::size_t>(std::min<std::uint64_t>((*file)->size(), kLooseHead)), '\0');
    Result<std::size_t> got = (*file)->ReadAt(0, std::as_writable_bytes(std::span(head)));
    std::string text = InflateHead(std::string_view(head).substr(0, got.value_or(0)));
    std::string_view rest = text;
    std::string_view type = NextPiece(rest, ' ');
    std::size_t end = rest.find('\0');
    std::optional<std::uint64_t> size = ParseUint(rest.substr(0, end));
    if (end != std::string_view::npos && size) {
      loose.type = TypeNamed(type);
      loose.size = *size;
      loose.header = static_cast<std::uint8_t>(type.size() + 1 + end + 1);
    }
  }
  loose_.push_back(std::move(loose));
}

/// Deltas against objects of other packs, which only broken or unfinished repositories have.
void GitObjects::ResolveTypesAcrossPacks() {
  for (PackPart& part : packs_) {
    bool changed = false;
    std::vector<Pack::Entry>& entries = part.pack.entries();
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      if (entries[i].base == Pack::kOtherPack && entries[i].type == GitType::kNone) {
        std::optional<std::uint32_t> base = Find(part.pack.BaseId(i));
        if (base) entries[i].type = type(*base);
        changed = true;
      } else if (changed && entries[i].type == GitType::kNone && entries[i].base < entries.size()) {
        entries[i].type = entries[entries[i].base].type;
      }
    }
  }
}

const GitObjects::PackPart& GitObjects::PackOf(std::uint32_t object) const {
  auto after =
      std::upper_bound(packs_.begin(), packs_.end(), object,
                       [](std::uint32_t number, const PackPart& part) { return number < part.first; });
  return *(after - 1);
}

GitType GitObjects::type(std::uint32_t object) const {
  if (object >= first_loose_) return loose_[object - first_loose_].type;
  const PackPart& part = PackOf(object);
  return part.pack.entries()[object - part.first].type;
}

std::string_view GitObjects::id(std::uint32_t object) const {
  if (object >= first_loose_) return loose_[object - first_loose_].id;
  const PackPart& part = PackOf(object);
  return part.pack.id(object - part.first);
}

std::optional<std::uint32_t> GitObjects::Find(std::string_view id) const {
  for (const PackPart& part : packs_)
    if (std::optional<std::uint32_t> entry = part.pack.Find(id)) return part.first + *entry;
  auto loose = std::lower_bound(loose_.begin(), loose_.end(), id,
                                [](const Loose& a, std::string_view wanted) { return a.id < wanted; });
  if (loose == loose_.end() || loose->id != id) return std::nullopt;
  return first_loose_ + static_cast<std::uint32_t>(loose - loose_.begin());
}

Result<std::string> GitObjects::ReadLoose(std::uint32_t object, std::uint64_t max_bytes,
                                          GitInflater& inflater) const {
  const Loose& loose = loose_[object - first_loose_];
  if (loose.type == GitType::kNone) return Err(Code::kMalformed, "a bad header");
  if (loose.size > max_bytes)
    return Err(Code::kLimitExceeded, std::to_string(loose.size) + " bytes, more than the limit");
  WEIR_ASSIGN(std::unique_ptr<ByteSource> file, store_->Open(loose.path));
  std::uint64_t most = loose.size + loose.size / 1024 + 1024;
  WEIR_ASSIGN(inflater.scratch, file->ReadRange(0, std::min(file->size(), most)));
  std::string out;
  WEIR_TRY(inflater.Inflate(inflater.scratch, static_cast<std::size_t>(loose.size) + loose.header, out));
  out.erase(0, loose.header);
  return out;
}

Result<std::shared_ptr<const std::string>> GitObjects::Read(std::uint32_t object, std::uint64_t max_bytes,
                                                            GitInflater& inflater, GitCache& cache) const {
  // From the object down to what is whole, then up again.
  std::vector<std::uint32_t> chain;
  std::shared_ptr<const std::string> bytes;
  for (std::uint32_t at = object; !bytes;) {
    bytes = cache.Find(at);
    if (bytes) break;
    if (chain.size() >= kMaxChain) return Err(Code::kMalformed, "a chain of deltas without an end");
    if (at >= first_loose_) {
      WEIR_ASSIGN(std::string whole, ReadLoose(at, max_bytes, inflater));
      bytes = std::make_shared<const std::string>(std::move(whole));
      cache.Add(at, bytes);
      break;
    }
    const PackPart& part = PackOf(at);
    const Pack::Entry& entry = part.pack.entries()[at - part.first];
    if (entry.base == Pack::kNoBase) {
      std::string whole;
      WEIR_TRY(part.pack.Inflate(at - part.first, max_bytes, inflater, whole));
      bytes = std::make_shared<const std::string>(std::move(whole));
      cache.Add(at, bytes);
      break;
    }
    chain.push_back(at);
    if (entry.base != Pack::kOtherPack) {
      at = part.first + entry.base;
    } else if (std::optional<std::uint32_t> base = Find(part.pack.BaseId(at - part.first))) {
      at = *base;
    } else {
      return Err(Code::kMalformed, "a delta against an object that is not there");
    }
  }
  std::string delta;
  for (; !chain.empty(); chain.pop_back()) {
    const PackPart& part = PackOf(chain.back());
    WEIR_TRY(part.pack.Inflate(chain.back() - part.first, max_bytes, inflater, delta));
    WEIR_ASSIGN(std::string made, ApplyGitDelta(*bytes, delta, max_bytes));
    bytes = std::make_shared<const std::string>(std::move(made));
    cache.Add(chain.back(), bytes);
  }
  return bytes;
}

}  // namespace weir::target
