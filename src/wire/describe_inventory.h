// The fields of what enrolment and inventories are made of, as describe.h has those of the rest.
// CODEC is a JsonWriter with a const value, or a JsonReader with one to fill.
// Threading: pure functions.
#pragma once

#include "wire/json_codec.h"

namespace weir::wire {

// Numbers of values of the enumerations, whose names their own rooms give.
inline constexpr unsigned kAssetKinds = 6, kPackageTypes = 18, kRelationKinds = 3, kAddressScopes = 5,
                          kUsageLevels = 4, kCodes = 11;

std::string_view ScopeName(model::Scope scope);

template <class Codec>
void Describe(Codec& c, ValueOf<HostFacts> auto& v) {
  c.Text("name", v.name);
  c.Text("machine_id", v.machine_id);
  c.Text("boot_id", v.boot_id);
  c.Text("os", v.os);
  c.Text("kernel", v.kernel);
  c.Text("architecture", v.architecture);
  c.Number("processors", v.processors);
  c.Number("memory_bytes", v.memory_bytes);
  c.Texts("addresses", v.addresses);
  c.Text("sensor_version", v.sensor_version);
  c.Pairs("labels", v.labels);
}

template <class Codec>
void Describe(Codec& c, ValueOf<EnrolRequest> auto& v) {
  c.Text("token", v.token);
  c.Text("csr_pem", v.csr_pem);
  c.Object("host", v.host);
}

template <class Codec>
void Describe(Codec& c, ValueOf<EnrolAnswer> auto& v) {
  c.Text("sensor_id", v.sensor_id);
  c.Text("certificate_pem", v.certificate_pem);
  c.Text("ca_pem", v.ca_pem);
  c.Text("not_after", v.not_after);
}

template <class Codec>
void Describe(Codec& c, ValueOf<AssetRef> auto& v) {
  c.Enum("kind", v.kind, &model::AssetKindName, kAssetKinds);
  c.Text("key", v.key);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::ListeningSocket> auto& v) {
  c.Text("protocol", v.protocol);
  c.Text("address", v.address);
  c.Number("port", v.port);
  c.Enum("scope", v.scope, &model::AddressScopeName, kAddressScopes);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ProcessRow> auto& v) {
  c.Number("pid", v.pid);
  c.Number("parent", v.parent);
  c.Number("start", v.start_time_ticks);
  c.Text("name", v.name);
  c.Text("executable", v.executable);
  c.Text("user", v.user);
  c.Texts("arguments", v.arguments);
  c.Text("container", v.container_id);
  c.Bool("privileged", v.privileged);
  c.List("listening", v.listening);
  c.Text("first_seen", v.first_seen);
}

template <class Codec>
void Describe(Codec& c, ValueOf<ConnectionRow> auto& v) {
  c.Text("process", v.process);
  c.Text("container", v.container_id);
  c.Text("protocol", v.protocol);
  c.Bool("inbound", v.inbound);
  c.Text("local_address", v.local_address);
  c.Number("local_port", v.local_port);
  c.Text("remote_address", v.remote_address);
  c.Number("remote_port", v.remote_port);
  c.Enum("remote_scope", v.remote_scope, &model::AddressScopeName, kAddressScopes);
  c.Text("remote_process", v.remote_process);
  c.Text("first_seen", v.first_seen);
  c.Text("last_seen", v.last_seen);
  c.Number("count", v.count);
}

struct PortPair {
  std::uint16_t host = 0, container = 0;
};

template <class Codec>
void Describe(Codec& c, ValueOf<PortPair> auto& v) {
  c.Number("host", v.host);
  c.Number("container", v.container);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::Container> auto& v) {
  c.Text("id", v.id);
  c.Text("name", v.name);
  c.Text("image", v.image);
  c.Text("image_id", v.image_id);
  c.Text("runtime", v.runtime);
  c.Text("root_path", v.root_path);
  c.Number("pid", v.pid);
  c.Text("state", v.state);
  c.Bool("privileged", v.privileged);
  c.Pairs("labels", v.labels);
  c.Text("pod_name", v.pod_name);
  c.Text("pod_namespace", v.pod_namespace);
  std::vector<PortPair> ports;
  for (const auto& [host, inside] : v.published_ports) ports.push_back({host, inside});
  c.List("published_ports", ports);
  if constexpr (Codec::kReads)
    for (const PortPair& port : ports) v.published_ports.emplace_back(port.host, port.container);
}

template <class Codec>
void Describe(Codec& c, ValueOf<model::ImageInfo> auto& v) {
  c.Text("id", v.id);
  c.Texts("names", v.names);
  c.Text("runtime", v.runtime);
  c.Number("size_bytes", v.size_bytes);
  c.Text("created", v.created);
}

template <class Codec>
void Describe(Codec& c, ValueOf<InventoryRecord> auto& v) {
  c.Bool("full", v.full);
  c.Text("observed_at", v.observed_at);
  c.Object("host", v.host);
  c.List("processes", v.processes);
  c.Texts("gone_processes", v.gone_processes);
  c.List("containers", v.containers);
  c.Texts("gone_containers", v.gone_containers);
  c.List("images", v.images);
  c.Texts("gone_images", v.gone_images);
  c.List("connections", v.connections);
  c.Texts("gone_connections", v.gone_connections);
  c.Texts("problems", v.problems);
  c.Number("unreadable_processes", v.unreadable_processes);
  c.Number("truncated_lists", v.truncated_lists);
}

}  // namespace weir::wire
