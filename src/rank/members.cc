#include "rank/members.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/strings.h"

namespace weir::rank {
namespace {

using model::AssetKind;
using model::Process;
using View = Members::View;

std::vector<std::size_t> Select(const model::RuntimeSnapshot& runtime,
                                const std::function<bool(const Process&)>& wanted) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < runtime.processes.size(); ++i)
    if (wanted(runtime.processes[i])) out.push_back(i);
  return out;
}

/// Many services have a mount namespace of their own and still see the host's
/// files, so it is the root folder that counts, where it is known.
bool SeesHostFiles(const model::RuntimeSnapshot& runtime, const Process& process) {
  if (runtime.host_root_id != 0 && process.root_id != 0) return process.root_id == runtime.host_root_id;
  return process.container_id.empty();
}

bool SameFiles(const Process& a, const Process& b) {
  if (a.root_id != 0 && b.root_id != 0) return a.root_id == b.root_id;
  return a.mount_namespace != 0 && a.mount_namespace == b.mount_namespace && a.container_id == b.container_id;
}

Members OfProcess(const model::ScanResult& result) {
  // The asset is named by its pid, with or without a scheme in front.
  const Process* target = nullptr;
  for (const std::string& text : {result.sbom.asset.id, result.sbom.asset.name}) {
    auto pid = ParseUint(
        std::string_view(text).substr(text.rfind(':') == std::string::npos ? 0 : text.rfind(':') + 1));
    for (const Process& process : result.runtime.processes)
      if (pid && target == nullptr && process.pid == *pid) target = &process;
  }
  if (target == nullptr) return {View::kNone, {}, {}, "the process has ended: what runs is not known"};
  return {View::kWhole,
          Select(result.runtime, [&](const Process& p) { return &p == target || SameFiles(p, *target); }),
          {},
          {}};
}

/// "sha256:" digests, image names with and without registry: equal or the one inside the other at a border.
bool SameImage(const model::Container& container, const model::Asset& asset) {
  auto same = [](std::string_view a, std::string_view b) {
    if (a.starts_with("sha256:")) a.remove_prefix(7);
    if (b.starts_with("sha256:")) b.remove_prefix(7);
    return !a.empty() && a == b;
  };
  return same(container.image_id, asset.id) || same(container.image, asset.image) ||
         same(container.image, asset.name);
}

Members OfImage(const model::ScanResult& result) {
  std::set<std::string_view> running;
  for (const model::Container& container : result.runtime.containers)
    if (SameImage(container, result.sbom.asset)) running.insert(container.id);
  auto processes = Select(result.runtime, [&](const Process& p) { return running.contains(p.container_id); });
  if (processes.empty())
    return {View::kNone, {}, {}, "no container of this image runs here: what it uses is not known"};
  return {View::kPart, std::move(processes), {}, {}};
}

Members OfFolder(const model::ScanResult& result) {
  std::string prefix = NormalizePath(result.sbom.asset.id).value_or("");
  auto processes = Select(result.runtime, [&](const Process& p) { return SeesHostFiles(result.runtime, p); });
  if (!prefix.empty()) prefix += '/';
  bool used = std::any_of(processes.begin(), processes.end(), [&](std::size_t i) {
    const Process& p = result.runtime.processes[i];
    auto below = [&](const std::string& file) { return file.starts_with(prefix); };
    return below(p.executable) || std::any_of(p.loaded_files.begin(), p.loaded_files.end(), below) ||
           std::any_of(p.imported_files.begin(), p.imported_files.end(), below);
  });
  if (!used) return {View::kNone, {}, {}, "no running process uses this folder: where it runs is not known"};
  return {View::kPart, std::move(processes), std::move(prefix), {}};
}

Members Choose(const model::ScanResult& result) {
  const model::RuntimeSnapshot& runtime = result.runtime;
  if (!runtime.taken) return {View::kNone, {}, {}, "nothing is known of what runs"};
  switch (result.sbom.asset.kind) {
    case AssetKind::kHost:
      return {
          View::kWhole, Select(runtime, [&](const Process& p) { return SeesHostFiles(runtime, p); }), {}, {}};
    case AssetKind::kContainer: {
      const std::string& id = result.sbom.asset.id;
      return {View::kWhole,
              Select(runtime, [&](const Process& p) { return !id.empty() && p.container_id == id; }),
              {},
              {}};
    }
    case AssetKind::kProcess:
      return OfProcess(result);
    case AssetKind::kImage:
      return OfImage(result);
    case AssetKind::kDirectory:
      return OfFolder(result);
    case AssetKind::kSbom:
      break;
  }
  return {View::kNone, {}, {}, "a bill of materials alone says nothing of what runs"};
}

}  // namespace

Members MembersOf(const model::ScanResult& result) {
  Members out = Choose(result);
  // Run without rights, a snapshot misses what others run: then "idle" is not known.
  std::uint64_t unreadable = result.runtime.unreadable_processes;
  constexpr std::uint64_t kTolerated = 10;  // one in so many
  if (out.view == View::kWhole && unreadable * kTolerated > result.runtime.processes.size() + unreadable) {
    out.view = View::kPart;
    out.why = std::to_string(unreadable) + " processes could not be read: whether it is in use is not known";
  }
  return out;
}

Members ViewersOf(const model::ScanResult& result) {
  if (!result.runtime.taken || result.sbom.asset.kind != AssetKind::kDirectory) return MembersOf(result);
  std::string prefix = NormalizePath(result.sbom.asset.id).value_or("");
  if (!prefix.empty()) prefix += '/';
  return {View::kPart,
          Select(result.runtime, [&](const Process& p) { return SeesHostFiles(result.runtime, p); }),
          std::move(prefix),
          {}};
}

}  // namespace weir::rank
