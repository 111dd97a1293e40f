// Inventory records: what is on a host, what runs there, what talks to what.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/strings.h"
#include "console/asset_facts.h"
#include "console/event_hub.h"
#include "console/record_store.h"
#include "console/retire.h"
#include "console/sensor_hub.h"
#include "store/inventory.h"
#include "store/views.h"

namespace weir::console {
namespace {

constexpr std::size_t kMaxContainers = 20'000, kMaxImages = 20'000;

std::string Short(std::string_view text, std::size_t bytes = 300) {
  return ToValidUtf8(text.substr(0, bytes));
}

bool IsGoodId(std::string_view id) {
  return !id.empty() && id.size() <= 200 && std::all_of(id.begin(), id.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == ':' || c == '-' || c == '_' || c == '.' || c == '@';
  });
}

Json LabelsJson(const std::vector<std::pair<std::string, std::string>>& labels) {
  Json json = Json::object();
  for (const auto& [key, value] : labels)
    if (json.size() < 100) json[Short(key)] = Short(value);
  return json;
}

template <class T>
Json Texts(const std::vector<T>& texts, std::size_t most) {
  Json json = Json::array();
  for (const auto& text : texts)
    if (json.size() < most) json.push_back(Short(text, 1000));
  return json;
}

}  // namespace

Result<void> RecordStore::ApplyInventory(const wire::InventoryRecord& record) {
  if (record.containers.size() > kMaxContainers || record.images.size() > kMaxImages) return {};
  WEIR_TRY(PutHost(record));
  for (const model::Container& container : record.containers) WEIR_TRY(PutContainer(container));
  for (const model::ImageInfo& image : record.images) WEIR_TRY(PutImage(image));
  std::vector<std::string> gone = record.gone_containers;
  if (record.full) {
    std::set<std::string_view> there;
    for (const model::Container& container : record.containers) there.insert(container.id);
    WEIR_ASSIGN(std::vector<store::AssetId> known, store::ContainersOf(t_, sensor_.host));
    for (store::AssetId id : known) {
      WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, id));
      if (wire::AssetRef ref = RefOf(asset); !there.contains(ref.key)) gone.push_back(ref.key);
    }
  }
  for (const std::string& id : gone) {
    WEIR_ASSIGN(auto asset, Find({model::AssetKind::kContainer, id}));
    if (!asset || asset->state == store::AssetState::kGone) continue;
    WEIR_TRY(RetireAsset(t_, parts_.match, parts_.events, asset->id));
  }
  std::vector<std::string> gone_images = record.gone_images;
  if (record.full) {
    std::set<std::string_view> there;
    for (const model::ImageInfo& image : record.images) there.insert(image.id);
    WEIR_ASSIGN(std::vector<std::string> known, store::ImagesOfSensor(t_, sensor_.id));
    for (std::string& key : known)
      if (!there.contains(key)) gone_images.push_back(std::move(key));
  }
  for (const std::string& id : gone_images) WEIR_TRY(DropImage(id));
  WEIR_TRY(PutTraffic(record));
  afterwards_.emplace_back([this_events = &parts_.events, host = sensor_.host] {
    this_events->Broadcast("inventory", {{"asset_id", std::to_string(host)}});
  });
  return {};
}

Result<void> RecordStore::PutHost(const wire::InventoryRecord& record) {
  WEIR_ASSIGN(store::AssetId id, Host());
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, id));
  const wire::HostFacts& host = record.host;
  Json facts = {{"problems", Texts(record.problems, 100)},
                {"unreadable_processes", record.unreadable_processes},
                {"truncated_lists", record.truncated_lists}};
  if (!host.name.empty()) {
    facts["kernel"] = Short(host.kernel);
    facts["architecture"] = Short(host.architecture);
    facts["processors"] = host.processors;
    facts["memory_bytes"] = host.memory_bytes;
    facts["machine_id"] = Short(host.machine_id);
    facts["boot_id"] = Short(host.boot_id);
    facts["addresses"] = Texts(host.addresses, 200);
    facts["labels"] = LabelsJson(host.labels);
    facts["sensor_version"] = Short(host.sensor_version);
  }
  store::AssetInput input;
  input.kind = model::AssetKind::kHost;
  input.key = sensor_.id;
  input.name = Short(host.name);
  input.os = Short(host.os);
  input.sensor = sensor_.id;
  input.facts = MergeFacts(asset.facts, facts);
  WEIR_TRY(store::UpsertAsset(t_, input));
  if (asset.state == store::AssetState::kGone) {
    needs_full_ = needs_full_ || !record.full;
    WEIR_TRY(TellAsset(id, "changed"));
  }
  std::string version = Short(host.sensor_version, 100);
  bool renamed = !input.name.empty() && input.name != sensor_.name;
  if (renamed || (!version.empty() && version != sensor_.version)) {
    if (renamed) sensor_.name = input.name;
    if (!version.empty()) sensor_.version = version;
    WEIR_TRY(store::UpdateSensor(t_, sensor_));
  }
  return !ReadFacts(asset.facts).contains("machine_id") ? ReplaceOlderSelf(Short(host.machine_id))
                                                        : Result<void>();
}

// A host that was enrolled again is a new asset: its sensor has a new name. The one of before has gone,
// unless its sensor is there (two machines made from one disk image have the same id).
Result<void> RecordStore::ReplaceOlderSelf(const std::string& machine_id) {
  if (machine_id.empty()) return {};
  WEIR_ASSIGN(std::vector<store::AssetId> hosts, store::HostsOfMachine(t_, machine_id));
  for (store::AssetId id : hosts) {
    if (id == sensor_.host) continue;
    WEIR_ASSIGN(store::Asset host, store::GetAsset(t_, id));
    auto sensor = store::GetSensor(t_, host.sensor);
    bool there =
        sensor && !sensor->revoked && t_.now() - std::max(sensor->last_seen, host.last_seen) < 300'000;
    if (!there) WEIR_TRY(RetireAsset(t_, parts_.match, parts_.events, id));
  }
  return {};
}

Result<void> RecordStore::PutContainer(const model::Container& container) {
  if (!IsGoodId(container.id)) return {};
  store::AssetInput input;
  input.kind = model::AssetKind::kContainer;
  input.key = AssetKey(sensor_.id, {model::AssetKind::kContainer, container.id});
  input.name = container.name.empty() ? container.id.substr(0, 12) : Short(container.name);
  input.image = Short(container.image);
  input.image_id = Short(container.image_id);
  input.sensor = sensor_.id;
  input.host = sensor_.host;
  input.state = container.state == "running" || container.pid != 0 ? store::AssetState::kRunning
                                                                   : store::AssetState::kStopped;
  Json ports = Json::array();
  for (const auto& [host_port, container_port] : container.published_ports)
    if (ports.size() < 200) ports.push_back({{"host_port", host_port}, {"container_port", container_port}});
  std::string pod =
      container.pod_name.empty() ? std::string() : Short(container.pod_namespace + "/" + container.pod_name);
  Json facts = {
      {"runtime", Short(container.runtime)},    {"pod", pod},     {"privileged", container.privileged},
      {"labels", LabelsJson(container.labels)}, {"ports", ports}, {"runtime_state", Short(container.state)}};
  WEIR_ASSIGN(auto known, store::FindAsset(t_, input.kind, input.key));
  std::string before;
  store::AssetState state_before = store::AssetState::kGone;
  if (known) {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *known));
    before = asset.facts;
    state_before = asset.state;
  }
  input.facts = MergeFacts(before, facts);
  WEIR_ASSIGN(store::AssetId id, store::UpsertAsset(t_, input));
  if (!known) return TellAsset(id, "new");
  // What it had was given up when it went; whether it is scanned again does not depend on a change.
  if (state_before == store::AssetState::kGone) needs_full_ = true;
  return state_before == input.state ? Result<void>() : TellAsset(id, "changed");
}

// An image is one asset, however many hosts have it; its facts keep the list of the sensors that saw it.
Result<void> RecordStore::PutImage(const model::ImageInfo& image) {
  if (!IsGoodId(image.id)) return {};
  store::AssetInput input;
  input.kind = model::AssetKind::kImage;
  input.key = image.id;
  input.image_id = image.id;
  input.state = store::AssetState::kStopped;
  std::string shown = image.names.empty() ? std::string() : Short(image.names.front());
  WEIR_ASSIGN(auto known, store::FindAsset(t_, input.kind, input.key));
  Json facts = Json::object();
  store::AssetState before = store::AssetState::kGone;
  std::string owner;
  if (known) {
    WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *known));
    facts = ReadFacts(asset.facts);
    before = asset.state;
    owner = asset.sensor;
  }
  Json sensors = facts.value("sensors", Json::array());
  if (!sensors.is_array()) sensors = Json::array();
  if (std::find(sensors.begin(), sensors.end(), Json(sensor_.id)) == sensors.end() && sensors.size() < 5000)
    sensors.push_back(sensor_.id);
  bool is_owner = owner.empty() || owner == sensor_.id || before == store::AssetState::kGone;
  if (is_owner) {
    facts["runtime"] = Short(image.runtime);
    facts["size_bytes"] = image.size_bytes;
    facts["created"] = Short(image.created);
    facts["names"] = Texts(image.names, 50);
    input.name = shown.empty() ? image.id.substr(0, 19) : shown;
    input.image = shown;
    input.sensor = sensor_.id;
  }
  facts["sensors"] = sensors;
  input.facts = WriteFacts(facts);
  WEIR_ASSIGN(store::AssetId id, store::UpsertAsset(t_, input));
  if (!known) return TellAsset(id, "new");
  if (before != store::AssetState::kGone) return {};
  needs_full_ = true;
  return TellAsset(id, "changed");
}

Result<void> RecordStore::DropImage(const std::string& image) {
  if (!IsGoodId(image)) return {};
  WEIR_ASSIGN(auto id, store::FindAsset(t_, model::AssetKind::kImage, image));
  if (!id) return {};
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, *id));
  Json facts = ReadFacts(asset.facts);
  Json sensors = Json::array();
  bool had_it = asset.sensor == sensor_.id;
  if (auto it = facts.find("sensors"); it != facts.end() && it->is_array())
    for (const Json& sensor : *it) {
      had_it = had_it || sensor == sensor_.id;
      if (sensor.is_string() && sensor != sensor_.id) sensors.push_back(sensor);
    }
  if (!had_it) return {};  // not this sensor's to take away
  facts["sensors"] = sensors;
  store::AssetInput input;
  input.kind = asset.kind;
  input.key = asset.key;
  input.facts = WriteFacts(facts);
  input.state = asset.state;
  if (!sensors.empty() && asset.sensor == sensor_.id) input.sensor = sensors.front().get<std::string>();
  WEIR_TRY(store::UpsertAsset(t_, input));
  return sensors.empty() ? RetireAsset(t_, parts_.match, parts_.events, asset.id) : Result<void>();
}

Result<void> RecordStore::PutTraffic(const wire::InventoryRecord& record) {
  std::map<std::string, store::AssetId, std::less<>> containers;  // by id, as they are met
  auto asset_of = [&](const std::string& container) -> Result<store::AssetId> {
    if (container.empty()) return sensor_.host;
    if (auto it = containers.find(container); it != containers.end()) return it->second;
    WEIR_ASSIGN(auto asset, Find({model::AssetKind::kContainer, container}));
    return containers.emplace(container, asset ? asset->id : sensor_.host).first->second;
  };
  std::vector<store::ProcessInput> processes;
  std::set<store::AssetId> touched;
  std::map<std::string, std::string_view, std::less<>> names;
  for (const wire::ProcessRow& row : record.processes) {
    store::ProcessInput input;
    input.key = row.Key();
    WEIR_ASSIGN(input.asset, asset_of(row.container_id));
    input.name = Short(row.name);
    input.user = Short(row.user);
    input.pid = row.pid;
    input.listening = !row.listening.empty();
    input.first_seen = Time(row.first_seen);
    input.json = wire::ToJson(row);
    names.emplace(input.key, row.name);
    touched.insert(input.asset);
    processes.push_back(std::move(input));
  }
  std::vector<store::ConnectionInput> connections;
  for (const wire::ConnectionRow& row : record.connections) {
    store::ConnectionInput input;
    input.key = row.Key();
    WEIR_ASSIGN(input.asset, asset_of(row.container_id));
    input.process = row.process;
    if (auto it = names.find(row.process); it != names.end()) {
      input.process_name = Short(it->second);
    } else {
      WEIR_ASSIGN(input.process_name, store::ProcessName(t_, sensor_.host, row.process));
    }
    input.protocol = row.protocol == "udp" ? "udp" : "tcp";
    input.inbound = row.inbound;
    input.local_port = row.local_port;
    input.remote_port = row.remote_port;
    input.remote_address = Short(row.remote_address, 64);
    input.remote_process = row.remote_process;
    input.remote_scope = row.remote_scope;
    input.first_seen = Time(row.first_seen);
    input.last_seen = std::max(Time(row.last_seen), input.first_seen);
    input.count = std::min<std::uint64_t>(row.count, 1'000'000);
    input.json = wire::ToJson(row);
    connections.push_back(std::move(input));
  }
  store::InventoryInput input;
  input.host = sensor_.host;
  input.full = record.full;
  input.processes = processes;
  input.gone_processes = record.gone_processes;
  input.connections = connections;
  input.gone_connections = record.gone_connections;
  for (const std::string& address : record.host.addresses)
    if (input.addresses.size() < 1000) input.addresses.push_back(Short(address, 64));
  // Who loses a listening process has to be asked before it goes.
  for (const std::string& key : record.gone_processes) {
    WEIR_ASSIGN(store::AssetId asset, store::ProcessAsset(t_, sensor_.host, key));
    if (asset != 0) touched.insert(asset);
  }
  WEIR_TRY(store::ApplyInventory(t_, input));
  for (store::AssetId asset : touched) WEIR_TRY(UpdateExposure(asset));
  return {};
}

Result<void> RecordStore::UpdateExposure(store::AssetId id) {
  WEIR_ASSIGN(store::Asset asset, store::GetAsset(t_, id));
  Json facts = ReadFacts(asset.facts);
  WEIR_ASSIGN(store::Asset host, store::GetAsset(t_, sensor_.host));
  std::vector<std::string> addresses;
  Json host_facts = ReadFacts(host.facts);
  if (auto it = host_facts.find("addresses"); it != host_facts.end() && it->is_array())
    for (const Json& address : *it)
      if (address.is_string()) addresses.push_back(address.get<std::string>());
  WEIR_ASSIGN(std::vector<std::string> rows, store::ListeningProcesses(t_, id, 500));
  std::vector<model::ListeningSocket> listeners;
  for (const std::string& row : rows)
    if (auto process = wire::ParseProcess(row, {}))
      listeners.insert(listeners.end(), process->listening.begin(), process->listening.end());
  bool is_container = asset.kind == model::AssetKind::kContainer;
  auto ports = facts.find("ports");
  bool published = ports != facts.end() && !ports->empty();
  std::string_view exposure = ExposureOf(listeners, addresses, is_container, published);
  if (facts.value("exposure", "none") == exposure) return {};
  store::AssetInput input;
  input.kind = asset.kind;
  input.key = asset.key;
  input.state = asset.state;
  input.host = asset.host;
  facts["exposure"] = exposure;
  input.facts = WriteFacts(facts);
  WEIR_TRY(store::UpsertAsset(t_, input));
  return {};
}

}  // namespace weir::console
