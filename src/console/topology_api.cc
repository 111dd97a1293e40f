// The graph of what runs and what talks to what, as rows that stay small at 10,000
// nodes: numbers instead of names where one node speaks of another.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "console/handlers.h"
#include "console/json_views.h"
#include "console/request_fields.h"
#include "console/services.h"
#include "console/time_text.h"
#include "store/inventory.h"
#include "store/views.h"

namespace weir::console {
namespace {

constexpr std::size_t kMaxNodes = 50'000, kMaxEdges = 200'000;
constexpr std::array<std::string_view, 3> kLevels = {"host", "container", "process"};

std::string_view WorstOf(const store::SeverityCounts& counts) {
  for (std::size_t i = store::SeverityCounts::kCount; i-- > 0;)
    if (counts.by[i] > 0) return model::SeverityName(static_cast<model::Severity>(i));
  return "";
}

class Graph {
 public:
  Graph(store::Reader& r, std::string level, store::AssetId root)
      : r_(r), level_(std::move(level)), root_(root) {}

  Result<void> Build() {
    WEIR_ASSIGN(auto exposures, store::FactOfAssets(r_, "exposure"));
    exposures_ = {exposures.begin(), exposures.end()};
    WEIR_TRY(FindScope());
    WEIR_TRY(AddAssets());
    if (level_ == "process") WEIR_TRY(AddProcesses());
    return AddEdges();
  }

  Json Take(store::TimeMs now) {
    static constexpr std::array<const char*, 9> kNodeFields = {
        "id", "kind", "name", "parent", "state", "score", "severity", "exposure", "findings"};
    static constexpr std::array<const char*, 7> kEdgeFields = {"from",  "to",   "protocol", "port",
                                                               "count", "open", "last_seen"};
    Json edges = Json::array();
    for (const auto& [key, edge] : edges_) {
      const auto& [from, to, protocol, port] = key;
      edges.push_back(
          Json::array({from, to, protocol, port, edge.count, edge.open > 0 ? 1 : 0, edge.last_seen / 1000}));
    }
    return {{"level", level_},
            {"generated_at", TimeText(now)},
            {"truncated", truncated_},
            {"node_fields", kNodeFields},
            {"nodes", std::move(nodes_)},
            {"edge_fields", kEdgeFields},
            {"edges", std::move(edges)}};
  }

 private:
  struct Edge {
    std::int64_t count = 0, open = 0;
    store::TimeMs last_seen = 0;
  };

  /// The host whose rows are wanted; 0: all. A container as root shows itself in its host.
  Result<void> FindScope() {
    if (root_ == 0) return {};
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(r_, root_));
    root_host_ = asset.kind == model::AssetKind::kHost ? asset.id : asset.host;
    only_ = asset.kind == model::AssetKind::kContainer ? asset.id : 0;
    return {};
  }

  std::int64_t Add(std::string id, std::string_view kind, std::string name, std::int64_t parent,
                   std::string_view state, double score, std::string_view severity, std::string_view exposure,
                   std::int64_t findings) {
    if (nodes_.size() >= kMaxNodes) {
      truncated_ = true;
      return -1;
    }
    nodes_.push_back(Json::array(
        {std::move(id), kind, std::move(name), parent, state, score, severity, exposure, findings}));
    return static_cast<std::int64_t>(nodes_.size()) - 1;
  }

  void AddAsset(const store::AssetBrief& asset, std::int64_t parent) {
    auto exposure = exposures_.find(asset.id);
    std::int64_t at =
        Add(std::to_string(asset.id), model::AssetKindName(asset.kind), asset.name, parent,
            store::AssetStateName(asset.state), asset.max_score, WorstOf(asset.open),
            exposure == exposures_.end() ? "none" : std::string_view(exposure->second), asset.open.total());
    if (at >= 0) places_[asset.id] = at;
  }

  Result<void> AddAssets() {
    WEIR_ASSIGN(std::vector<store::AssetBrief> assets, store::AllAssets(r_, false));
    for (const store::AssetBrief& asset : assets) {
      if (asset.host != 0) hosts_[asset.id] = asset.host;
      bool wanted = root_host_ == 0 || asset.id == root_host_;
      if (asset.kind == model::AssetKind::kHost) {
        briefs_[asset.id] = asset;
        if (wanted) AddAsset(asset, -1);
      }
    }
    if (level_ == "host") return {};
    for (const store::AssetBrief& asset : assets) {
      if (asset.kind != model::AssetKind::kContainer || asset.state == store::AssetState::kGone) continue;
      if (only_ != 0 && asset.id != only_) continue;
      auto parent = places_.find(asset.host);
      if (parent != places_.end()) AddAsset(asset, parent->second);
    }
    return {};
  }

  Result<void> AddProcesses() {
    WEIR_ASSIGN(std::vector<store::ProcessRow> rows, store::NetworkProcesses(r_, root_host_));
    for (const store::ProcessRow& row : rows) {
      if (only_ != 0 && row.asset != only_) continue;
      auto parent = places_.find(row.asset);
      if (parent == places_.end()) continue;
      // Processes of one name in one place are one node: edges are kept by name.
      auto [it, is_new] = processes_.try_emplace(std::pair(row.asset, row.name), -1);
      if (!is_new) continue;
      it->second = Add("p" + std::to_string(row.asset) + "-" + std::to_string(row.pid), "process", row.name,
                       parent->second, row.running ? "running" : "gone", 0, "", "none", 0);
    }
    return {};
  }

  /// The node for an end of a connection; -1 where it is not shown.
  std::int64_t PlaceOf(store::AssetId asset, const std::string& process) {
    if (level_ == "process") {
      auto it = processes_.find(std::pair(asset, process));
      if (it != processes_.end()) return it->second;
    }
    if (auto it = places_.find(asset); it != places_.end()) return it->second;
    auto host = hosts_.find(asset);
    if (host == hosts_.end()) return -1;
    auto it = places_.find(host->second);
    return it == places_.end() ? -1 : it->second;
  }

  std::int64_t RemoteOf(const store::Edge& edge) {
    if (edge.remote_asset != 0) {
      std::int64_t place = PlaceOf(edge.remote_asset, {});
      if (place >= 0) return place;
      // A host beyond the root: shown as an end of the connection.
      auto brief = briefs_.find(edge.remote_asset);
      if (brief != briefs_.end()) {
        AddAsset(brief->second, -1);
        return PlaceOf(edge.remote_asset, {});
      }
    }
    switch (edge.remote_scope) {
      case model::AddressScope::kLoopback:
        return -1;
      case model::AddressScope::kPublic:
      case model::AddressScope::kAny:
        return Network("net-public", "the Internet", "public");
      default:
        return Network("net-private", "private networks", "private");
    }
  }

  std::int64_t Network(const std::string& id, std::string name, std::string_view reach) {
    auto [it, is_new] = networks_.try_emplace(id, -1);
    if (is_new) it->second = Add(id, "network", std::move(name), -1, "running", 0, "", reach, 0);
    return it->second;
  }

  Result<void> AddEdges() {
    WEIR_ASSIGN(std::vector<store::Edge> edges, store::ListEdges(r_, root_host_));
    for (const store::Edge& edge : edges) {
      if (only_ != 0 && edge.asset != only_) continue;
      std::int64_t here = PlaceOf(edge.asset, edge.process_name);
      std::int64_t there = RemoteOf(edge);
      if (here < 0 || there < 0 || here == there) continue;
      auto key =
          std::tuple(edge.inbound ? there : here, edge.inbound ? here : there, edge.protocol, edge.port);
      if (edges_.size() >= kMaxEdges && !edges_.contains(key)) {
        truncated_ = true;
        continue;
      }
      Edge& folded = edges_[key];
      folded.count += 1;
      folded.open += edge.connections;
      folded.last_seen = std::max(folded.last_seen, edge.last_seen);
    }
    return {};
  }

  store::Reader& r_;
  std::string level_;
  store::AssetId root_, root_host_ = 0, only_ = 0;
  bool truncated_ = false;
  Json nodes_ = Json::array();
  std::map<store::AssetId, std::int64_t> places_;
  std::map<store::AssetId, store::AssetId> hosts_;
  std::map<store::AssetId, store::AssetBrief> briefs_;
  std::map<store::AssetId, std::string> exposures_;
  std::map<std::pair<store::AssetId, std::string>, std::int64_t> processes_;
  std::map<std::string, std::int64_t> networks_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::string, std::uint16_t>, Edge> edges_;
};

}  // namespace

Answer GetTopology(Services& services, Call& call) {
  QueryFields query(call.request);
  std::string level = query.Word("level", kLevels);
  store::AssetId root = query.Id("root");
  if (level.empty()) level = "container";
  if (level == "process" && root == 0) query.Complain("root", "is needed at this level");
  if (auto fault = query.Fault()) return tl::unexpected<Problem>(*fault);
  return services.store.Read([&](store::Reader& r) -> Result<net::ServerResponse> {
    Graph graph(r, level, root);
    WEIR_TRY(graph.Build());
    return JsonAnswer(graph.Take(services.store.Now()));
  });
}

}  // namespace weir::console
