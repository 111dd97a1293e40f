#include "fleet_host.h"

#include <zstd.h>

#include <chrono>
#include <ctime>
#include <utility>

#include "net/certificate_authority.h"

namespace weir::bench {
namespace {

const wire::Limits kLimits;

std::string HexDigits(std::mt19937_64& random, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(digits, '0');
  for (char& c : out) c = kHex[random() % kHex.size()];
  return out;
}

Result<std::string> Compress(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1);
  if (ZSTD_isError(size) != 0U) return Err(Code::kInternal, ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

std::string SensorUrl(std::string_view path) {
  return "https://" + std::string(wire::kSensorHost) + std::string(path);
}

}  // namespace

std::string NowText() {
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

FleetHost::FleetHost(const ConsoleAddress& console, std::size_t number, std::uint64_t seed)
    : console_(console), number_(number), random_(seed * 1'000'003 + number) {
  epoch_ = HexDigits(random_, 32);
  inventory_.host.name = "sim-" + std::to_string(number);
  inventory_.host.machine_id = HexDigits(random_, 32);
  inventory_.host.os = "Debian GNU/Linux 12 (bookworm)";
  inventory_.host.kernel = "6.1.0-30-amd64";
  inventory_.host.architecture = "x86_64";
  inventory_.host.processors = 8;
  inventory_.host.memory_bytes = 32ULL << 30U;
  inventory_.host.addresses = {"10." + std::to_string(number / 65536) + "." +
                               std::to_string(number / 256 % 256) + "." + std::to_string(number % 256)};
  inventory_.host.sensor_version = "fleet";
}

Result<void> FleetHost::Enrol(const std::string& token) {
  WEIR_ASSIGN(net::KeyAndRequest key, net::MakeKeyAndRequest());
  net::HttpOptions plain;
  plain.exclusive_ca_pem = console_.ca_pem;
  plain.connect_to = console_.connect_to;
  net::HttpClient client(plain);
  net::HttpRequest request;
  request.method = "POST";
  request.url = "https://" + std::string(wire::kEnrolHost) + "/sensor/v1/enrol";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = wire::ToJson(wire::EnrolRequest{token, key.csr_pem, inventory_.host});
  WEIR_ASSIGN(net::HttpResponse answer, client.Fetch(request));
  if (answer.status != 200)
    return Err(Code::kUnavailable, "enrolment: " + std::to_string(answer.status) + " " + answer.body);
  WEIR_ASSIGN(wire::EnrolAnswer enrolled, wire::ParseEnrolAnswer(answer.body, kLimits));
  sensor_id_ = enrolled.sensor_id;
  options_ = plain;
  options_.client_certificate_pem = enrolled.certificate_pem;
  options_.client_key_pem = key.key_pem;
  client_ = std::make_unique<net::HttpClient>(options_);
  return {};
}

wire::ProcessRow FleetHost::MakeProcess(const std::string& container) {
  static constexpr const char* kNames[] = {"nginx",    "java",         "python3", "node",
                                           "postgres", "redis-server", "sshd",    "app"};
  wire::ProcessRow row;
  row.pid = static_cast<std::uint32_t>(next_pid_++);
  row.parent = 1;
  row.start_time_ticks = row.pid * 100ULL;
  row.name = kNames[random_() % std::size(kNames)];
  row.executable = "usr/bin/" + row.name;
  row.arguments = {row.name, "--config", "/etc/" + row.name + ".conf"};
  row.user = random_() % 3 == 0 ? "root" : "app";
  row.container_id = container;
  row.first_seen = NowText();
  if (random_() % 4 == 0)
    row.listening = {
        {"tcp", "0.0.0.0", static_cast<std::uint16_t>(1024 + random_() % 60000), model::AddressScope::kAny}};
  return row;
}

wire::ConnectionRow FleetHost::MakeConnection(const wire::ProcessRow& process) {
  wire::ConnectionRow row;
  row.process = process.Key();
  row.container_id = process.container_id;
  row.protocol = "tcp";
  row.inbound = !process.listening.empty();
  row.local_address = inventory_.host.addresses.front();
  if (row.inbound) row.local_port = process.listening.front().port;
  std::size_t peer = random_() % 1000;
  row.remote_address = "10.0." + std::to_string(peer / 256) + "." + std::to_string(peer % 256);
  row.remote_scope = model::AddressScope::kPrivate;
  if (random_() % 10 == 0) {
    row.remote_address = "203.0.113." + std::to_string(random_() % 256);
    row.remote_scope = model::AddressScope::kPublic;
  }
  if (!row.inbound) row.remote_port = static_cast<std::uint16_t>(1024 + random_() % 60000);
  row.first_seen = row.last_seen = NowText();
  row.count = 1 + random_() % 5;
  return row;
}

void FleetHost::Queue(wire::Record record, std::string scan_id, std::string asset) {
  static constexpr const char* kKinds[] = {"inventory", "scan", "usage", "scan_failed"};
  record.sequence = next_sequence_++;
  Waiting waiting;
  waiting.what = {record.sequence, kKinds[record.body.index()], std::move(scan_id), std::move(asset)};
  waiting.line = wire::RecordLine(record);
  queue_.push_back(std::move(waiting));
  ++counts_.records;
}

void FleetHost::QueueScan(const wire::AssetRef& asset, const std::string& name, const Image& image) {
  wire::ScanRecord scan;
  scan.scan_id = HexDigits(random_, 16) + "-" + std::to_string(next_scan_++);
  scan.asset = asset;
  scan.name = name;
  if (asset.kind == model::AssetKind::kContainer) {
    scan.image = image.name;
    scan.image_id = image.id;
  }
  scan.trigger = next_scan_ < 20 ? "start" : "schedule";
  scan.started_at = scan.finished_at = NowText();
  scan.distro = image.distro;
  scan.catalogers = {"dpkg"};
  scan.stats.files = 10'000;
  scan.usage.full = true;
  scan.usage.others.level = model::Usage::Level::kIdle;
  scan.usage.others.evidence = "everything that runs was looked at, and nothing uses it";
  std::string scan_id = scan.scan_id,
              asset_text = std::string(model::AssetKindName(asset.kind)) + "/" + asset.key;
  Queue({0, std::move(scan)}, std::move(scan_id), std::move(asset_text));
  // The packages are the same text for every asset with this image: written once, put in here.
  std::string& line = queue_.back().line;
  line.insert(line.size() - 1, ",\"packages\":" + image.packages_json);
}

void FleetHost::Begin(const std::vector<Image>& images, std::size_t containers, std::size_t processes) {
  inventory_.full = true;
  inventory_.observed_at = NowText();
  for (std::size_t i = 0; i < containers; ++i) {
    std::size_t chosen = random_() % images.size();
    model::Container container;
    container.id = HexDigits(random_, 64);
    container.name = "c" + std::to_string(number_) + "-" + std::to_string(i);
    container.image = images[chosen].name;
    container.image_id = images[chosen].id;
    container.runtime = "containerd";
    container.state = "running";
    container.pid = static_cast<std::uint32_t>(next_pid_);
    container.pod_name = "pod-" + std::to_string(i / 2);
    container.pod_namespace = "default";
    inventory_.containers.push_back(container);
    image_of_container_.push_back(chosen);
  }
  for (std::size_t i = 0; i < processes; ++i) {
    std::string container;
    if (!inventory_.containers.empty() && i % 2 == 0)
      container = inventory_.containers[i / 2 % inventory_.containers.size()].id;
    inventory_.processes.push_back(MakeProcess(container));
    inventory_.connections.push_back(MakeConnection(inventory_.processes.back()));
  }
  Queue({0, inventory_}, "", "");
  QueueScan({model::AssetKind::kHost, ""}, inventory_.host.name, images[number_ % images.size()]);
  for (std::size_t i = 0; i < containers; ++i)
    QueueScan({model::AssetKind::kContainer, inventory_.containers[i].id}, inventory_.containers[i].name,
              images[image_of_container_[i]]);
}

void FleetHost::ChangeInventory() {
  wire::InventoryRecord change;
  change.host = inventory_.host;
  change.observed_at = NowText();
  if (!inventory_.processes.empty()) {
    std::size_t at = random_() % inventory_.processes.size();
    wire::ProcessRow fresh = MakeProcess(inventory_.processes[at].container_id);
    change.gone_processes = {inventory_.processes[at].Key()};
    change.gone_connections = {inventory_.connections[at].Key()};
    inventory_.processes[at] = fresh;
    inventory_.connections[at] = MakeConnection(fresh);
    change.processes = {fresh};
    change.connections = {inventory_.connections[at]};
  }
  Queue({0, std::move(change)}, "", "");
}

void FleetHost::ScanAgain(const std::vector<Image>& images) {
  if (inventory_.containers.empty()) return;
  std::size_t at = random_() % inventory_.containers.size();
  QueueScan({model::AssetKind::kContainer, inventory_.containers[at].id}, inventory_.containers[at].name,
            images[image_of_container_[at]]);
}

bool FleetHost::SendSome(std::size_t max_bytes) {
  if (queue_.empty()) return true;
  std::string text = wire::BatchHeader(epoch_);
  for (const Waiting& waiting : queue_) {
    if (text.size() > 200 && text.size() + waiting.line.size() > max_bytes) break;
    text += waiting.line;
    text += '\n';
  }
  net::HttpRequest request;
  request.method = "POST";
  request.url = SensorUrl("/sensor/v1/batches");
  Result<std::string> body = Compress(text);
  if (!body) return false;
  request.body = std::move(*body);
  request.headers = {{"Content-Type", "application/x-ndjson"}, {"Content-Encoding", "zstd"}};
  counts_.bytes += request.body.size();
  ++counts_.requests;
  Result<net::HttpResponse> answer = client_->Fetch(request);
  if (!answer || answer->status != 200) {
    ++counts_.failures;
    return false;
  }
  Result<wire::BatchAnswer> said = wire::ParseBatchAnswer(answer->body, kLimits);
  if (!said) {
    ++counts_.failures;
    return false;
  }
  while (!queue_.empty() && queue_.front().what.sequence <= said->acknowledged) {
    acknowledged_.push_back(std::move(queue_.front().what));
    queue_.pop_front();
    ++counts_.acknowledged;
  }
  if (said->send_full) {
    ++counts_.full_again;
    inventory_.full = true;
    Queue({0, inventory_}, "", "");
  }
  return true;
}

bool FleetHost::SendStatus() {
  wire::Status status;
  status.sent_at = NowText();
  status.sensor_version = "fleet";
  status.spool_records = queue_.size();
  net::HttpRequest request;
  request.method = "POST";
  request.url = SensorUrl("/sensor/v1/status");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = wire::ToJson(status);
  ++counts_.requests;
  Result<net::HttpResponse> answer = client_->Fetch(request);
  bool ok = answer && answer->status < 300;
  if (!ok) ++counts_.failures;
  return ok;
}

}  // namespace weir::bench
