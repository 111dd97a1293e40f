#include "rank/content_index.h"

#include <algorithm>

#include "rank/factors.h"
#include "rank/paths.h"

namespace weir::rank {
namespace {

using model::ContentPlace;
using model::Origin;
using model::Process;

constexpr std::uint32_t kOwnerReads = 0400, kEverybodyReads = 04;

/// Programs that run what their argument names.
bool IsInterpreter(std::string_view executable) {
  std::string_view name = executable.substr(executable.rfind('/') + 1);
  constexpr std::string_view kStarts[] = {"python", "perl", "php", "ruby", "node", "lua", "java"};
  constexpr std::string_view kNames[] = {"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "fish"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return name.starts_with(start); });
}

/// The path in an argument: all of it, or what stands behind "--key=" and the like; else empty.
std::string_view PathIn(std::string_view argument) {
  std::size_t slash = argument.find('/');
  if (slash == std::string_view::npos) return {};
  if (slash > 0 && std::string_view("=:,@").find(argument[slash - 1]) == std::string_view::npos) return {};
  return argument.substr(slash + 1);
}

bool IsFile(const ContentPlace& place) { return place.origin == Origin::kFile; }

}  // namespace

double Reach::Share() const {
  return right == Right::kRoot || right == Right::kNeighbour ? kIndirectShare : 1;
}

ContentIndex::ContentIndex(const model::ScanResult& result, std::span<const model::ContentFinding> findings)
    : processes_(result.runtime.processes),
      viewers_(ViewersOf(result)),
      exposures_(ExposureOf(result.runtime)) {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    danger_.push_back(NetworkWeight(exposures_[i]));
    by_pid_.emplace(processes_[i].pid, i);
  }
  for (const model::Container& container : result.runtime.containers)
    privileged_containers_.emplace(container.id, container.privileged);
  IndexListeners();
  IndexWanted(findings);
  if (!uses_.empty()) IndexUses();
}

std::size_t ContentIndex::Worse(std::size_t a, std::size_t b) const {
  if (a == kNobody || b == kNobody) return a == kNobody ? b : a;
  if (danger_[a] != danger_[b]) return danger_[a] > danger_[b] ? a : b;
  return std::min(a, b);
}

void ContentIndex::IndexListeners() {
  auto keep = [this](std::size_t& best, std::size_t i) { best = Worse(best, i); };
  for (std::size_t i : viewers_.processes) {
    if (!exposures_[i].listening) continue;
    keep(listener_by_user_.emplace(processes_[i].user_id, i).first->second, i);
    keep(listener_, i);
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!exposures_[i].listening) continue;
    Root root = RootOf(processes_[i]);
    keep(root_listener_by_user_.emplace(std::pair(root, processes_[i].user_id), i).first->second, i);
    keep(root_listener_.emplace(root, i).first->second, i);
  }
}

void ContentIndex::IndexWanted(std::span<const model::ContentFinding> findings) {
  if (viewers_.processes.empty()) return;
  for (const model::ContentFinding& finding : findings)
    for (const ContentPlace& place : finding.places)
      if (IsFile(place)) uses_.try_emplace(std::string(OuterFile(place.location.path)));
}

ContentIndex::FileUse* ContentIndex::Wanted(std::string_view path) {
  if (!path.starts_with(viewers_.prefix)) return nullptr;
  std::string inside(path.substr(viewers_.prefix.size()));
  auto found = uses_.find(inside);
  if (found == uses_.end())
    if (std::string other = OtherSpelling(inside); !other.empty()) found = uses_.find(other);
  return found == uses_.end() ? nullptr : &found->second;
}

void ContentIndex::IndexUses() {
  for (std::size_t i : viewers_.processes) {
    const Process& process = processes_[i];
    auto mark = [&](std::string_view path) {
      if (FileUse* use = Wanted(path)) use->runner = Worse(use->runner, i);
    };
    mark(process.executable);
    for (const auto* list : {&process.loaded_files, &process.imported_files})
      for (const std::string& file : *list) mark(file);
    IndexArguments(i);
  }
}

void ContentIndex::IndexArguments(std::size_t i) {
  const Process& process = processes_[i];
  for (std::size_t a = 1; a < process.arguments.size(); ++a) {
    std::string_view path = PathIn(process.arguments[a]);
    FileUse* use = path.empty() ? nullptr : Wanted(path);
    if (use == nullptr) continue;
    use->named_by = Worse(use->named_by, i);
    if (IsInterpreter(process.executable)) use->runner = Worse(use->runner, i);
  }
}

const ContentIndex::FileUse* ContentIndex::UseOf(const ContentPlace& place) const {
  if (!IsFile(place)) return nullptr;
  auto found = uses_.find(std::string(OuterFile(place.location.path)));
  return found == uses_.end() ? nullptr : &found->second;
}

bool ContentIndex::Privileged(std::size_t i) const {
  const Process& process = processes_[i];
  if (process.privileged && (process.user_id != 0 || !process.container_id.empty())) return true;
  auto found = privileged_containers_.find(process.container_id);
  return found != privileged_containers_.end() && found->second;
}

std::size_t ContentIndex::HolderOf(const ContentPlace& place) const {
  if (place.pid == 0) return kNobody;
  auto found = by_pid_.find(place.pid);
  return found == by_pid_.end() ? kNobody : found->second;
}

std::size_t ContentIndex::RunnerOf(const ContentPlace& place) const {
  if (place.origin == Origin::kMemory) return HolderOf(place);
  const FileUse* use = UseOf(place);
  return use == nullptr ? kNobody : use->runner;
}

std::size_t ContentIndex::NamedBy(const ContentPlace& place) const {
  const FileUse* use = UseOf(place);
  return use == nullptr ? kNobody : use->named_by;
}

void ContentIndex::Choose(Reach& best, Reach::Right right, std::size_t process) const {
  if (process == kNobody) return;
  Reach other{right, process};
  if (best.right == Reach::Right::kNone ||
      danger_[process] * other.Share() > danger_[best.process] * best.Share())
    best = other;
}

bool ContentIndex::OpenToAll(const ContentPlace& place) const {
  return IsFile(place) && (place.mode & kEverybodyReads) != 0 &&
         !InRootsHome(viewers_.prefix + place.location.path);
}

Reach ContentIndex::ReaderOfFile(const ContentPlace& place) const {
  Reach best;
  // No permission bits: nothing is known of who may read it.
  if (place.mode == 0) return best;
  auto listener_of = [this](std::uint32_t user) {
    auto found = listener_by_user_.find(user);
    return found == listener_by_user_.end() ? kNobody : found->second;
  };
  if (OpenToAll(place)) Choose(best, Reach::Right::kEverybody, listener_);
  if ((place.mode & kOwnerReads) != 0 && place.owner != 0)
    Choose(best, Reach::Right::kOwner, listener_of(place.owner));
  Choose(best, Reach::Right::kRoot, listener_of(0));
  return best;
}

Reach ContentIndex::ReaderOfProcess(const ContentPlace& place) const {
  Reach best;
  std::size_t holder = HolderOf(place);
  if (holder == kNobody) return best;
  if (exposures_[holder].listening) Choose(best, Reach::Right::kItself, holder);
  Root root = RootOf(processes_[holder]);
  if (place.origin == Origin::kCommandLine) {
    if (auto found = root_listener_.find(root); found != root_listener_.end())
      Choose(best, Reach::Right::kNeighbour, found->second);
    return best;
  }
  // An environment is open to its own user and to root alone.
  for (std::uint32_t user : {processes_[holder].user_id, std::uint32_t{0}})
    if (auto found = root_listener_by_user_.find(std::pair(root, user));
        found != root_listener_by_user_.end())
      Choose(best, Reach::Right::kNeighbour, found->second);
  return best;
}

Reach ContentIndex::ReaderOf(const ContentPlace& place) const {
  switch (place.origin) {
    case Origin::kFile:
      return ReaderOfFile(place);
    case Origin::kEnvironment:
    case Origin::kCommandLine:
    case Origin::kMemory:
      return ReaderOfProcess(place);
    case Origin::kRemovedFile:
    case Origin::kImageConfig:
    case Origin::kCommit:
      break;
  }
  return {};
}

}  // namespace weir::rank
