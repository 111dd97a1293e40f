// What runs in an asset: processes, connections, the history of its scans.
#include <map>
#include <nlohmann/json.hpp>

#include "console/asset_facts.h"
#include "console/handlers.h"
#include "console/json_views.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "console/time_text.h"
#include "store/inventory.h"
#include "store/views.h"

namespace weir::console {

Answer ListAssetProcesses(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r, *id));
    WEIR_ASSIGN(store::Page<store::ProcessRow> page, store::ListProcesses(r, *id, wanted));
    store::AssetId host = asset.kind == model::AssetKind::kHost ? asset.id : asset.host;
    WEIR_ASSIGN(auto counts, store::ConnectionCounts(r, host));
    std::map<std::string, std::int64_t> connections(counts.begin(), counts.end());
    Names names(r);
    Json items = Json::array();
    for (const store::ProcessRow& row : page.items) {
      auto process = wire::ParseProcess(row.json, {});
      if (!process) continue;
      items.push_back(ProcessJson(*process, row.asset, row.running, connections[row.key], names));
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer ListAssetConnections(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_TRY(store::GetAsset(r, *id));
    WEIR_ASSIGN(store::Page<store::ConnectionRow> page, store::ListConnections(r, *id, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::ConnectionRow& row : page.items) {
      auto connection = wire::ParseConnection(row.json, {});
      std::string remote_name;
      store::AssetId remote = row.remote_asset;
      if (!row.remote_process.empty()) {
        WEIR_ASSIGN(remote_name, store::ProcessName(r, row.host, row.remote_process));
        WEIR_ASSIGN(remote, store::ProcessAsset(r, row.host, row.remote_process));
      } else if (remote != 0) {
        remote_name = names.AssetOf(remote).name;
      }
      items.push_back({{"process", row.process_name},
                       {"asset_id", std::to_string(row.asset)},
                       {"protocol", row.protocol},
                       {"local_address", connection ? connection->local_address : std::string()},
                       {"local_port", row.local_port},
                       {"remote_address", row.remote_address},
                       {"remote_port", row.remote_port},
                       {"inbound", row.inbound},
                       {"remote_reach", ReachWord(row.remote_scope)},
                       {"remote_asset_id", IdOrNull(remote)},
                       {"remote_name", remote_name},
                       {"count", row.count},
                       {"open", row.count > 0},
                       {"first_seen", TimeText(row.first_seen)},
                       {"last_seen", TimeText(row.last_seen)}});
    }
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

Answer ListAssetScans(Services& services, Call& call) {
  QueryFields query(call.request);
  store::PageRequest wanted = query.Page();
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  std::optional<std::uint32_t> id = ParseId(call.id());
  if (!id) return NoSuch("asset", call.id());
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    WEIR_TRY(store::GetAsset(r, *id));
    WEIR_ASSIGN(store::Page<store::Scan> page, store::ListScans(r, *id, wanted));
    Names names(r);
    Json items = Json::array();
    for (const store::Scan& scan : page.items) items.push_back(ScanJson(scan, names));
    return JsonAnswer(PageJson(page, std::move(items)));
  });
}

}  // namespace weir::console
