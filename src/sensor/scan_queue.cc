#include "sensor/scan_queue.h"

#include <algorithm>

namespace weir::sensor {
namespace {

bool IsChange(const ScanRequest& request) { return request.trigger.starts_with("change:"); }

}  // namespace

std::int64_t ScanQueue::Jittered(std::int64_t milliseconds) const {
  constexpr double kSpread = 0.1;
  return static_cast<std::int64_t>(static_cast<double>(milliseconds) *
                                   (1 - kSpread + 2 * kSpread * fraction_()));
}

bool ScanQueue::Add(ScanRequest request, std::int64_t now_ms) {
  static_cast<void>(now_ms);
  bool job = !request.job_id.empty();
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (at->asset != request.asset) continue;
    if (!job || at->job_id == request.job_id) return false;
    if (!at->job_id.empty()) continue;
    // What waited for a reason of our own is done by the scan that people wait for.
    waiting_.erase(at);
    break;
  }
  if (waiting_.size() >= options_.max_waiting) return false;
  if (job) {
    auto first_other =
        std::find_if(waiting_.begin(), waiting_.end(), [](const auto& r) { return r.job_id.empty(); });
    waiting_.insert(first_other, std::move(request));
  } else {
    waiting_.push_back(std::move(request));
  }
  return true;
}

void ScanQueue::AddDue(std::int64_t now_ms) {
  for (auto& [asset, state] : assets_) {
    if (state.due_ms > now_ms) continue;
    state.due_ms = now_ms + Jittered(options_.interval_ms);
    Add({asset, "schedule", ""}, now_ms);
  }
}

std::optional<ScanRequest> ScanQueue::Next(std::int64_t now_ms) {
  AddDue(now_ms);
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (IsChange(*at))
      if (auto known = assets_.find(at->asset);
          known != assets_.end() && known->second.not_before_ms > now_ms)
        continue;
    ScanRequest request = std::move(*at);
    waiting_.erase(at);
    return request;
  }
  return std::nullopt;
}

void ScanQueue::Finished(const ScanRequest& request, bool ok, bool changed, std::int64_t now_ms,
                         std::int64_t cost_ms) {
  auto known = assets_.find(request.asset);
  if (known == assets_.end()) return;  // gone meanwhile
  Asset& asset = known->second;
  asset.last_ms = now_ms;
  asset.failures = ok ? 0 : asset.failures + 1;
  asset.due_ms = now_ms + Jittered(options_.interval_ms);
  if (!ok) {
    constexpr int kMaxDoublings = 12;
    std::int64_t retry = options_.failed_gap_ms << std::min(asset.failures - 1, kMaxDoublings);
    asset.due_ms = std::min(asset.due_ms, now_ms + Jittered(retry));
  }
  bool in_vain = IsChange(request) && ok && !changed;
  asset.gap_ms =
      in_vain ? std::min(std::max(asset.gap_ms, options_.change_gap_ms) * 2, options_.change_gap_most_ms)
              : options_.change_gap_ms;
  asset.not_before_ms = now_ms + std::max(asset.gap_ms, cost_ms * options_.change_cost_times);
}

void ScanQueue::Know(const wire::AssetRef& asset, std::int64_t last_ms) {
  auto [at, is_new] = assets_.try_emplace(asset);
  if (!is_new) return;
  at->second.last_ms = last_ms;
  at->second.due_ms = last_ms + Jittered(options_.interval_ms);
}

void ScanQueue::Forget(const wire::AssetRef& asset) {
  assets_.erase(asset);
  // A job stays: it is told as failed, not left open.
  std::erase_if(waiting_,
                [&](const auto& request) { return request.asset == asset && request.job_id.empty(); });
}

void ScanQueue::SetInterval(std::int64_t interval_ms) {
  options_.interval_ms = interval_ms;
  for (auto& [asset, state] : assets_)
    state.due_ms = std::min(state.due_ms, state.last_ms + Jittered(interval_ms));
}

}  // namespace weir::sensor
