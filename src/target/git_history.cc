#include "target/git_history.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/worker_pool.h"
#include "target/git_objects.h"
#include "target/git_parse.h"
#include "target/path_table.h"
#include "target/text_file.h"

namespace weir::target {
namespace {

constexpr std::size_t kCacheBytes = 48U << 20U;
constexpr std::uint64_t kMaxTree = 64U << 20U, kMaxMessage = 4U << 20U;
constexpr std::size_t kMaxHeld = 256U << 20U;  // of contents that deltas wait for, a thread
constexpr std::uint64_t kBatchBytes = 1U << 20U;
constexpr std::size_t kBatchRoots = 512, kMaxReported = 20, kMaxPathBytes = 64 * 1024;
constexpr unsigned kMaxPlaces = 64;  // paths at which one tree or blob is looked at
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kTypeMask = 0170000, kFolder = 040000, kFile = 0100000;

struct Commit {
  std::int64_t time = 0;
  std::uint32_t object = 0, tree = kNone;
};

/// Where a blob was first met, and who wants it.
struct BlobPlace {
  std::uint64_t name = 0;  // in names_
  std::uint64_t mask = 0;
  std::uint32_t folder = kNone;  // in folders_; kNone: no commit has it
  std::uint32_t commit = kNone;  // in commits_
  std::uint32_t mode = 0;
};

class GitWalk {
 public:
  GitWalk(const GitObjects& objects, const GitPlace& place, const VisitorSet& visitors, WalkControl& control)
      : objects_(objects),
        prefix_(place.prefix),
        place_(place),
        visitors_(visitors),
        control_(control),
        cache_(kCacheBytes),
        place_of_(objects.count(), 0),
        visits_(objects.count(), 0),
        pool_(control.threads() > 1 ? control.threads() : 0) {}

  void Run() {
    ReadTexts();
    std::stable_sort(commits_.begin(), commits_.end(),
                     [](const Commit& a, const Commit& b) { return a.time < b.time; });
    for (std::uint32_t i = 0; i < commits_.size() && control_.Continue(); ++i) WalkCommit(i);
    AskForTheRest();
    for (const GitObjects::PackPart& part : objects_.packs()) VisitPack(part);
    VisitLoose();
    pool_.Wait();
    Summarise();
  }

 private:
  /// A tree on the way down to the one being read.
  struct Level {
    std::shared_ptr<const std::string> bytes;
    std::string_view rest;
    std::size_t path_bytes = 0;  // of its folder, with a trailing '/'
    std::uint32_t folder = 0;
  };
  /// One pack's deltas, from base to what is made of it.
  struct Family {
    const GitObjects::PackPart* part = nullptr;
    std::vector<std::uint32_t> first_child, children;
    std::vector<bool> needed;
  };

  void ReadTexts();
  void ReadText(std::uint32_t object, GitType type);
  void WalkCommit(std::uint32_t commit);
  void EnterTree(std::uint32_t tree, std::vector<Level>& levels);
  void HandleEntry(const GitTreeEntry& entry, std::uint32_t commit, std::vector<Level>& levels);
  void AskForBlob(std::uint32_t blob, const GitTreeEntry& entry, std::uint32_t commit, std::uint32_t folder);
  void AskForTheRest();
  void VisitPack(const GitObjects::PackPart& part);
  std::shared_ptr<const Family> MakeFamily(const GitObjects::PackPart& part,
                                           std::vector<std::uint32_t>& roots,
                                           std::vector<std::uint32_t>& others) const;
  void VisitFamily(const Family& family, std::uint32_t root, GitInflater& inflater);
  void VisitLoose();
  void VisitBlob(std::uint32_t object, std::string_view content);
  void Summarise();

  /// True the first time that ID is met at the path in path_.
  bool FirstTime(std::string_view id) {
    std::uint64_t head = 0;
    std::memcpy(&head, id.data(), std::min(id.size(), sizeof head));
    std::uint64_t key = hasher_(path_) ^ head;
    std::uint64_t& value = seen_.At(key == 0 ? 1 : key);
    bool first = std::exchange(value, 1) == 0;
    if (first) ++seen_count_;
    return first;
  }
  /// Of what is unpacked from packs; false, and said once, beyond the bound.
  bool Afford(std::uint64_t bytes) {
    if (unpacked_.fetch_add(bytes) + bytes <= max_unpacked_) return true;
    if (!unpacked_said_.exchange(true))
      control_.problems().Add(Code::kLimitExceeded, prefix_,
                              "the packs unpack to more than their size allows; the rest was not read");
    return false;
  }
  std::string HexId(std::uint32_t object) const { return Hex(AsBytes(objects_.id(object))); }
  Entry MakeEntry(std::string_view path, std::string_view commit, std::int64_t time) const {
    Entry entry = EntryOf(path, place_.layer);
    entry.origin = model::Origin::kCommit;
    entry.removed_in = place_.removed_in;
    entry.commit = commit;
    entry.commit_time = time;
    return entry;
  }
  void Damaged(std::uint32_t object, const Error& error) {
    if (damaged_++ < kMaxReported)
      control_.problems().Add(error.code, prefix_ + "object:" + HexId(object), error.message);
  }

  const GitObjects& objects_;
  const std::string prefix_;
  const GitPlace place_;
  const VisitorSet& visitors_;
  WalkControl& control_;
  static constexpr std::uint64_t kMaxSeen = 16'000'000;  // of names of trees and blobs at their paths
  static constexpr std::uint64_t kAlwaysUnpacked = 1ULL << 30U;
  std::uint64_t seen_count_ = 0;
  std::uint64_t max_unpacked_ = std::max(
      kAlwaysUnpacked,
      static_cast<std::uint64_t>(static_cast<double>(objects_.packed_bytes()) * control_.limits().max_ratio));
  std::atomic<std::uint64_t> unpacked_{0};
  std::atomic<bool> unpacked_said_{false};
  GitCache cache_;
  GitInflater inflater_;
  std::vector<Commit> commits_;
  std::vector<std::uint32_t> place_of_;  // by object: 0, or 1 + place in places_, or kNone: not wanted
  std::vector<std::uint8_t> visits_;
  std::vector<BlobPlace> places_;
  std::vector<std::string> folders_;
  std::string names_;  // each with a zero byte behind it
  PathHasher hasher_;
  PathTable seen_, folder_numbers_;
  std::string path_;  // of what WalkCommit is at, without the prefix
  std::uint32_t commit_of_id_ = kNone;
  std::string commit_id_;
  std::atomic<std::uint64_t> damaged_{0};
  std::uint64_t missing_ = 0;
  WorkerPool pool_;  // last: its threads end before what they use goes
};

void GitWalk::ReadTexts() {
  for (std::uint32_t object = 0; object < objects_.count() && control_.Continue(); ++object) {
    GitType type = objects_.type(object);
    if (type == GitType::kNone) Damaged(object, {Code::kMalformed, "the object has no type"});
    if ((type == GitType::kCommit || type == GitType::kTag) && objects_.IsFirst(object))
      ReadText(object, type);
  }
}

void GitWalk::ReadText(std::uint32_t object, GitType type) {
  Result<std::shared_ptr<const std::string>> text = objects_.Read(object, kMaxMessage, inflater_, cache_);
  if (!text) return Damaged(object, text.error());
  GitText parsed = ParseGitText(**text);
  std::string id = HexId(object);
  if (type == GitType::kCommit) {
    Commit commit{parsed.time, object, kNone};
    if (std::optional<std::uint32_t> tree = objects_.Find(parsed.tree)) {
      commit.tree = *tree;
    } else {
      ++missing_;
    }
    commits_.push_back(commit);
  }
  if (parsed.message.empty()) return;
  std::string path = prefix_ + (type == GitType::kCommit ? "commit:" : "tag:") + id;
  Entry entry =
      MakeEntry(path, type == GitType::kCommit ? std::string_view(id) : std::string_view(), parsed.time);
  std::uint64_t mask = visitors_.WantsBeyond(entry);
  if (mask == 0) return;
  TextFile file(entry, std::string(parsed.message));
  VisitText(visitors_, mask, file, control_);
}

void GitWalk::WalkCommit(std::uint32_t commit) {
  path_.clear();
  std::uint32_t root = commits_[commit].tree;
  if (root == kNone || !FirstTime(objects_.id(root))) return;
  std::vector<Level> levels;
  EnterTree(root, levels);
  while (!levels.empty()) {
    Level& level = levels.back();
    GitTreeEntry entry;
    if (!NextGitTreeEntry(level.rest, objects_.id_bytes(), entry)) {
      levels.pop_back();
      continue;
    }
    path_.resize(level.path_bytes);
    path_ += entry.name;
    HandleEntry(entry, commit, levels);
  }
}

/// At path_, which is empty at the root.
void GitWalk::EnterTree(std::uint32_t tree, std::vector<Level>& levels) {
  if (visits_[tree] >= kMaxPlaces || levels.size() >= control_.limits().max_depth || !control_.Continue())
    return;
  ++visits_[tree];
  Result<std::shared_ptr<const std::string>> bytes = objects_.Read(tree, kMaxTree, inflater_, cache_);
  if (!bytes) return Damaged(tree, bytes.error());
  std::uint64_t& number = folder_numbers_.At(hasher_(path_));
  if (number == 0) {
    folders_.push_back(path_);
    number = folders_.size();
  }
  Level level;
  level.bytes = std::move(*bytes);
  level.rest = *level.bytes;
  level.folder = static_cast<std::uint32_t>(number - 1);
  if (!path_.empty()) path_ += '/';
  level.path_bytes = path_.size();
  levels.push_back(std::move(level));
}

void GitWalk::HandleEntry(const GitTreeEntry& entry, std::uint32_t commit, std::vector<Level>& levels) {
  std::uint32_t kind = entry.mode & kTypeMask;
  bool folder = kind == kFolder;
  if (seen_count_ >= kMaxSeen) {
    if (seen_count_++ == kMaxSeen)
      control_.problems().Add(Code::kLimitExceeded, prefix_,
                              "too many versions of folders; the names of the rest are not known");
    return;
  }
  if (kind == 0160000 || path_.size() > kMaxPathBytes || !FirstTime(entry.id)) return;
  std::optional<std::uint32_t> object = objects_.Find(entry.id);
  if (!object) {
    ++missing_;
    return;
  }
  GitType type = objects_.type(*object);
  if (folder && type == GitType::kTree) return EnterTree(*object, levels);
  if (!folder && type == GitType::kBlob) AskForBlob(*object, entry, commit, levels.back().folder);
}

void GitWalk::AskForBlob(std::uint32_t blob, const GitTreeEntry& entry, std::uint32_t commit,
                         std::uint32_t folder) {
  std::uint32_t& place = place_of_[blob];
  if ((place != 0 && place != kNone) || visits_[blob] >= kMaxPlaces) return;
  ++visits_[blob];
  place = kNone;
  if (commit_of_id_ != commit) {
    commit_id_ = HexId(commits_[commit].object);
    commit_of_id_ = commit;
  }
  std::string path = prefix_ + path_;
  if ((entry.mode & kTypeMask) != kFile || control_.ExcludedBelow(path_)) return;
  std::uint64_t mask = visitors_.WantsBeyond(MakeEntry(path, commit_id_, commits_[commit].time));
  if (mask == 0) return;
  places_.push_back({names_.size(), mask, folder, commit, entry.mode & 0777U});
  names_.append(entry.name).push_back('\0');
  place = static_cast<std::uint32_t>(places_.size());
}

void GitWalk::AskForTheRest() {
  for (std::uint32_t object = 0; object < objects_.count() && control_.Continue(); ++object) {
    if (place_of_[object] != 0 || objects_.type(object) != GitType::kBlob || !objects_.IsFirst(object))
      continue;
    std::string path = prefix_ + "blob:" + HexId(object);
    std::uint64_t mask = visitors_.WantsBeyond(MakeEntry(path, {}, 0));
    if (mask == 0) continue;
    places_.push_back({.mask = mask});
    place_of_[object] = static_cast<std::uint32_t>(places_.size());
  }
}

/// ROOTS: whole objects that are wanted or that something wanted is made of. OTHERS: what is made of an
/// object that is not in the pack.
std::shared_ptr<const GitWalk::Family> GitWalk::MakeFamily(const GitObjects::PackPart& part,
                                                           std::vector<std::uint32_t>& roots,
                                                           std::vector<std::uint32_t>& others) const {
  const std::vector<Pack::Entry>& entries = part.pack.entries();
  auto family = std::make_shared<Family>();
  family->part = &part;
  family->needed.resize(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    std::uint32_t place = place_of_[part.first + i];
    if (place == 0 || place == kNone) continue;
    std::uint32_t at = i;
    while (at < entries.size() && !family->needed[at]) {
      family->needed[at] = true;
      if (entries[at].base == Pack::kOtherPack) others.push_back(at);
      at = entries[at].base;
    }
  }
  family->first_child.resize(entries.size() + 1);
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (family->needed[i] && entries[i].base < entries.size()) ++family->first_child[entries[i].base + 1];
  for (std::size_t i = 0; i < entries.size(); ++i) family->first_child[i + 1] += family->first_child[i];
  family->children.resize(family->first_child.back());
  std::vector<std::uint32_t> next(family->first_child.begin(), family->first_child.end() - 1);
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (!family->needed[i]) continue;
    if (entries[i].base < entries.size()) family->children[next[entries[i].base]++] = i;
    if (entries[i].base == Pack::kNoBase) roots.push_back(i);
  }
  return family;
}

void GitWalk::VisitPack(const GitObjects::PackPart& part) {
  std::vector<std::uint32_t> roots, others;
  std::shared_ptr<const Family> family = MakeFamily(part, roots, others);
  const std::vector<Pack::Entry>& entries = part.pack.entries();
  roots.insert(roots.end(), others.begin(), others.end());
  for (std::size_t begin = 0; begin < roots.size() && control_.Continue();) {
    std::size_t end = begin;
    std::uint64_t bytes = 0;
    while (end < roots.size() && end - begin < kBatchRoots && bytes < kBatchBytes)
      bytes += entries[roots[end++]].size;
    std::vector<std::uint32_t> batch(roots.begin() + static_cast<std::ptrdiff_t>(begin),
                                     roots.begin() + static_cast<std::ptrdiff_t>(end));
    pool_.Submit([this, family, batch = std::move(batch)] {
      GitInflater inflater;
      for (std::uint32_t root : batch) VisitFamily(*family, root, inflater);
    });
    begin = end;
  }
}

/// ROOT and what is made of it, depth first, each object unpacked once. The last child takes its base's
/// place, so that a chain without branches holds two contents at a time.
void GitWalk::VisitFamily(const Family& family, std::uint32_t root, GitInflater& inflater) {
  struct Held {
    std::uint32_t entry;
    std::string content;
    std::uint32_t next, end;
  };
  const Pack& pack = family.part->pack;
  const std::uint64_t most = control_.limits().max_memory_file_bytes;
  std::vector<Held> stack;
  std::size_t held = 0;
  auto push = [&](std::uint32_t entry, std::string content) {
    std::uint32_t object = family.part->first + entry, place = place_of_[object];
    if (place != 0 && place != kNone) VisitBlob(object, content);
    std::uint32_t first = family.first_child[entry], last = family.first_child[entry + 1];
    if (first == last) return;
    held += content.size();
    stack.push_back({entry, std::move(content), first, last});
  };
  if (!control_.Continue()) return;
  if (pack.entries()[root].base == Pack::kOtherPack) {
    GitCache cache(kCacheBytes / 16);
    Result<std::shared_ptr<const std::string>> whole =
        objects_.Read(family.part->first + root, most, inflater, cache);
    if (!whole) return Damaged(family.part->first + root, whole.error());
    push(root, **whole);
  } else {
    std::string whole;
    if (Result<void> got = pack.Inflate(root, most, inflater, whole); !got)
      return Damaged(family.part->first + root, got.error());
    push(root, std::move(whole));
  }
  std::string delta;
  while (!stack.empty() && control_.Continue() && Afford(stack.back().content.size())) {
    Held& top = stack.back();
    std::uint32_t child = family.children[top.next++];
    std::string last_base;
    const std::string* base = &top.content;
    if (top.next == top.end) {
      last_base = std::move(top.content);
      base = &last_base;
      held -= last_base.size();
      stack.pop_back();
    }
    Result<void> got = pack.Inflate(child, most, inflater, delta);
    Result<std::string> made =
        got ? ApplyGitDelta(*base, delta, most) : Result<std::string>(Err(got.error()));
    if (made && held > kMaxHeld)
      made = Err(Code::kLimitExceeded, "large objects are made of one another in too many ways");
    if (!made) {
      Damaged(family.part->first + child, made.error());
      continue;
    }
    last_base = std::string();
    push(child, std::move(*made));
  }
}

void GitWalk::VisitLoose() {
  std::vector<std::uint32_t> batch;
  auto flush = [&] {
    pool_.Submit([this, batch = std::exchange(batch, {})] {
      GitInflater inflater;
      for (std::uint32_t object : batch) {
        if (!control_.Continue()) return;
        Result<std::string> content =
            objects_.ReadLoose(object, control_.limits().max_memory_file_bytes, inflater);
        if (content) {
          VisitBlob(object, *content);
        } else {
          Damaged(object, content.error());
        }
      }
    });
  };
  for (std::uint32_t object = objects_.first_loose(); object < objects_.count(); ++object) {
    if (place_of_[object] == 0 || place_of_[object] == kNone) continue;
    batch.push_back(object);
    if (batch.size() >= 64) flush();
  }
  if (!batch.empty()) flush();
}

void GitWalk::VisitBlob(std::uint32_t object, std::string_view content) {
  const BlobPlace& place = places_[place_of_[object] - 1];
  std::string path = prefix_, commit;
  std::int64_t time = 0;
  if (place.folder == kNone) {
    path += "blob:" + HexId(object);
  } else {
    const std::string& folder = folders_[place.folder];
    path += folder;
    if (!folder.empty()) path += '/';
    path += names_.data() + place.name;
    commit = HexId(commits_[place.commit].object);
    time = commits_[place.commit].time;
  }
  BorrowedFile file(MakeEntry(path, commit, time), content, place.mode);
  visitors_.VisitFile(place.mask, file);
  model::WalkStats stats;
  stats.files = stats.files_read = 1;
  stats.bytes_read = content.size();
  control_.Count(stats);
}

void GitWalk::Summarise() {
  std::string where = prefix_.empty() ? std::string("git") : prefix_.substr(0, prefix_.size() - 1);
  if (damaged_ > kMaxReported)
    control_.problems().Add(Code::kMalformed, where,
                            std::to_string(damaged_) + " objects could not be read; the first are listed");
  if (missing_ > 0)
    control_.problems().Add(
        Code::kNotFound, where,
        std::to_string(missing_) +
            " objects that trees or commits name are not in the repository (a shallow or partial "
            "clone?) and were not read");
}

}  // namespace

Result<void> WalkGitHistory(const GitStore& store, const GitPlace& place, const VisitorSet& visitors,
                            WalkControl& control) {
  if (!visitors.any_beyond()) return {};
  std::string_view where = place.prefix.empty() ? "git" : place.prefix.substr(0, place.prefix.size() - 1);
  WEIR_ASSIGN(GitObjects objects, GitObjects::Load(store, where, control));
  GitWalk(objects, place, visitors, control).Run();
  return {};
}

}  // namespace weir::target
