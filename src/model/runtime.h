// What runs on a host or in a container at one moment: input to ranking.
// Made by the discovery room. Threading: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::model {

/// Where an address can be reached from, from near to far.
enum class AddressScope : std::uint8_t { kLoopback, kLinkLocal, kPrivate, kPublic, kAny };
std::string_view AddressScopeName(AddressScope scope);
/// RFC 1918, 4193, 6598 (CGNAT), 3927, 4291; 0.0.0.0 and :: are kAny. ADDRESS in text form.
AddressScope ScopeOfAddress(std::string_view address);

struct ListeningSocket {
  std::string protocol;  // "tcp", "udp"
  std::string address;   // text form, "0.0.0.0", "::1"
  std::uint16_t port = 0;
  AddressScope scope = AddressScope::kLoopback;
  bool operator==(const ListeningSocket&) const = default;
};

struct Connection {
  std::string protocol;
  std::string local_address, remote_address;
  std::uint16_t local_port = 0, remote_port = 0;
  bool inbound = false;  // its local port is one the process (or its listener) listens on
  AddressScope remote_scope = AddressScope::kLoopback;
};

struct Process {
  std::uint32_t pid = 0, parent = 0;
  std::uint64_t start_time_ticks = 0;  // from boot; with pid and boot id it names the process
  std::string name;                    // comm
  std::string executable;              // path inside its own root, no leading slash; " (deleted)" stripped
  bool executable_deleted = false;
  std::vector<std::string> arguments;  // argv, masked and cut to a few hundred bytes
  std::uint32_t user_id = 0;           // effective, in the host's user namespace
  std::string user_name;
  bool privileged = false;   // effective capabilities include CAP_SYS_ADMIN, or uid 0 with full capabilities
  std::string container_id;  // 64 hex digits; empty on the host
  std::uint64_t mount_namespace = 0;  // inode number
  std::uint64_t network_namespace = 0;
  std::uint64_t root_id =
      0;  // names its root folder; processes with the same one see the same files; 0 = unknown
  std::vector<std::string> loaded_files;    // mapped or open libraries and archives, inside its root, sorted
  std::vector<std::string> deleted_files;   // those of loaded_files that were replaced or removed since
  std::vector<std::string> imported_files;  // modules found by following its script's imports, sorted
  std::vector<ListeningSocket> listening;
  std::vector<Connection> connections;
};

struct Container {
  std::string id, name, image, image_id;
  std::string runtime;    // "docker", "podman", "containerd"
  std::string root_path;  // merged root file system on the host, if it could be found
  std::uint32_t pid = 0;  // its first process; 0 = not running
  std::string state;      // "running", "exited" ...
  bool privileged = false;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string pod_name, pod_namespace;
  std::vector<std::pair<std::uint16_t, std::uint16_t>>
      published_ports;  // host port, container port (0 = not known)
  bool operator==(const Container&) const = default;
};

/// An image in the store of a container runtime on this host.
struct ImageInfo {
  std::string id;                  // config digest, "sha256:..."
  std::vector<std::string> names;  // "docker.io/library/nginx:1.25"; none: dangling
  std::string runtime;             // "docker", "podman", "containerd"
  std::uint64_t size_bytes = 0;    // as the runtime counts: docker and podman unpacked; 0 = not known
  std::string created;             // RFC 3339, may be empty
  // Where it lies on this host, for target::OpenLocalImage; of no use anywhere else, and not sent.
  std::string store;            // docker: its socket; podman: the storage folder; containerd: its root folder
  std::string driver;           // podman: "overlay" or "vfs"; containerd: the namespace
  std::string manifest_digest;  // containerd: of the manifest for this host
  bool operator==(const ImageInfo&) const = default;
};

struct RuntimeSnapshot {
  bool taken = false;  // false: nothing is known of what runs, which is not "nothing runs"
  std::string host_name, machine_id, boot_id, kernel;
  std::vector<Process> processes;
  std::vector<Container> containers;
  std::vector<std::string> host_addresses;  // text form
  std::uint64_t host_root_id = 0;     // Process::root_id of those that see the host's own files; 0 = unknown
  std::uint64_t truncated_lists = 0;  // lists of a process that met a bound and are not whole
  std::vector<std::string> problems;  // container runtimes that could not be asked, one line each
  std::uint64_t unreadable_processes = 0;  // seen but not readable (rights, or gone meanwhile)
};

}  // namespace weir::model
