#include "scan/scan.h"

#include <algorithm>
#include <future>

#include "base/file.h"
#include "base/log.h"
#include "discovery/discovery.h"
#include "rank/rank.h"
#include "sbom/sbom.h"
#include "sbom/scan_cache.h"

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

Result<void> WalkTarget(std::string_view name, const ScanOptions& options, model::ScanResult& result) {
  WEIR_ASSIGN(std::unique_ptr<target::Target> target, Open(name, options));
  std::future<Result<model::RuntimeSnapshot>> snapshot;
  if (options.runtime && LooksAtRuntime(target->asset()))
    snapshot = std::async(std::launch::async, [] { return discovery::TakeSnapshot({}); });

  target::ProblemLog problems(options.walk.limits.max_problems);
  std::unique_ptr<sbom::ScanCache> cache;
  if (!options.cache_path.empty() && target->root_descriptor() >= 0)
    cache = sbom::ScanCache::Open({options.cache_path, sbom::CacheFingerprint(options.catalog)});
  sbom::Collector collector(options.catalog, problems, cache.get());
  target::Visitor* visitors[] = {&collector};
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
  if (cache) SaveCache(*cache, result.cut_short);
  result.sbom = collector.Finish(*target);
  result.sbom.stats = *stats;
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
  if (index == nullptr) return result;

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
