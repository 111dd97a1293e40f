// Entry header of the room: what a sensor and a console say to each other.
//
// Plain structs, and JSON both ways. A batch is JSON lines: a header line, then a
// line a record, so that a sensor's spool can be sent without being parsed again.
// Everything read here comes from outside: sizes and counts are held to Limits,
// what is malformed is an Error that names the field.
//
//   sensor -> console                            (all but the first two with the sensor's certificate)
//     GET  /sensor/v1/ca                         the console's CA certificate, PEM
//     POST /sensor/v1/enrol                      EnrolRequest -> EnrolAnswer
//     POST /sensor/v1/renew                      {"csr_pem"} -> EnrolAnswer
//     POST /sensor/v1/batches                    Batch (JSON lines, zstd) -> BatchAnswer
//     POST /sensor/v1/status                     Status, not spooled: the newest one is all that counts
//     GET  /sensor/v1/commands                   server-sent events "command": Command
//     GET  /sensor/v1/rules                      ContentRules (content.h), where a settings command has
//     another digest
//
// Threading: pure functions over values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/content_finding.h"
#include "model/runtime.h"
#include "model/sbom.h"
#include "model/usage.h"

namespace weir::wire {

inline constexpr int kProtocol = 1;
/// SNI and URL host under which sensors reach a console, whatever its address is.
inline constexpr std::string_view kSensorHost = "sensor.weir.internal";  // asks for a client certificate
inline constexpr std::string_view kEnrolHost = "enrol.weir.internal";    // does not

struct Limits {
  std::size_t record_bytes = 256U << 20U;
  std::size_t list_entries = 1'000'000;  // of any one list
  std::size_t text_bytes = 64U << 10U;   // of any one text
};

// --- enrolment -----------------------------------------------------------------

struct HostFacts {
  std::string name, machine_id, boot_id;
  std::string os;  // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel, architecture;
  std::uint32_t processors = 0;
  std::uint64_t memory_bytes = 0;
  std::vector<std::string> addresses;  // text form, loopback left out
  std::string sensor_version;
  std::vector<std::pair<std::string, std::string>> labels;  // --label KEY=VALUE, cloud facts
  bool operator==(const HostFacts&) const = default;
};

/// "weir1.<id>.<secret>.<sha256 of the CA certificate, hexadecimal>"
struct EnrolToken {
  std::string id, secret, ca_digest;
  std::string ToString() const;
};
Result<EnrolToken> ParseEnrolToken(std::string_view text);

struct EnrolRequest {
  std::string token, csr_pem;
  HostFacts host;
};
struct EnrolAnswer {
  std::string sensor_id, certificate_pem, ca_pem;
  std::string not_after;  // RFC 3339
};

// --- records: spooled by the sensor, stored exactly once by the console -----------

/// An asset as a sensor names it. The console joins host and container keys with the sensor's id, so that
/// no sensor can speak of another's.
struct AssetRef {
  model::AssetKind kind = model::AssetKind::kHost;  // host, container or image
  std::string key;  // host: empty; container: its full id; image: its config digest
  bool operator==(const AssetRef&) const = default;
  auto operator<=>(const AssetRef&) const = default;
};

/// A process as shown and drawn: without its files. Named by pid and start time within one boot.
struct ProcessRow {
  std::uint32_t pid = 0, parent = 0;
  std::uint64_t start_time_ticks = 0;
  std::string name, executable, user;
  std::vector<std::string> arguments;  // masked
  std::string container_id;
  bool privileged = false;
  std::vector<model::ListeningSocket> listening;
  std::string first_seen;  // RFC 3339
  bool operator==(const ProcessRow&) const = default;
  std::string Key() const;  // "pid:start"
};

/// All connections between one process and one remote end, as one edge.
struct ConnectionRow {
  std::string process;  // ProcessRow::Key
  std::string container_id;
  std::string protocol;
  bool inbound = false;
  std::string local_address;
  std::uint16_t local_port = 0;  // inbound: where it listens; outbound: 0, it means nothing
  std::string remote_address;
  std::uint16_t remote_port = 0;  // outbound only
  model::AddressScope remote_scope = model::AddressScope::kLoopback;
  std::string remote_process;         // Key of the other end where it is on this host
  std::string first_seen, last_seen;  // RFC 3339
  std::uint64_t count = 0;            // open at last_seen; 0: closed
  bool operator==(const ConnectionRow&) const = default;
  std::string Key() const;  // of what makes it this edge, without times and count
};

/// What runs on the host: all of it (full), or what changed since the record before.
struct InventoryRecord {
  bool full = false;
  std::string observed_at;  // RFC 3339
  HostFacts host;
  std::vector<ProcessRow> processes;
  std::vector<std::string> gone_processes;  // keys
  std::vector<model::Container> containers;
  std::vector<std::string> gone_containers;  // ids
  std::vector<model::ImageInfo> images;
  std::vector<std::string> gone_images;  // ids
  std::vector<ConnectionRow> connections;
  std::vector<std::string> gone_connections;  // keys
  std::vector<std::string> problems;          // all that stand now
  std::uint64_t unreadable_processes = 0, truncated_lists = 0;
};

/// How an asset's packages are used: all of it (full), or what changed. A package without an entry of its
/// own has OTHERS.
struct UsageChange {
  bool full = false;
  model::Usage others;
  std::vector<std::pair<std::string, model::Usage>> packages;  // by package id
  std::vector<std::string> back_to_others;                     // package ids
};

/// A finished scan: the whole SBOM, or what changed since the scan BASE of the same asset.
struct ScanRecord {
  std::string scan_id;
  std::string base;  // scan id; empty: PACKAGES and RELATIONS are all there are
  AssetRef asset;
  std::string name, image, image_id;  // container: its image
  std::vector<model::Layer> layers;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string trigger;  // "start", "schedule", "change: <path>", "new", "rules", "job:<id>"
  std::string started_at, finished_at;
  model::Distro distro;
  std::vector<model::Package> packages;
  std::vector<std::string> gone_packages;  // ids
  std::vector<model::Relation> relations, gone_relations;
  std::vector<model::Problem> problems;  // all that stand now
  std::vector<std::string> catalogers;
  model::WalkStats stats;
  UsageChange usage;
  /// All that stand now, of the kinds in CONTENT_SCANS; what is stored of other kinds stands as it is.
  std::vector<model::ContentFinding> content;
  /// Of a difference: CONTENT is what the scan BASE had told, and is left out. It is told whole or not at
  /// all: a few hundred findings at most places, and most scans find the same again.
  bool content_same = false;
  std::vector<model::ContentScan> content_scans;
  /// The walk ended early: what is not in CONTENT may still be there.
  bool cut_short = false;
};

struct UsageRecord {
  AssetRef asset;
  UsageChange usage;
};

struct ScanFailedRecord {
  std::string scan_id;
  AssetRef asset;
  std::string name, trigger, started_at, finished_at;
  Error error;
};

using RecordBody = std::variant<InventoryRecord, ScanRecord, UsageRecord, ScanFailedRecord>;

struct Record {
  std::uint64_t sequence = 0;  // 1, 2, 3 ... within an epoch
  RecordBody body;
};

/// One line, no line feed inside.
std::string RecordLine(const Record& record);
/// RecordLine in two steps, for a record that is made in one process and numbered in another.
std::string RecordText(const RecordBody& body);
std::string NumberRecord(std::uint64_t sequence, std::string_view text);
Result<Record> ParseRecord(std::string_view line, const Limits& limits);

struct Batch {
  std::string epoch;  // names one spool: a new one is made where the old was lost, and counts from 1 again
  std::vector<Record> records;
};
/// The header line with its line feed; append RecordLine + "\n" for each record.
std::string BatchHeader(std::string_view epoch);
Result<Batch> ParseBatch(std::string_view text, const Limits& limits);

struct BatchAnswer {
  std::uint64_t acknowledged = 0;  // everything up to this sequence is stored
  bool send_full = false;          // a delta's base is not known: send a full record of everything
};

// --- status and commands -----------------------------------------------------------

struct ScanProgress {
  std::string scan_id;
  AssetRef asset;
  std::string name, trigger, started_at;
  std::string phase;  // "waiting", "reading", "joining", "sending"
  std::uint64_t files = 0, bytes = 0;
  double fraction = -1;  // 0..1, -1 = not known
};

struct Status {
  std::string sent_at;  // RFC 3339
  std::string sensor_version;
  std::vector<ScanProgress> scans;
  std::uint64_t spool_records = 0, spool_bytes = 0;
  std::uint64_t dropped_records = 0;  // the spool's bound was met: a full inventory and full scans follow
  std::uint64_t resident_bytes = 0;
  double processor_seconds = 0;
};

struct Command {
  std::string kind;  // "scan", "settings", "resend"; settings come with each connection, and when they change
  std::string job_id;
  AssetRef asset;                           // scan
  std::uint64_t scan_interval_seconds = 0;  // settings; 0 = unchanged
  std::string rules_digest;                 // settings: ContentRules::digest as it is now; empty: unchanged
};

std::string ToJson(const HostFacts& value);
std::string ToJson(const EnrolRequest& value);
std::string ToJson(const EnrolAnswer& value);
std::string ToJson(const BatchAnswer& value);
std::string ToJson(const Status& value);
std::string ToJson(const Command& value);
Result<HostFacts> ParseHostFacts(std::string_view text, const Limits& limits);
Result<EnrolRequest> ParseEnrolRequest(std::string_view text, const Limits& limits);
Result<EnrolAnswer> ParseEnrolAnswer(std::string_view text, const Limits& limits);
Result<BatchAnswer> ParseBatchAnswer(std::string_view text, const Limits& limits);
Result<Status> ParseStatus(std::string_view text, const Limits& limits);
Result<Command> ParseCommand(std::string_view text, const Limits& limits);

/// Parts of records as JSON text and back, for stores of them. A package names its Go symbols by id: they are
/// the same for all packages of one program, and large.
std::string ToJson(const model::Package& value);
std::string ToJson(const model::Usage& value);
std::string ToJson(const ProcessRow& value);
std::string ToJson(const ConnectionRow& value);
std::string ToJson(const model::Container& value);
std::string ToJson(const model::ImageInfo& value);
Result<model::Usage> ParseUsage(std::string_view text, const Limits& limits);
Result<ProcessRow> ParseProcess(std::string_view text, const Limits& limits);
Result<ConnectionRow> ParseConnection(std::string_view text, const Limits& limits);
Result<model::Container> ParseContainer(std::string_view text, const Limits& limits);
Result<model::ImageInfo> ParseImage(std::string_view text, const Limits& limits);

/// 32 hexadecimal digits of a digest over the symbols; empty for none.
std::string GoSymbolsId(const model::GoSymbols* symbols);
/// 8 bytes a symbol, little-endian.
std::string PackGoSymbols(const model::GoSymbols& symbols);
Result<std::shared_ptr<const model::GoSymbols>> UnpackGoSymbols(std::string_view bytes);
/// A package and the id of its Go symbols, which the caller looks up; go_symbols stays empty.
struct PackageText {
  model::Package package;
  std::string go_symbols_id;
};
Result<PackageText> ParsePackage(std::string_view text, const Limits& limits);

}  // namespace weir::wire
