#include "scan/scan.h"

#include <algorithm>
#include <future>
#include <optional>

#include "base/file.h"
#include "base/log.h"
#include "discovery/discovery.h"
#include "rank/rank.h"
#include "sbom/package_digests.h"
#include "sbom/sbom.h"
#include "sbom/scan_cache.h"
#include "scan/content_visitor.h"

namespace weir::scan {
namespace {

constexpr std::uint64_t kMaxSbomBytes = 512ULL << 20U;
/// Containers are found by discovery, everything else by the target room. A word that
/// could be a registry reference is a container first, as users of docker expect.
Result<std::unique_ptr<target::Target>> Open(std::string_view target, const ScanOptions& options) {
  target::TargetName name = target::ParseTargetName(target);
  bool any = name.scheme == "container";
  if (any || name.scheme == "docker" || name.scheme == "podman" || name.scheme == "containerd") {
    WEIR_ASSIGN(model::Container found, discovery::FindContainer({}, any ? "" : name.scheme, name.rest));
    return target::OpenContainer(found, options.open);
  }
  constexpr std::string_view kImage = "-image";
  if (name.scheme.ends_with(kImage)) {
    std::string runtime = name.scheme.substr(0, name.scheme.size() - kImage.size());
    WEIR_ASSIGN(model::ImageInfo image, discovery::FindImage({}, runtime, name.rest));
    return target::OpenLocalImage(image, options.open);
  }
  if (name.scheme == "registry" && !name.exact) {
    Result<model::Container> found = discovery::FindContainer({}, "", name.rest);
    if (found) return target::OpenContainer(*found, options.open);
    if (found.error().code == Code::kInvalidArgument) return Err(found.error());
  }
  return target::OpenTarget(target, options.open);
}

Result<model::Sbom> ReadSbomFile(std::string_view name) {
  std::string path(name.starts_with("sbom:") ? name.substr(5) : name);
  WEIR_ASSIGN(std::string text,
              path == "-" ? ReadAll(0, kMaxSbomBytes, "standard input") : ReadFile(path, kMaxSbomBytes));
  return sbom::ReadSbom(text, path);
}

bool LooksAtRuntime(const model::Asset& asset) {
  return asset.kind == model::AssetKind::kHost || asset.kind == model::AssetKind::kContainer ||
         asset.kind == model::AssetKind::kProcess;
}

bool WasCutShort(const model::WalkStats& stats, const target::WalkOptions& walk) {
  return (walk.cancel != nullptr && walk.cancel->load()) ||
         (walk.limits.max_seconds > 0 && stats.elapsed_us >= walk.limits.max_seconds * 1'000'000);
}

/// A cache that cannot be written costs the next scan time and this one nothing.
void SaveCache(sbom::ScanCache& cache, bool cut_short) {
  if (Result<void> saved = cache.Save(cut_short); !saved)
    Log(LogLevel::kWarn, "scan.cache_not_saved", {{"error", saved.error().message}});
  if (std::string remark = cache.remark(); !remark.empty())
    Log(LogLevel::kWarn, "scan.cache", {{"remark", remark}});
}

struct Caches {
  std::unique_ptr<sbom::ScanCache> packages, content;
};

Caches OpenCaches(const ScanOptions& options, const target::Target& target) {
  Caches caches;
  if (target.root_descriptor() < 0) return caches;
  if (options.packages && !options.cache_path.empty())
    caches.packages = sbom::ScanCache::Open({options.cache_path, sbom::CacheFingerprint(options.catalog)});
  if (options.content && !options.content_cache_path.empty())
    caches.content = sbom::ScanCache::Open(
        {options.content_cache_path, sbom::CacheFingerprint({}) + " " + options.content->digest()});
  return caches;
}

/// Labels and build steps of an image are facts of the asset, which every report shows: where a secret was
/// found in one, it must not be shown whole after all.
void HideInAsset(model::ScanResult& result) {
  constexpr std::string_view kLabel = "image-config:Labels[", kStep = "image-config:history[";
  for (const model::ContentFinding& finding : result.content) {
    if (finding.kind != model::ContentKind::kSecret) continue;
    for (const model::ContentPlace& place : finding.places) {
      if (place.origin != model::Origin::kImageConfig) continue;
      std::string_view path = place.location.path;
      if (path.starts_with(kLabel)) {
        for (auto& [key, value] : result.sbom.asset.labels)
          if (path.substr(kLabel.size()).starts_with(key.substr(0, 256) + "]")) value = finding.masked;
      } else if (path.starts_with(kStep) && !place.location.layer.empty()) {
        for (model::Layer& layer : result.sbom.asset.layers)
          if (layer.diff_id == place.location.layer) layer.command = "(not shown: it holds a secret)";
      }
    }
  }
}

/// Memory of the processes that belong to TARGET.
void VisitMemory(const model::ScanResult& result, const target::Target& target, ContentVisitor& content) {
  const model::Asset& asset = target.asset();
  for (const model::Process& process : result.runtime.processes) {
    bool its = asset.kind == model::AssetKind::kHost        ? process.container_id.empty()
               : asset.kind == model::AssetKind::kContainer ? process.container_id == asset.id
                                                            : process.pid == target.pid();
    if (its) content.VisitMemory(process.pid, process.name);
  }
}

Result<void> WalkTarget(std::string_view name, const ScanOptions& options, model::ScanResult& result) {
  WEIR_ASSIGN(std::unique_ptr<target::Target> target, Open(name, options));
  std::future<Result<model::RuntimeSnapshot>> snapshot;
  if (options.runtime && LooksAtRuntime(target->asset()))
    snapshot = std::async(std::launch::async, [] { return discovery::TakeSnapshot({}); });

  target::ProblemLog problems(options.walk.limits.max_problems);
  Caches caches = OpenCaches(options, *target);
  std::vector<target::Visitor*> visitors;
  std::optional<sbom::Collector> collector;
  if (options.packages)
    visitors.push_back(&collector.emplace(options.catalog, problems, caches.packages.get()));
  std::optional<ContentVisitor> content;
  std::optional<sbom::PackageDigests> digests;
  if (options.content) {
    digests = sbom::PackageDigests::Read(*target, options.walk, problems);
    visitors.push_back(&content.emplace(options.content, options.walk, options.open.temporary_dir,
                                        target->asset(), problems, caches.content.get(), &*digests));
  }
  Result<model::WalkStats> stats = target->Walk(visitors, options.walk, problems);
  if (snapshot.valid()) {
    Result<model::RuntimeSnapshot> taken = snapshot.get();
    if (taken) {
      result.runtime = std::move(*taken);
    } else {
      problems.Add(taken.error(), "/proc");
    }
  }
  if (!stats) return Err(stats.error());
  result.cut_short = WasCutShort(*stats, options.walk);
  for (sbom::ScanCache* cache : {caches.packages.get(), caches.content.get()})
    if (cache != nullptr) SaveCache(*cache, result.cut_short);
  if (collector) {
    result.sbom = collector->Finish(*target);
  } else {
    result.sbom.asset = target->asset();
    result.packages_listed = false;
  }
  result.sbom.stats = *stats;
  if (content) {
    if (options.content->impl().setup.process_memory) VisitMemory(result, *target, *content);
    content->Finish(result);
    HideInAsset(result);
    ApplyContentIgnore(options.content_ignore, std::string_view(options.now).substr(0, 10), result.content);
    rank::RankContent(result);
  }
  result.sbom.problems = problems.Take();
  return {};
}

}  // namespace

Result<model::ScanResult> Scan(std::string_view target, const std::shared_ptr<const advisory::Index>& index,
                               const ScanOptions& options) {
  model::ScanResult result;
  result.started_at = options.now;
  if (target::IsSbomFile(target)) {
    WEIR_ASSIGN(result.sbom, ReadSbomFile(target));
  } else {
    WEIR_TRY(WalkTarget(target, options, result));
  }
  if (index == nullptr || !options.packages) return result;

  advisory::MatchResult matched = advisory::Match(result.sbom, *index, options.match);
  result.matched = true;
  result.findings = std::move(matched.findings);
  result.coverage = std::move(matched.coverage);
  result.sources = index->sources();
  std::move(matched.problems.begin(), matched.problems.end(), std::back_inserter(result.sbom.problems));
  advisory::ApplyIgnoreRules(options.ignore, std::string_view(options.now).substr(0, 10), result);
  advisory::ApplyVex(options.vex, result);
  rank::RankFindings(result);
  return result;
}

}  // namespace weir::scan
