#include "console/housekeeper.h"

#include <malloc.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "console/event_hub.h"
#include "console/match_service.h"
#include "console/retire.h"
#include "console/sensor_hub.h"
#include "console/settings.h"
#include "store/inventory.h"
#include "store/masks.h"
#include "store/outbox.h"
#include "store/retention.h"

namespace weir::console {
namespace {

constexpr store::TimeMs kDay = 86'400'000;

void Complain(const Result<void>& done) {
  if (!done) Log(LogLevel::kError, "housekeeping.failed", {{"error", done.error().message}});
}

}  // namespace

Housekeeper::Housekeeper(Services& services, std::function<void()> renew)
    : services_(services), renew_(std::move(renew)), thread_([this] { Run(); }) {}

Housekeeper::~Housekeeper() { Stop(); }

void Housekeeper::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::Run() {
  using Clock = std::chrono::steady_clock;
  auto minute = Clock::now(), hour = Clock::now() + std::chrono::minutes(2);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    services_.sensors.CheckSilent();
    if (Clock::now() >= minute) {
      EveryMinute();
      minute = Clock::now() + std::chrono::minutes(1);
    }
    if (Clock::now() >= hour) {
      EveryHour();
      hour = Clock::now() + std::chrono::hours(1);
    }
    lock.lock();
    wake_.wait_for(lock, std::chrono::seconds(5), [this] { return stopping_; });
  }
}

void Housekeeper::EveryMinute() {
  Complain(services_.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_ASSIGN(std::vector<std::int64_t> ended, store::ExpireMasks(t));
    for (std::int64_t id : ended)
      WEIR_TRY(services_.events.Emit(t, "mask", {{"mask_id", std::to_string(id)}}));
    return store::UpdateTrend(t);
  }));
  // Memory that big answers and batches needed goes back; it costs milliseconds.
  ::malloc_trim(0);
}

void Housekeeper::EveryHour() {
  auto settings = services_.settings.Now();
  Complain(services_.store.Write([&](store::Transaction& t) -> Result<void> {
    WEIR_TRY(store::PruneAccounts(t));
    WEIR_TRY(store::PruneEvents(t));
    WEIR_TRY(store::PruneInventory(t, settings->connection_retention_days * kDay));
    WEIR_TRY(store::PruneAudit(t, t.now() - settings->audit_retention_days * kDay));
    return store::PruneResolved(t, t.now() - settings->resolved_retention_days * kDay);
  }));
  Complain(services_.store.Write([&](store::Transaction& t) {
    return store::PruneScans(t, static_cast<std::size_t>(settings->scans_kept));
  }));
  Complain(services_.store.Write([&](store::Transaction& t) {
    return store::PruneGoneAssets(t, t.now() - settings->gone_asset_retention_days * kDay, 100);
  }));
  Complain(services_.store.Write(
      [&](store::Transaction& t) { return store::EndOldJobs(t, t.now() - kDay, t.now() - 90 * kDay); }));
  auto silent = services_.store.Read([&](store::Reader& r) {
    return store::SilentHosts(r, services_.store.Now() - settings->gone_asset_retention_days * kDay);
  });
  if (silent)
    for (store::AssetId host : *silent)
      Complain(services_.store.Write(
          [&](store::Transaction& t) { return RetireAsset(t, services_.match, services_.events, host); }));
  if (renew_) renew_();
}

}  // namespace weir::console
